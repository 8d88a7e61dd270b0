package frame

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
)

// agree fails unless JSONFramer and the reference cut in the same way: the same
// gaps, entries and errors, one after the other.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, in []byte, limit int, elements bool, reader func(io.Reader) io.Reader) {
	t.Helper()
	c, ref := NewChunk(reader(bytes.NewReader(in)), limit), NewChunk(reader(bytes.NewReader(in)), limit)
	f, g := NewJSON(c, elements), newRef(ref, elements)
	for n := 0; ; n++ {
		gap, raw, err := f.Next()
		wantGap, wantRaw, wantErr := g.Next()
		if !bytes.Equal(gap, wantGap) || !bytes.Equal(raw, wantRaw) || !sameError(err, wantErr) || c.Offset() != ref.Offset() {
			t.Fatalf("entry %d of %q, limit %d, elements %v:\n got %q %q %v, window at %d\nwant %q %q %v, window at %d",
				n, in, limit, elements, gap, raw, err, c.Offset(), wantGap, wantRaw, wantErr, ref.Offset())
		}
		var re *ingest.RecordError
		if err != nil && !errors.As(err, &re) {
			return
		}
		if n > len(in)+1 {
			t.Fatalf("%q has no end", in)
		}
	}
}

func sameError(a, b error) bool {
	var re, want *ingest.RecordError
	if errors.As(a, &re) && errors.As(b, &want) {
		return *re == *want
	}
	return a == b
}

// readers give a payload in pieces of different sizes.
var readers = []func(io.Reader) io.Reader{
	func(r io.Reader) io.Reader { return r },
	iotest.OneByteReader,
	iotest.HalfReader,
	iotest.DataErrReader,
	func(r io.Reader) io.Reader { return pieces{r, 63} },
	func(r io.Reader) io.Reader { return pieces{r, 65} },
}

type pieces struct {
	r io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

// pieceOf draws the pieces hostile payloads are made of.
var pieceOf = rapid.SampledFrom([]string{
	`{`, `}`, `[`, `]`, `{`, `}`, `"`, `"`, `\`, `\\`, `\"`, `:`, `,`, "\n", " ", "1", "tru", "é", "\x01", "R",
	`"Records"`, `"Records":[`, `{"Records":[`, `{"a":"b"}`, `{"a":{"b":[1,{}]}}`, "}{", "]}\n", `"\\\"`,
	strings.Repeat("x", 30), strings.Repeat("y", 64), strings.Repeat(`\`, 61), strings.Repeat(" ", 50), "{" + `"k":"` + strings.Repeat("z", 100) + `"}`,
})

// TestFramersAgree holds JSONFramer to the reference on payloads out of the pieces
// that decide anything, through readers of all kinds.
func TestFramersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(pieceOf, 0, 40).Draw(t, "pieces"), "")
		limit := rapid.SampledFrom([]int{10, 100, 200, 1 << 20}).Draw(t, "limit")
		for _, r := range readers {
			agree(t, []byte(in), limit, rapid.Bool().Draw(t, "elements"), r)
		}
	})
}

// TestBordersOfWindows: entries lie across the borders of windows at every offset.
func TestBordersOfWindows(t *testing.T) {
	entry := `{"a":"` + strings.Repeat(`x\"y\\`, 9) + `","b":[{"c":"}"},{"Role":"Records"}]}`
	for shift := range 2 * len(entry) {
		in := strings.Repeat(" ", shift) + strings.Repeat(entry+"\n", 4)
		for _, size := range []int{7, 64, 100, 256} {
			agree(t, []byte(in), 1<<20, true, func(r io.Reader) io.Reader { return pieces{r, size} })
		}
	}
	in := bytes.Repeat([]byte(entry+"\n"), 3*chunkSize/len(entry))
	agree(t, in, 1<<20, true, func(r io.Reader) io.Reader { return r })
	agree(t, append([]byte(`{"Records":[`), bytes.ReplaceAll(in, []byte("\n"), []byte(","))...), 1<<20, true, func(r io.Reader) io.Reader { return r })
}

func FuzzFramersAgree(f *testing.F) {
	for _, s := range []string{
		`{"Records":[{"a":1},{"b":"}]"}],"x":[1]}{"c":"\\\""}`,
		"{\"a\":\"open\n{\"b\":2}\n",
		`{\"a":"Records"}{"x":1,"Records":[1,2,"\u005c"]}`,
		`[{"a":"` + strings.Repeat(`\\`, 40) + `"},{}]`,
		"\ufeff" + `{"a":"` + strings.Repeat("x", 120) + `"}` + "\x1e{}",
	} {
		f.Add([]byte(s), uint8(0), uint16(100), true)
		f.Add([]byte(s), uint8(1), uint16(20), false)
	}
	f.Fuzz(func(t *testing.T, in []byte, reader uint8, limit uint16, elements bool) {
		agree(t, in, int(limit)+1, elements, readers[int(reader)%len(readers)])
	})
}

// BenchmarkJSON frames a payload of each shape that CloudTrail and WAF come in.
func BenchmarkJSON(b *testing.B) {
	entry := `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/App/x","sessionContext":{"sessionIssuer":{"type":"Role"}}},"errorMessage":"not \"that\"","resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::records-of-the-department"}],"readOnly":true}`
	for name, in := range map[string]string{
		"lines":   strings.Repeat(entry+"\n", 2000),
		"joined":  strings.Repeat(entry, 2000),
		"records": `{"Records":[` + strings.Repeat(entry+",", 1999) + entry + `]}`,
	} {
		b.Run(name, func(b *testing.B) {
			c := NewChunk(nil, 1<<20)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				c.Reset(strings.NewReader(in), 1<<20)
				f, n := NewJSON(c, true), 0
				for ; ; n++ {
					if _, _, err := f.Next(); err != nil {
						break
					}
				}
				if n != 2000 {
					b.Fatalf("%d entries", n)
				}
			}
		})
	}
}
