package frame

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame/frametest"
	"pgregory.net/rapid"
)

var (
	asJSON   = frametest.Framing{New: func(r io.Reader, n int) ingest.Framer { return NewJSON(NewChunk(r, n), true) }}
	asValues = frametest.Framing{New: func(r io.Reader, n int) ingest.Framer { return NewJSON(NewChunk(r, n), false) }}
	asLines  = frametest.Framing{New: func(r io.Reader, n int) ingest.Framer { return NewLines(NewChunk(r, n)) }}
)

func TestJSON(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := asJSON.Entries(t, in, 200)
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
		got := asLines.Entries(t, in, 100)
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
		in := rapid.StringOfN(rapid.RuneFrom([]rune(`{}[]":,\ 1a`+"\n")), 0, 60, -1).Draw(t, "in")
		for _, f := range []frametest.Framing{asLines, asJSON, asValues} {
			f.Entries(t, in, 1000)
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"Records":[{"a":1}]}{"b":"\""}`))
	f.Fuzz(func(t *testing.T, in []byte) { asJSON.Entries(t, string(in), 1<<20) })
}
