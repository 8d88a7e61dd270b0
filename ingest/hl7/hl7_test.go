package hl7

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
)

// render frames in through readers of every granularity and prints the entries,
// the same each time.
func render(t *testing.T, in string, limit int) string {
	t.Helper()
	var first string
	for i, r := range []io.Reader{
		strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in)),
	} {
		f := New(frame.NewChunk(r, limit), limit)
		var out, all strings.Builder
		for {
			gap, raw, err := f.Next()
			all.Write(gap)
			all.Write(raw)
			if strings.Trim(string(gap), "\r\n\x0b\x1c") != "" {
				t.Errorf("text in the gap %q", gap)
			}
			var re *ingest.RecordError
			if err != nil && !errors.As(err, &re) {
				if err != io.EOF {
					t.Fatal(err)
				}
				break
			}
			fmt.Fprintf(&out, "%s", raw)
			if re != nil {
				fmt.Fprintf(&out, "!%s", re.Code)
			}
			out.WriteByte(';')
		}
		if !strings.Contains(out.String(), "!record_limit") && all.String() != in {
			t.Errorf("reader %d: gaps and entries give %q, want %q", i, all.String(), in)
		}
		if i == 0 {
			first = out.String()
		} else if out.String() != first {
			t.Errorf("reader %d gives %q, whole reader %q", i, out.String(), first)
		}
	}
	return first
}

func TestFraming(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := render(t, in, 100); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
	f("", "")
	f("\r\n\r\n", "")
	f("MSH|^~\\&|A\rPID|1\r", "MSH|^~\\&|A\rPID|1;")
	f("MSH|a\nPID|1", "MSH|a\nPID|1;")
	// messages one after the other, any segment end, blank lines between
	f("MSH|a\rPID|1\rMSH|b\rPID|2\r", "MSH|a\rPID|1;MSH|b\rPID|2;")
	f("MSH|a\nPID|1\n\nMSH|b\nPID|2\n", "MSH|a\nPID|1;MSH|b\nPID|2;")
	f("MSH|a\r\nPID|1\r\nMSH|b\r\n", "MSH|a\r\nPID|1;MSH|b;")
	f("MSH|a\r\r\rPID|1\rMSH#b", "MSH|a\r\r\rPID|1;MSH#b;")
	// MLLP
	f("\x0bMSH|a\rPID|1\r\x1c\r\x0bMSH|b\r\x1c\r", "MSH|a\rPID|1;MSH|b;")
	f("\x0bMSH|a\x1c\r\n\x0bMSH|b\x1c", "MSH|a;MSH|b;")
	f("\x0bMSH|a\rPID|1\rMSH|b\r\x1c\r", "MSH|a\rPID|1;MSH|b;")
	f("\x0bMSH|a\rPI", "MSH|a\rPI;")
	f("\x0bMSH|a\x0bMSH|b", "MSH|a;MSH|b;")
	// batches: header and trailer segments are entries
	f("FHS|x\rBHS|y\rMSH|a\rPID|1\rMSH|b\rBTS|2\rFTS|1\r", "FHS|x;BHS|y;MSH|a\rPID|1;MSH|b;BTS|2;FTS|1;")
	// MSH starts a message only at the start of a line and before a separator
	f("MSH|a\rNTE|MSH|no\rMSHX|no\rMSH", "MSH|a\rNTE|MSH|no\rMSHX|no\rMSH;")
	f("MSH|a\r Z\rM\r\n", "MSH|a\r Z\rM;")
	// what is no message is an entry too
	f("hello\nMSH|a\r", "hello!syntax;MSH|a;")
	f("no message at all\nnone\n", "no message at all\nnone!syntax;")
	f("ab", "ab!syntax;")
	f("\x0b\x1c\r\x0bMSH|a\x1c\rtail", "MSH|a;tail!syntax;")
	// the limit: 100 bytes of gap, message and what shows its end
	long := "MSH|" + strings.Repeat("x", 92)
	f(long+"\rMSH|b", long+";MSH|b;")
	f(long+"y\rMSH|b", long+"!record_limit;MSH|b;")
	f(long+strings.Repeat("\rPID|"+strings.Repeat("y", 300), 3)+"\rMSH|b\rPID|1", long+"!record_limit;MSH|b\rPID|1;")
	f(strings.Repeat("z", 1000)+"\x0bMSH|b\x1c\r", strings.Repeat("z", 96)+"!record_limit;MSH|b;")
	f(strings.Repeat("\r", 40)+"MSH|"+strings.Repeat("x", 56), "MSH|"+strings.Repeat("x", 56)+";")
	f(strings.Repeat("\r", 40)+"MSH|"+strings.Repeat("x", 57), "MSH|"+strings.Repeat("x", 52)+"!record_limit;")
}

