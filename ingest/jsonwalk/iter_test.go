package jsonwalk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func iterate(in string) string {
	it, ok := Iterate([]byte(in))
	if !ok {
		return "neither"
	}
	var out strings.Builder
	for it.Next() {
		fmt.Fprintf(&out, "%s=%s", it.Key, it.Value)
		if it.Cut {
			out.WriteString("~")
		}
		out.WriteString(";")
	}
	if it.Whole() {
		fmt.Fprintf(&out, "end %d", it.Pos())
	}
	return out.String()
}

func TestIter(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := iterate(in); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
	f(` {"a" : 1 , "b":{"c":[1,"}"]},"d":"x\"y"} tail`, `a=1;b={"c":[1,"}"]};d="x\"y";end 41`)
	f(`[1,"a",{},[ ], null]`, `=1;="a";={};=[ ];=null;end 20`)
	f(`{}`, `end 2`)
	f(`{"a":{"b":"c`, `a={"b":"c~;`)
	f(`{"a":"b\`, `a="b\~;`)
	f(`{"a":1,"b`, `a=1;`)
	f(`{"a":1,"b":`, `a=1;`)
	f(`{"a":1]`, `a=1;`)
	f(`{a:1}`, ``)
	f(`[:1]`, ``)
	f(`"text"`, `neither`)
	f(``, `neither`)
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{`"a"`: "a", `"a\"b"`: `a\"b`, `"cut`: "cut", `""`: "", `"`: "", `"a\"`: `a\"`} {
		if got, ok := Text([]byte(in)); !ok || string(got) != want {
			t.Errorf("%s: got %q", in, got)
		}
	}
	if _, ok := Text([]byte("1")); ok {
		t.Error("took a number for text")
	}
}

// FuzzIter: the iterator ends on any bytes, and of valid objects it gives
// exactly the members that encoding/json gives.
func FuzzIter(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":["]"]}}`, `[1,[2],"\\"]`, `{"a":"\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		it, ok := Iterate(in)
		var got []string
		for ok && it.Next() {
			got = append(got, string(it.Value))
		}
		var arr []json.RawMessage
		if json.Unmarshal(in, &arr) != nil || arr == nil {
			return
		}
		if !ok || !it.Whole() || len(got) != len(arr) {
			t.Fatalf("%d of %d elements of %q", len(got), len(arr), in)
		}
		for i := range arr {
			if got[i] != string(arr[i]) {
				t.Fatalf("element %d of %q: %q", i, in, got[i])
			}
		}
	})
}
