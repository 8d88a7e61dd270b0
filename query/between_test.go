package query

import (
	"testing"
	"time"
)

func TestRangesAndLucene(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		q, err := Parse(in, testNow, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			return
		}
		if got := q.String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	f("http:[400 TO 499]", "http>=400 http<=499")
	f("http:{400 TO 500}", "http>400 http<500")
	f("http:[400 TO 500}", "http>=400 http<500")
	f("http:[500 TO *] action:x", "http>=500 action:x")
	f("-http:[200 TO 299]", "-(http>=200 http<=299)")
	f("outcome:[400 TO 499]", "status>=400 status<=499")
	f("time:[2026-11-01 TO 2026-11-02]", "time>=2026-11-01T00:00:00.000Z time<2026-11-03T00:00:00.000Z")
	f("time:{* TO 2026-11-02}", "time<2026-11-02T00:00:00.000Z")
	f("time:[2d TO now]", "time>=2026-11-20T17:00:00.000Z time<2026-11-22T17:00:00.001Z")
	f("action:(GetObject OR PutObject OR x)", "action:(GetObject,PutObject,x)")
	f("action:(GetObject, Other)", "action:(GetObject,Other)")
	f("_exists_:patient", "patient:*")
	f("-_exists_:eventName", "-action:*")
	f("action:[x", `action:"[x"`) // no field of order: text

	bad := func(in string, pos, length int) {
		t.Helper()
		_, err := Parse(in, testNow, time.UTC)
		e, ok := err.(*SyntaxError)
		if !ok || e.Pos != pos || e.Len != length {
			t.Errorf("%s: %v, want an error at %d+%d", in, err, pos, length)
		}
	}
	bad("http:[400 TO 499", 5, 1)
	bad("http:[400 499]", 5, 9)
	bad("http:[* TO *]", 5, 8)
	bad("http:[4xx TO 499]", 6, 3)
	bad("time:[2026-11-01 TO soon]", 20, 4)
	bad("_exists_:nothing", 9, 7)
	bad("_exists_:since", 9, 5)
}

func TestCursorStandsInAWord(t *testing.T) {
	f := func(text, field, prefix string, start, end int) {
		t.Helper()
		at := len(text)
		for i, r := range text {
			if r == '|' {
				at, text = i, text[:i]+text[i+1:]
				break
			}
		}
		w := wordAt(text, at)
		name := ""
		if w.field != nil {
			name = w.field.Name
		}
		if name != field || w.prefix != prefix || w.start != start || w.end != end {
			t.Errorf("%s: field %q prefix %q at %d-%d, want %q %q %d-%d", text, name, w.prefix, w.start, w.end, field, prefix, start, end)
		}
	}
	f("", "", "", 0, 0)
	f("act", "", "act", 0, 3)
	f("ac|t", "", "ac", 0, 3)
	f("-act", "", "act", 1, 4)
	f("a:b act", "", "act", 4, 7)
	f("(act", "", "act", 1, 4)
	f("action:", "action", "", 7, 7)
	f("action:Get|Object region:x", "action", "Get", 7, 16)
	f("action:(Get,Pu", "action", "Pu", 12, 14)
	f("action:(Get OR Pu", "", "Pu", 15, 17)
	f("eventName:G", "action", "G", 10, 11)
	f("status>=4", "status", "4", 8, 9)
	f(`service:"s3 am`, "service", "s3 am", 8, 14)
	f(`service:"s3|.am" x`, "service", "s3", 8, 15)
	f("actor:arn:aws:iam", "actor", "arn:aws:iam", 6, 17)
	f("-actor:al", "actor", "al", 7, 9)
	f("nofield:x", "", "nofield:x", 0, 9)
	f("action:x ", "", "", 9, 9)
}
