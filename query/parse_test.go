package query

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var (
	testNow = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	newYork = func() *time.Location {
		l, err := time.LoadLocation("America/New_York")
		if err != nil {
			return time.FixedZone("EST", -5*3600)
		}
		return l
	}()
)

func same(a, b *Query) string {
	return cmp.Diff(a, b, cmp.Comparer(func(x, y *Field) bool { return x == y }),
		cmp.Comparer(func(x, y netip.Prefix) bool { return x == y }), cmpopts.EquateComparable(time.Time{}))
}

func TestParsePrintsTheNormalForm(t *testing.T) {
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
	f("", "")
	f("  ", "")
	f("actor:alice action:GetObject resource:phi-bucket/* since:24h",
		"actor:alice action:GetObject resource:phi-bucket/* since:2026-11-21T17:00:00.000Z")
	f("actor:alice AND action:GetObject", "actor:alice action:GetObject")
	f("action:(GetObject, PutObject)", "action:(GetObject,PutObject)")
	f("-actor:alice", "-actor:alice")
	f("NOT actor:alice", "-actor:alice")
	f("NOT NOT actor:alice", "actor:alice")
	f("-(actor:alice action:x)", "-(actor:alice action:x)")
	f("-(actor:alice OR action:x)", "-(actor:alice OR action:x)")
	f("a b OR c", "a b OR c")
	f("a (b OR c)", "a (b OR c)")
	f("((a) (b (c)))", "a b c")
	f("(a OR b) since:2026-11-01", "(a OR b) since:2026-11-01T00:00:00.000Z")
	f("eventName:GetObject", "action:GetObject")
	f("ACTOR:alice", "actor:alice")
	f(`"arn:aws:iam::1:user/alice"`, `"arn:aws:iam::1:user/alice"`)
	f("actor:arn:aws:iam::1:user/alice", "actor:arn:aws:iam::1:user/alice")
	f(`ua:"Mozilla/5.0 (X11*"`, `ua:"Mozilla/5.0 (X11*"`)
	f(`path:a\*b`, `path:"a\*b"`)
	f(`path:***`, `path:*`)
	f(`"OR"`, `"OR"`)
	f(`native:"-x"`, `"-x"`)
	f(`reason:""`, `reason:""`)
	f("http>=500", "http>=500")
	f("port:(22,3389)", "port:(22,3389)")
	f("kind:TOMBSTONE", "kind:TOMBSTONE")
	f("ip:10.1.2.3/8", "ip:10.1.2.3/8")
	f("src:2001:db8::1", "src:2001:db8::1")
	f("since:7d until:2026-11-20", "since:2026-11-15T17:00:00.000Z until:2026-11-21T00:00:00.000Z")
	f("from:1793491200 to:1793491201500", "since:2026-11-01T00:00:00.000Z until:2026-11-01T00:00:01.500Z")
	f("time>2026-11-01", "time>=2026-11-02T00:00:00.000Z")
	f("time<=2026-11", "time<2026-12-01T00:00:00.000Z")
	f("time:today", "time>=2026-11-22T00:00:00.000Z time<2026-11-23T00:00:00.000Z")
	f("time>=1h30m", "time>=2026-11-22T15:30:00.000Z")
	f("since:2026-11-01T10:00:00-05:00", "since:2026-11-01T15:00:00.000Z")
	f("patient:MRN-123", "patient:MRN-123")
}

func TestParseResolvesDaysInTheZone(t *testing.T) {
	q, err := Parse("since:2026-11-01 until:2026-11-01", testNow, newYork)
	if err != nil {
		t.Fatal(err)
	}
	// The clocks went back that night: the day has 25 hours.
	if got := q.Until.Sub(q.Since); got != 25*time.Hour {
		t.Errorf("the day has %v, want 25h", got)
	}
}

func TestParseErrorsPointAtTheCharacter(t *testing.T) {
	f := func(in string, pos int, near, part string) {
		t.Helper()
		_, err := Parse(in, testNow, time.UTC)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%s: error %v, want a syntax error", in, err)
			return
		}
		if se.Pos != pos || se.Near != near || !strings.Contains(se.Message, part) {
			t.Errorf("%s: got %d %q near %q, want %d %q near %q", in, se.Pos, se.Message, se.Near, pos, part, near)
		}
	}
	f("actr:alice", 0, "actor", "no field actr")
	f("actor:a acion:x", 8, "action", "no field acion")
	f("é resourc:x", 2, "resource", "no field")
	f("https://example.org", 0, "", "quotes")
	f("actor:", 6, "", "value is missing")
	f(`actor:"alice`, 6, "", "quote is not closed")
	f(`actor:al"ice`, 8, "", "quotes")
	f("(actor:a", 0, "", "not closed")
	f("actor:a)", 7, "", "closes nothing")
	f("action:(a,b", 7, "", "list is not closed")
	f("action:(a b)", 10, "", "commas")
	f("a OR", 2, "", "follow OR")
	f("OR a", 0, "", "before OR")
	f("a AND", 2, "", "AND joins")
	f("a -", 2, "", "follow the negation")
	f("actor>alice", 5, "", "cannot be compared")
	f("http:many", 5, "", "number")
	f("kind:stone", 5, "", "tombstone")
	f("since:soon", 6, "", "a time is")
	f("since:2026-13-01", 6, "", "a time is")
	f("a OR since:24h", 5, "", "part of OR")
	f("-since:24h", 1, "", "outside")
	f("since:24h since:2h", 10, "", "twice")
	f("since:today until:yesterday", 12, "", "ends before")
	f("patient:MRN-*", 8, "", "whole number")
	f("a\x01", 1, "", "control")
	f("a\xff", 1, "", "UTF-8")
	f(strings.Repeat("(", 60)+"a", 40, "", "levels")
	f(strings.Repeat("a ", 201), 400, "", "terms")
	f(strings.Repeat("a", MaxText+1), MaxText, "", "bytes")
}

