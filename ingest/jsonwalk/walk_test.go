package jsonwalk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const schema = `
source: test
fields:
  id: {treat: keep}
  who.name: {treat: keep, column: actor_name}
  secret: {treat: drop}
  params.*: {treat: scan}
  count: {treat: keep, column: bytes_in}
  headers.*: {treat: keep}
`

func walk(t testing.TB, in string) string {
	s, err := schemas.ParseSource([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	fs, err := New(8).Walk([]byte(in), s.Root, nil)
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&out, "%s=%s(%s", in[f.KeyStart:f.KeyEnd], in[f.Start:f.End], f.Treat)
		if f.Column != schemas.None {
			fmt.Fprintf(&out, " %s", f.Column)
		}
		if f.Hint != schemas.Text {
			fmt.Fprintf(&out, " %s", f.Hint)
		}
		out.WriteString(");")
	}
	return out.String()
}

func TestWalk(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := walk(t, in); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
	f(`{"id":"x"}`, ``)
	f(`{"who":{"name":"alice"},"count":12}`, `name=alice(keep actor_name);count=12(keep bytes_in number);`)
	f(`{"secret":{"a":[1,2]},"id":1}`, `secret={"a":[1,2]}(drop number);`)
	f(`{"secret":"s"}`, `secret=s(drop);`)
	f(`{"params":{"q":"v","n":[1,{"m":true}]}}`, `=q(scan map_key);q=v(scan);=n(scan map_key);n=1(scan number);=m(scan map_key);`)
	f(`{"params":"text"}`, `params=text(scan);`)
	f(`{"new":{"k":"v"}}`, `=new(scan map_key);=k(scan map_key);k=v(scan);`)
	f(`{"headers":{"A":"b"}}`, ``)
	f(`[{"id":1},{"count":2}]`, `count=2(keep bytes_in number);`)
	f(`{"id":1,"id":2}`, `json_duplicate_key at byte 9`)
	f(`{"P":"clean","p":"123-45-6789"}`, `json_duplicate_key at byte 14`)
	f(`{"p":"a","\u0070":"b"}`, `json_duplicate_key at byte 10`)
	f(`{"a":{"p":1},"b":{"p":2}}`, `=a(scan map_key);=p(scan map_key);p=1(scan number);=b(scan map_key);=p(scan map_key);p=2(scan number);`)
	f(`{"who":{"\u006eame":"bob"}}`, `\u006eame=bob(keep actor_name);`)
	f(strings.Repeat("[", 9)+strings.Repeat("]", 9), `depth_limit at byte 8`)
	f(`{"a":01}`, `json_syntax at byte 6`)
	f(`{"a":1,}`, `json_syntax at byte 7`)
	f(`{"a" 1}`, `json_syntax at byte 5`)
	f(`{"a":"`+"\n"+`"}`, `json_syntax at byte 6`)
	f(`{"a":nul}`, `json_syntax at byte 5`)
	f(`{"a":1`, `truncated at byte 6`)
	f(`{} x`, `json_syntax at byte 3`)
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`a\u0040b`: "a@b", `\ud83d\ude00`: "😀", `\n\"\\`: "\n\"\\", `x\q`: `x\q`, `\ud83d`: "\ufffd"} {
		if got := string(Unescape(nil, []byte(in))); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// FuzzWalk: what the walker takes, encoding/json takes, and what it refuses for
// its syntax, encoding/json refuses; spans lie inside and in order.
func FuzzWalk(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x",{"b":null}]}`, `{"a":"\u0041"}`, `-1.5e+3`, `"s"`, `[]`} {
		f.Add([]byte(s))
	}
	w := New(64)
	f.Fuzz(func(t *testing.T, in []byte) {
		fs, err := w.Walk(in, schemas.Unknown, nil)
		var re *ingest.RecordError
		switch valid := json.Valid(in); {
		case err == nil && !valid:
			t.Fatalf("took %q", in)
		case errors.As(err, &re) && (re.Code == ingest.CodeNotJSON || re.Code == ingest.CodeTruncated) && valid:
			t.Fatalf("refused %q: %v", in, err)
		}
		if err != nil {
			return
		}
		last := uint32(0)
		for _, f := range fs {
			if f.Start < last || f.End < f.Start || int(f.End) > len(in) {
				t.Fatalf("spans of %q out of order", in)
			}
			last = f.End
		}
	})
}

var record = []byte(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012"},"eventTime":"2026-03-01T10:00:00Z","requestParameters":{"bucketName":"phi-bucket","key":"reports/q1/summary.pdf","tags":["a","b"]},"responseElements":null,"readOnly":true,"count":3}`)

func TestNoAllocations(t *testing.T) {
	w := New(64)
	var fs []ingest.Field
	if n := testing.AllocsPerRun(100, func() { fs, _ = w.Walk(record, schemas.Unknown, fs[:0]) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func BenchmarkWalk(b *testing.B) {
	w := New(64)
	var fs []ingest.Field
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		fs, _ = w.Walk(record, schemas.Unknown, fs[:0])
	}
}
