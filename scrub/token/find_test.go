package token

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const someBody = "abcdefghijklmnopqrstuvwxyz"

var form = regexp.MustCompile(`^t1\.(` + strings.Join(typeNames[1:], "|") + `)\.([1-9][0-9]{0,9})\.[a-z2-7]{26}`)

func TestFind(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		start, end := Find([]byte(in))
		got := ""
		if start >= 0 {
			got = in[start:end]
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if is := Is([]byte(in)); is != (got != "" && got == in) {
			t.Errorf("%q: Is says %v", in, is)
		}
	}
	tok := "t1.mrn.1." + someBody
	f(tok, tok)
	f("id"+tok+"abc", tok)
	f("?p="+tok+"&q="+tok, tok)
	f("t1.t1.mrn.t1.mrn.4294967295."+someBody, "t1.mrn.4294967295."+someBody)
	for _, none := range []string{
		"", "t1.", "t1.mrn", "t1.mrn.", "t1.mrn.1", "t1.mrn.1.", tok[:len(tok)-1],
		"t1.mrn.0." + someBody, "t1.mrn.01." + someBody, "t1.mrn.4294967296." + someBody, "t1.mrn.11111111111." + someBody,
		"t1.none.1." + someBody, "t1..1." + someBody, "t1.mrnx.1." + someBody, "t2.mrn.1." + someBody, "T1.mrn.1." + someBody,
		"t1.mrn.1." + strings.ToUpper(someBody), "t1.mrn.1.a1" + someBody[2:], "t1.mrn.1.a8" + someBody[2:], "t1.mrn.1-" + someBody,
	} {
		f(none, "")
	}
}

func TestEveryTokenIsFoundInAnyText(t *testing.T) {
	tok := newTokenizer(t)
	rapid.Check(t, func(t *rapid.T) {
		typ := Type(rapid.IntRange(1, int(numTypes)-1).Draw(t, "type"))
		token := tok.Append(nil, typ, rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		if gotType, version, n := Parse(token); gotType != typ || version != 7 || n != len(token) || !Is(token) || n > MaxLen {
			t.Fatalf("%s: %v, %d, %d", token, gotType, version, n)
		}
		before, after := rapid.StringMatching(`[a-z0-9. ]{0,20}`).Draw(t, "before"), rapid.StringMatching(`[a-z0-9. ]{0,20}`).Draw(t, "after")
		text := before + string(token) + after
		if start, end := Find([]byte(text)); start != len(before) || end != len(before)+len(token) {
			t.Fatalf("%q: found %d to %d", text, start, end)
		}
	})
}

// slowFind is Find by the letter of the package comment.
func slowFind(b []byte) (start, end int) {
	for i := range b {
		m := form.FindSubmatchIndex(b[i:])
		if m == nil {
			continue
		}
		if _, err := strconv.ParseUint(string(b[i+m[4]:i+m[5]]), 10, 32); err == nil {
			return i, i + m[1]
		}
	}
	return -1, -1
}

func FuzzFind(f *testing.F) {
	f.Add([]byte("a t1.mrn.1." + someBody + " b"))
	f.Add([]byte("t1.t1.encounter.4294967295." + someBody))
	f.Add([]byte("t1.ip.4294967296." + someBody))
	f.Add([]byte("t1.patient.1.t1.patient.1." + someBody))
	f.Fuzz(func(t *testing.T, b []byte) {
		start, end := Find(b)
		if wantStart, wantEnd := slowFind(b); start != wantStart || end != wantEnd {
			t.Errorf("%q: got %d, %d, want %d, %d", b, start, end, wantStart, wantEnd)
		}
		if start >= 0 && !Is(b[start:end]) {
			t.Errorf("%q: what Find found Is denies", b)
		}
		if Is(b) && (start != 0 || end != len(b)) {
			t.Errorf("%q: Find does not find the token it is", b)
		}
	})
}
