package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
)

var update = flag.Bool("update", false, "rewrite golden files")

var place = regexp.MustCompile(`\{\{(b64|gz|str) (\w+)\}\}`)

// expand replaces {{b64 x}} by the base64 of section x, {{gz x}} by the base64
// of its gzip, {{str x}} by its text as a JSON string without quotes.
func expand(t testing.TB, ar *txtar.Archive, name string) []byte {
	for _, file := range ar.Files {
		if file.Name != name {
			continue
		}
		data := bytes.TrimSuffix(file.Data, []byte("\n"))
		return place.ReplaceAllFunc(data, func(m []byte) []byte {
			p := place.FindSubmatch(m)
			in := expand(t, ar, string(p[2]))
			switch string(p[1]) {
			case "gz":
				var z bytes.Buffer
				w := gzip.NewWriter(&z)
				_, _ = w.Write(in)
				_ = w.Close()
				in = z.Bytes()
			case "str":
				q, _ := json.Marshal(string(in))
				return q[1 : len(q)-1]
			}
			return []byte(base64.StdEncoding.EncodeToString(in))
		})
	}
	t.Fatalf("no section %s", name)
	return nil
}

func wrap(in []byte) *Framer {
	return Wrap(frame.NewJSON(frame.NewChunk(bytes.NewReader(in), 8*ingest.DefaultLimits.Record), true), ingest.DefaultLimits)
}

func render(in []byte) string {
	var out strings.Builder
	inner, m, ok := Sniff(in)
	fmt.Fprintf(&out, "sniff %v %s %q\n", ok, m.Kind, m.Source())
	if first, _, _ := strings.Cut(string(inner), "\n"); first != "" {
		fmt.Fprintf(&out, "  %s\n", first)
	}
	f := wrap(in)
	for {
		gap, raw, err := f.Next()
		if err == io.EOF {
			fmt.Fprintf(&out, "end gap %q\n", gap)
			return out.String()
		}
		fmt.Fprintf(&out, "gap %q", gap)
		m := f.Meta()
		if m.Kind != None {
			fmt.Fprintf(&out, " %s", m.Kind)
		}
		if m.LogGroup != "" {
			fmt.Fprintf(&out, " group %s stream %s owner %s", m.LogGroup, m.LogStream, m.Owner)
		}
		if m.Time != 0 {
			fmt.Fprintf(&out, " time %d", m.Time)
		}
		if f.Control() {
			out.WriteString(" control")
		}
		if err != nil {
			fmt.Fprintf(&out, " error %v", err)
		}
		fmt.Fprintf(&out, "\n  %s\n", raw)
	}
}

