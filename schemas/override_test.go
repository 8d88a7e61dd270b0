package schemas

import (
	"reflect"
	"testing"
)

func TestOverridesChangeACopy(t *testing.T) {
	s, err := ParseSource([]byte(`
source: s
table: events
fields:
  a: {treat: keep, column: action}
  b.c: {treat: scan, hint: url, column: url_path}
  b.secret: {treat: drop}
  p.*: {treat: keep}
  p.q: {treat: scan}
  addr: {treat: address, column: src_addr}
`))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := ParseSource([]byte("source: s\ntable: events\nfields:\n  a: {treat: keep, column: action}\n"))
	c := s.With([]Override{
		{Path: "a", Treat: Drop, Set: true, Rule: 1},
		{Path: "b", Treat: Scan, Set: true, Rule: 2},
		{Path: "p.new", Treat: Label, Set: true, Rule: 3},
		{Path: `x\.y.z`, Treat: Token, Set: true, Rule: 4},
		{Path: "addr", Rule: 5},
	})
	f := func(path string, treat Treatment, hint Hint, column Column, rule uint16) {
		t.Helper()
		if got, _ := c.Of(path); got.Treat != treat || got.Hint != hint || got.Column != column || got.Rule != rule {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	f("a", Drop, Text, Action, 1)
	f("a.below", Drop, Text, None, 1)
	f("b", Scan, Text, None, 2)
	f("b.c", Scan, URL, URLPath, 2)
	f("b.secret", Drop, Text, None, 0) // a scan of what is around it gives it no more
	f("b.other.deep", Scan, Text, None, 2)
	f("p.new", Label, Text, None, 3)
	f("p.new.deep", Label, Text, None, 3)
	f("p.old", Keep, Text, None, 0)
	f("p.q", Scan, Text, None, 0)
	f(`x\.y.z`, Token, Text, None, 4)
	f(`x\.y.w`, Scan, Text, None, 0)
	f("addr", Address, Text, SrcAddr, 5)
	f("addr.below", Scan, Text, None, 5)
	f("nowhere", Scan, Text, None, 0)
	if got, ok := s.Of("a"); !ok || got.Treat != Keep || got.Rule != 0 {
		t.Errorf("the schema itself changed: %+v", got)
	}
	if got, _ := s.Of("p.new"); got.Treat != Keep {
		t.Errorf("the wildcard of the schema itself changed: %+v", got)
	}
	if !reflect.DeepEqual(Unknown.Field, Field{Treat: Scan}) || before.With(nil) != before {
		t.Error("what is shared changed")
	}
}

// TestUse is the only test that puts overrides in force: they last.
func TestUse(t *testing.T) {
	if err := Use(Overrides{"aws_bedrock": {{Path: "modelId", Treat: Drop, Set: true, Rule: 9}}}); err != nil {
		t.Fatal(err)
	}
	if f, _ := MustLoadSource("aws_bedrock").Of("modelId"); f.Rule != 9 || f.Treat != Drop {
		t.Errorf("got %+v", f)
	}
	if f, _ := MustLoadSource("aws_config").Of("modelId"); f.Rule != 0 {
		t.Errorf("another source has the override, too: %+v", f)
	}
	if Use(Overrides{"aws_bedrock": nil}) == nil {
		t.Error("the schema was given out and can be overridden still")
	}
	if err := Use(nil); err != nil {
		t.Error(err)
	}
}