// TestTheLimitDoesNotDependOnReads: a redelivered payload gives the same
// entries and the same errors, however the bytes arrive.
func TestTheLimitDoesNotDependOnReads(t *testing.T) {
	parts := []string{"MSH|", "MSH", "BTS|", "\r", "\r\n", "\x0b", "\x1c", strings.Repeat("x", 11), strings.Repeat("\n", 7)}
	rapid.Check(t, func(rt *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 40).Draw(rt, "parts"), "")
		limit := rapid.IntRange(16, 50).Draw(rt, "limit")
		list := func(r io.Reader) string {
			f := New(frame.NewChunk(r, limit), limit)
			var out strings.Builder
			for {
				_, raw, err := f.Next()
				fmt.Fprintf(&out, "%q %v\n", raw, err)
				var re *ingest.RecordError
				if err != nil && !errors.As(err, &re) {
					return out.String()
				}
			}
		}
		want := list(strings.NewReader(in))
		if got := list(iotest.OneByteReader(strings.NewReader(in))); got != want {
			rt.Fatalf("%q at %d: byte by byte\n%s at once\n%s", in, limit, got, want)
		}
		if got := list(iotest.DataErrReader(strings.NewReader(in))); got != want {
			rt.Fatalf("%q at %d: end with the data\n%s at once\n%s", in, limit, got, want)
		}
	})
}

// TestLargeMessages crosses the window many times; bytes of newlines in long
// runs are the only ones that may go.
func TestLargeMessages(t *testing.T) {
	const limit = 1 << 20
	long := "MSH|" + strings.Repeat("OBX|1|TX|a line of text\r", 200_000)
	in := "MSH|first\r" + long + strings.Repeat("\n", 3<<20) + "MSH|second\rPID|1\r" + strings.Repeat("\r", 3<<20)
	f := New(frame.NewChunk(strings.NewReader(in), limit), limit)
	var got []string
	for {
		_, raw, err := f.Next()
		if err == io.EOF {
			break
		}
		s := string(raw)
		if err != nil {
			s = fmt.Sprintf("%d bytes, %v", len(raw), err)
		}
		got = append(got, s)
		if len(got) > 10 {
			t.Fatal("does not end")
		}
	}
	want := []string{"MSH|first", "1048571 bytes, record_limit at byte 1048576", "MSH|second\rPID|1"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d entries %.80q", len(got), got)
	}
}

func TestAPayloadErrorComesAfterTheMessages(t *testing.T) {
	want := &ingest.PayloadError{Code: ingest.CodeTruncated, Offset: 12}
	for _, in := range []string{"MSH|a\rMSH|b\rPI", "MSH|a\rMSH|b\r", "MSH|a\rMSH|b"} {
		f := New(frame.NewChunk(io.MultiReader(strings.NewReader(in), iotest.ErrReader(want)), 100), 100)
		if _, raw, err := f.Next(); err != nil || string(raw) != "MSH|a" {
			t.Fatalf("%q: first %q, %v", in, raw, err)
		}
		for range 2 {
			if _, _, err := f.Next(); err != want {
				t.Fatalf("%q: then %v", in, err)
			}
		}
	}
}

func TestNothingVanishes(t *testing.T) {
	parts := []string{"MSH|", "MSH", "FHS|", "BTS|", "PID|1", "\r", "\n", "\x0b", "\x1c", strings.Repeat("\r", 300), "x", "é", "\r\r\n"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 40).Draw(t, "parts"), "")
		check(t, []byte(in))
	})
}

// check frames in and holds gaps and entries against it.
func check(t interface{ Fatalf(string, ...any) }, in []byte) {
	f := New(frame.NewChunk(iotest.HalfReader(bytes.NewReader(in)), 1<<20), 1<<20)
	var all []byte
	for i := 0; ; i++ {
		gap, raw, err := f.Next()
		all = append(append(all, gap...), raw...)
		if len(bytes.Trim(gap, "\r\n\x0b\x1c")) > 0 {
			t.Fatalf("%q: text in the gap %q", in, gap)
		}
		var re *ingest.RecordError
		if err != nil && !errors.As(err, &re) {
			break
		}
		if len(raw) == 0 || i > len(in) {
			t.Fatalf("%q: empty entry, or no end", in)
		}
	}
	if !bytes.Equal(all, in) {
		t.Fatalf("%q became %q", in, all)
	}
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("\x0bMSH|a\rPID|1\r\x1c\rMSH|b\n"))
	f.Add([]byte("FHS|x\rBHS|y\rMSH|a\rBTS|1"))
	f.Add([]byte("junk\n\nMSH"))
	f.Fuzz(func(t *testing.T, in []byte) { check(t, in) })
}

func TestFramingDoesNotAllocate(t *testing.T) {
	in := strings.Repeat("MSH|^~\\&|A|B\rPID|1||MRN\rOBX|1|TX|text\r", 1000)
	r := strings.NewReader(in)
	c := frame.NewChunk(r, 1<<20)
	f := New(c, 1<<20)
	n := testing.AllocsPerRun(500, func() {
		if _, _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations a message", n)
	}
}
