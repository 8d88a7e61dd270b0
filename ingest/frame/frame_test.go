package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/scrubline/scrubline/ingest"
	"pgregory.net/rapid"
)

// render frames in through every reader granularity and prints the entries, the
// same each time.
func render(t *testing.T, in string, limit int, mk func(*Chunk) ingest.Framer) string {
	t.Helper()
	var first string
	for i, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
		f := mk(NewChunk(r, limit))
		var out, all strings.Builder
		for {
			gap, raw, err := f.Next()
			all.Write(gap)
			all.Write(raw)
			var re *ingest.RecordError
			if err != nil && !errors.As(err, &re) {
				if err != io.EOF {
					fmt.Fprintf(&out, "%v;", err)
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

func TestJSON(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := render(t, in, 200, func(c *Chunk) ingest.Framer { return NewJSON(c, true) })
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
	f(``, ``)
	f(`{"a":1}`, `{"a":1};`)
	f("{\"a\":1}\n{\"b\":2}\n", `{"a":1};{"b":2};`)
	f(`{"a":1}{"b":"}{"}`, `{"a":1};{"b":"}{"};`)
	f(`{"Records":[{"a":1},{"b":[2]}]}`, `{"a":1};{"b":[2]};`)
	f(`{"x":{"y":"z"},"Records" : [ {"a":1} ],"tail":[1,{"q":2}]}{"c":3}`, `{"a":1};{"c":3};`)
	f(`{"Records":null}`, `{"Records":null};`)
	f(`{"Records":[]}`, ``)
	f(`[{"a":1},2,"x",[3]]`, `{"a":1};2;"x";[3];`)
	f(`{"a":"\\\"\\"}{"b":1}`, `{"a":"\\\"\\"};{"b":1};`)
	f("{\"a\":1}\nnot json\n{\"b\":2}", `{"a":1};not json!json_syntax;{"b":2};`)
	f("{\"a\":\"open\n{\"b\":2}\n", `{"a":"open!json_syntax;{"b":2};`)
	f(`{"a":1`, `{"a":1!truncated;`)
	f(`{"Records":[{"a":1},{"b"`, `{"a":1};{"b"!truncated;`)
	long := strings.Repeat("x", 600)
	f(`{"a":"`+long+`"}{"b":2}`, `{"a":"`+long[:194]+`!record_limit;{"b":2};`)
	f("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", "{\n  \"a\": {\n    \"b\": 1\n  }\n};")
}

func TestLines(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := render(t, in, 100, func(c *Chunk) ingest.Framer { return NewLines(c) })
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
	f("", "")
	f("\n\n", "")
	f("a\nb\n", "a;b;")
	f("a\r\n\r\nb", "a;b;")
	f("a\n"+strings.Repeat("y", 300)+"\nb\n", "a;"+strings.Repeat("y", 100)+"!record_limit;b;")
}

func TestErrorsEndThePayload(t *testing.T) {
	want := &ingest.PayloadError{Code: ingest.CodeTruncated, Offset: 3}
	r := io.MultiReader(strings.NewReader("{\"a\":1}\n{\"b\""), iotest.ErrReader(want))
	f := NewJSON(NewChunk(r, 100), true)
	if _, raw, err := f.Next(); err != nil || string(raw) != `{"a":1}` {
		t.Fatalf("first entry %q, %v", raw, err)
	}
	if _, _, err := f.Next(); err != want {
		t.Fatalf("then %v, want %v", err, want)
	}
	g := NewLines(NewChunk(iotest.ErrReader(errors.New("secret text")), 100))
	if _, _, err := g.Next(); strings.Contains(err.Error(), "secret") {
		t.Fatal("the reader's own text came through")
	}
}

// TestNothingVanishes: whatever the bytes, gaps and entries together are the
// payload as long as no entry is over the limit.
func TestNothingVanishes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(rapid.StringOfN(rapid.RuneFrom([]rune(`{}[]":,\ 1a`+"\n")), 0, 60, -1).Draw(t, "in"))
		for _, f := range []ingest.Framer{NewLines(NewChunk(bytes.NewReader(in), 1000)), NewJSON(NewChunk(bytes.NewReader(in), 1000), true), NewJSON(NewChunk(bytes.NewReader(in), 1000), false)} {
			var all []byte
			for i := 0; ; i++ {
				gap, raw, err := f.Next()
				all = append(append(all, gap...), raw...)
				var re *ingest.RecordError
				if err != nil && !errors.As(err, &re) {
					break
				}
				if i > len(in) {
					t.Fatal("does not end")
				}
			}
			if !bytes.Equal(all, in) {
				t.Fatalf("%T: %q became %q", f, in, all)
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"Records":[{"a":1}]}{"b":"\""}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		fr := NewJSON(NewChunk(bytes.NewReader(in), 1<<20), true)
		var all []byte
		for i := 0; i <= len(in)+1; i++ {
			gap, raw, err := fr.Next()
			all = append(append(all, gap...), raw...)
			var re *ingest.RecordError
			if err != nil && !errors.As(err, &re) {
				break
			}
		}
		if !bytes.Equal(all, in) {
			t.Fatalf("%q became %q", in, all)
		}
	})
}