func TestPointDrawsCaretsUnderTheError(t *testing.T) {
	text := "actor:a acion:x"
	_, err := Parse(text, testNow, time.UTC)
	var se *SyntaxError
	if !errors.As(err, &se) {
		t.Fatal(err)
	}
	if got, want := se.Point(text), "actor:a acion:x\n        ^^^^^"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"actor:alice action:GetObject resource:phi-bucket/* since:24h", `-(a OR "b c") http>=500 ip:10.0.0.0/8`,
		`path:a\*b* native:"x\"y" until:2026-11-01`, "time:(today,yesterday) table:* NOT kind:tombstone", "-1 a,b port:(1,2)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text, testNow, newYork)
		if err != nil {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Pos < 0 || se.Pos > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		roundTrip(t, q)
	})
}

func roundTrip(t interface{ Fatalf(string, ...any) }, q *Query) {
	text := q.String()
	if len(text) > MaxText { // escapes and resolved times may make it longer than what was typed
		return
	}
	again, err := Parse(text, testNow.Add(time.Hour), time.UTC)
	if err != nil {
		t.Fatalf("printed query %q: %v", text, err)
	}
	if d := same(q, again); d != "" {
		t.Fatalf("parse(print(q)) differs for %q: %s", text, d)
	}
}

func TestPropertyParseReadsWhatPrintWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &Query{Where: drawNode(t, 3)}
		if rapid.Bool().Draw(t, "since") {
			q.Since = drawTime(t)
		}
		if q.Since.IsZero() && rapid.Bool().Draw(t, "until") {
			q.Until = drawTime(t)
		}
		roundTrip(t, q)
	})
}

func drawTime(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC()
}

func drawNode(t *rapid.T, depth int) Node {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 || kind > 2 {
		return drawTerm(t)
	}
	if kind == 2 {
		return not(drawNode(t, depth-1))
	}
	parts := make([]Node, rapid.IntRange(2, 3).Draw(t, "parts"))
	for i := range parts {
		parts[i] = drawNode(t, depth-1)
	}
	if kind == 0 {
		return join[And](parts...)
	}
	return join[Or](parts...)
}

func drawTerm(t *rapid.T) Node {
	f := rapid.SampledFrom(fields).Draw(t, "field")
	switch f.match {
	case matchSince, matchUntil:
		f = FieldByName("actor")
	case matchTime:
		return timeTerm(f, rapid.SampledFrom([]Op{GreaterEqual, Less}).Draw(t, "op"), drawTime(t))
	}
	term := &Term{Field: f}
	if f.match == matchNumber && rapid.Bool().Draw(t, "compares") {
		term.Op = rapid.SampledFrom([]Op{Greater, GreaterEqual, Less, LessEqual}).Draw(t, "op")
	}
	n := 1
	if term.Op == Match {
		n = rapid.IntRange(1, 3).Draw(t, "values")
	}
	for range n {
		term.Values = append(term.Values, drawValue(t, f, term.Op))
	}
	if f.match == matchNative && len(term.Values) == 1 && len(term.Values[0].Parts) == 1 && term.Values[0].Parts[0] == "" {
		term.Values[0].Parts[0] = "x"
	}
	return term
}

func drawValue(t *rapid.T, f *Field, op Op) Value {
	var raw rawValue
	switch f.match {
	case matchNumber, matchBit, matchTable:
		if len(f.Names) > 0 && op == Match {
			raw.parts = []string{rapid.SampledFrom(f.Names).Draw(t, "name").Name}
		} else {
			raw.parts = []string{rapid.StringMatching(`[0-9]{1,9}(\.[0-9])?`).Draw(t, "number")}
		}
	case matchPatient:
		raw.parts = []string{rapid.StringOf(printable).Draw(t, "text")}
	default:
		for i := range rapid.IntRange(1, 3).Draw(t, "parts") {
			part := rapid.StringOf(printable).Draw(t, "text")
			if i > 0 && part == "" && len(raw.parts) > 1 {
				part = "y" // a run of wildcards is one
			}
			raw.parts = append(raw.parts, part)
		}
		if len(raw.parts) > 2 && raw.parts[1] == "" {
			raw.parts[1] = "y"
		}
	}
	v, err := (&parser{}).meaning(f, op, raw)
	if err != nil {
		t.Fatalf("%s %q: %v", f.Name, raw.parts, err)
	}
	return v
}

var printable = rapid.Rune().Filter(func(r rune) bool { return r >= ' ' && r != 0x7f && !(r >= 0x80 && r < 0xa0) && r != 0xfffd })
