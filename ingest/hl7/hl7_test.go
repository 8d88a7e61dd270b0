package hl7

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/frame/frametest"
)

var framing = frametest.Framing{
	New: func(r io.Reader, limit int) ingest.Framer { return New(frame.NewChunk(r, limit), limit) },
	Gap: "\r\n\x0b\x1c",
}

func TestFraming(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := framing.Entries(t, in, 100); got != want {
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
		framing.Entries(rt, in, limit)
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
		framing.Entries(t, in, 1<<20)
	})
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("\x0bMSH|a\rPID|1\r\x1c\rMSH|b\n"))
	f.Add([]byte("FHS|x\rBHS|y\rMSH|a\rBTS|1"))
	f.Add([]byte("junk\n\nMSH"))
	f.Fuzz(func(t *testing.T, in []byte) { framing.Entries(t, string(in), 1<<20) })
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