func TestGolden(t *testing.T) {
	for name, ar := range cases(t) {
		t.Run(name, func(t *testing.T) {
			got := render(expand(t, ar, "input"))
			last := &ar.Files[len(ar.Files)-1]
			if last.Name != "want" {
				ar.Files = append(ar.Files, txtar.File{Name: "want"})
				last = &ar.Files[len(ar.Files)-1]
			}
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func cases(t testing.TB) map[string]*txtar.Archive {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files")
	}
	m := map[string]*txtar.Archive{}
	for _, file := range files {
		if m[file], err = txtar.ParseFile(file); err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(m[file].Comment)) == 0 {
			t.Errorf("%s does not say what it shows", file)
		}
	}
	return m
}

// subscription is an envelope of n messages.
func subscription(n int) []byte {
	msg, _ := json.Marshal(`{"eventVersion":"1.08","eventName":"GetObject","eventSource":"s3.amazonaws.com","requestParameters":{"key":"a/b"}}`)
	events := strings.Repeat(`{"id":"1","timestamp":1772359200123,"message":`+string(msg)+`},`, n)
	return []byte(`{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logStream":"111122223333_CloudTrail_us-east-1","subscriptionFilters":["f"],"logEvents":[` + strings.TrimSuffix(events, ",") + `]}`)
}

// again hands out one entry for ever.
type again []byte

func (a again) Next() (gap, raw []byte, err error) { return nil, a, nil }

func compressed(in []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(in)
	_ = w.Close()
	return fmt.Appendf(nil, `{"recordId":"1","data":"%s"}`, base64.StdEncoding.EncodeToString(z.Bytes()))
}

func TestNoAllocs(t *testing.T) {
	for name, in := range map[string][]byte{
		"subscription": subscription(10),
		"compressed":   compressed(subscription(10)),
		"no envelope":  []byte(`{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventName":"x"}`),
	} {
		f := Wrap(again(in), ingest.DefaultLimits)
		next := func() {
			for range 10 {
				if _, _, err := f.Next(); err != nil {
					t.Fatal(err)
				}
			}
		}
		next()
		if n := testing.AllocsPerRun(100, next); n != 0 {
			t.Errorf("%s: %v allocations for ten entries", name, n)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := []byte(`{"recordId":"1","data":"eA=="}`)
	for range 20 {
		deep = fmt.Appendf(nil, `{"recordId":"1","data":"%s"}`, base64.StdEncoding.EncodeToString(deep))
	}
	tests := []struct {
		name string
		in   []byte
		lim  ingest.Limits
		want ingest.Code
	}{
		{"bomb", compressed(make([]byte, 8<<20)), ingest.DefaultLimits, ingest.CodeRatio},
		{"payload", compressed(bytes.Repeat([]byte("x"), 1000)), ingest.Limits{Payload: 100}, ingest.CodeSize},
		{"memory", compressed(make([]byte, maxInflated+1)), ingest.Limits{Ratio: 1 << 40}, ingest.CodeSize},
		{"deep", deep, ingest.DefaultLimits, ingest.CodeTooDeep},
		{"long", []byte(`{"recordId":"1","data":"` + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 200)) + `"}`), ingest.Limits{Record: 100}, ingest.CodeTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, raw, err := Wrap(again(tt.in), tt.lim).Next()
			var re *ingest.RecordError
			if !errors.As(err, &re) || re.Code != tt.want || len(raw) == 0 {
				t.Errorf("got %v with %d bytes, want %s", err, len(raw), tt.want)
			}
		})
	}
}

// TestSniffCut: wherever the head of a payload ends, what Sniff finds is the
// first event or the part of an envelope that head reaches; once head reaches
// the event, it is that.
func TestSniffCut(t *testing.T) {
	plain := subscription(3)
	lambda := bytes.Replace(compressed(plain), []byte(`{"recordId":"1","data"`), []byte(`{"awslogs":{"data"`), 1)
	reached := bytes.Index(plain, []byte(`"message":"`)) + 40
	for name, in := range map[string][]byte{"plain": plain, "firehose": compressed(plain), "lambda": lambda} {
		for cut := range in {
			inner, m, ok := Sniff(in[:cut])
			event := bytes.HasPrefix(inner, []byte(`{"eventVersion":`))
			if name == "plain" && cut > reached && !event || event && (!ok || m.Source() != "aws_cloudtrail") {
				t.Errorf("%s cut at %d: %v %s %q", name, cut, ok, m.Kind, inner)
			}
		}
		if inner, _, ok := Sniff(in); !ok || bytes.Count(inner, []byte("\n")) != 3 {
			t.Errorf("%s whole: %q", name, inner)
		}
	}
}

// FuzzNext: whatever the bytes, the framer ends, its errors are of the kinds it
// promises, an entry that is handed out has bytes, and no payload gives fewer
// entries than its outer framing has.
func FuzzNext(f *testing.F) {
	for _, ar := range cases(f) {
		f.Add(expand(f, ar, "input"))
	}
	f.Add(compressed(subscription(2)))
	f.Fuzz(func(t *testing.T, in []byte) {
		Sniff(in)
		outer := frame.NewJSON(frame.NewChunk(bytes.NewReader(in), 1<<20), true)
		entries := 0
		for {
			_, _, err := outer.Next()
			var re *ingest.RecordError
			if err != nil && !errors.As(err, &re) {
				break
			}
			entries++
		}
		w := wrap(in)
		for n := 0; ; n++ {
			_, raw, err := w.Next()
			var re *ingest.RecordError
			if err == io.EOF {
				if n < entries {
					t.Fatalf("%d entries of %d", n, entries)
				}
				return
			}
			if err != nil && !errors.As(err, &re) {
				t.Fatal(err)
			}
			if len(raw) == 0 {
				t.Fatalf("entry %d is empty", n)
			}
		}
	})
}

func BenchmarkNext(b *testing.B) {
	for name, in := range map[string][]byte{
		"subscription": subscription(100),
		"compressed":   compressed(subscription(100)),
		"none":         []byte(`{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventName":"x","requestParameters":{"key":"` + strings.Repeat("x", 1000) + `"}}`),
	} {
		b.Run(name, func(b *testing.B) {
			f := Wrap(again(in), ingest.DefaultLimits)
			n := 100
			if name == "none" {
				n = 1
			}
			b.SetBytes(int64(len(subscription(100))))
			if n == 1 {
				b.SetBytes(int64(len(in)))
			}
			b.ReportAllocs()
			for b.Loop() {
				for range n {
					if _, _, err := f.Next(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
