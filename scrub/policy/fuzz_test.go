package policy

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// FuzzParse: any file gives problems with places in it, or a policy that answers.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/check/*.txtar")
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Add([]byte("version: 1\nclasses: {? [a]: b, <<: *x}\n"))
	f.Add([]byte("version: 1\nsources: {app: {fields: {a: {treat: drop}, \"\\\\.\": drop, \"*\": drop}}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, problems, err := Parse("scrub.yaml", b, today)
		again, problems2, err2 := Parse("scrub.yaml", b, today)
		if problems.String() != problems2.String() || (err == nil) != (err2 == nil) {
			t.Fatal("two readings differ")
		}
		for i := range problems.List {
			if q := &problems.List[i]; q.Line < 0 || q.Column < 0 || q.Text == "" {
				t.Fatalf("%+v", q)
			}
		}
		if err != nil {
			return
		}
		if p.Text([]byte("k")) != again.Text([]byte("k")) {
			t.Fatal("two readings have different texts")
		}
		for source := range p.Overrides() {
			s, err := schemas.BuiltIn(source)
			if err != nil {
				t.Fatal(err)
			}
			if s.With(p.Overrides()[source]) == s {
				t.Fatal("overrides do nothing")
			}
		}
		_, _ = p.ExplainField("app", "message")
		if finder := p.Finder(); finder != nil {
			finder.Find(b, nil, "app")
		}
		if n := len(p.ExplainClasses("app")); n < len(recognizer.All)-2 {
			t.Fatalf("%d classes are explained", n)
		}
	})
}
