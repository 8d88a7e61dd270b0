package schemas

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite compiled.go")

// identifiers reads how the columns are called in Go from the table of their
// names.
func identifiers(t *testing.T) map[Column]string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "column.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[Column]string{}
	ast.Inspect(tree, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		name := kv.Value.(*ast.CompositeLit).Elts[0].(*ast.BasicLit).Value
		ids[ColumnByName(strings.Trim(name, `"`))] = kv.Key.(*ast.Ident).Name
		return true
	})
	if len(ids) != int(NumColumns)-1 {
		t.Fatalf("found %d columns, want %d", len(ids), NumColumns-1)
	}
	return ids
}

var treatments = [...]string{"Drop", "Keep", "Token", "Coarsen", "Label", "Scan", "Address"}
var hints = [...]string{"Text", "URL", "Path", "Query", "UserAgent", "Header", "Cookie", "MapKey", "Number", "SessionID", "UserID", "PatientID", "TraceID"}

// parsed returns the schemas of all YAML files.
func parsed(t *testing.T) (all []compiled) {
	t.Helper()
	files, err := fs.Glob(sourceFiles, "sources/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no schemas")
	}
	for _, file := range files {
		b, err := sourceFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseSource(b)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if "sources/"+c.source+".yaml" != file {
			t.Errorf("%s holds the schema of %s", file, c.source)
		}
		all = append(all, *c)
	}
	return all
}

// TestCompiledSourcesAreTheirYAML: what the program uses is what the files say.
func TestCompiledSourcesAreTheirYAML(t *testing.T) {
	want := parsed(t)
	if *update {
		write(t, want)
		return
	}
	if !reflect.DeepEqual(compiledSources[:], want) {
		t.Error("compiled.go is not what sources/*.yaml say: run go generate ./schemas")
	}
}

func write(t *testing.T, all []compiled) {
	columns := identifiers(t)
	var out bytes.Buffer
	out.WriteString("// Code generated from sources/*.yaml by go generate; DO NOT EDIT.\n\npackage schemas\n\nvar compiledSources = [...]compiled{\n")
	for _, c := range all {
		table := "Events"
		if c.table == Flows {
			table = "Flows"
		}
		fmt.Fprintf(&out, "{source: %q, table: %s, fields: []pathField{\n", c.source, table)
		for _, f := range c.fields {
			fmt.Fprintf(&out, "{%q, Field{Treat: %s", f.path, treatments[f.Treat])
			if f.Hint != Text {
				fmt.Fprintf(&out, ", Hint: %s", hints[f.Hint])
			}
			if f.Column != None {
				fmt.Fprintf(&out, ", Column: %s", columns[f.Column])
			}
			if f.Type != "" {
				fmt.Fprintf(&out, ", Type: %q", f.Type)
			}
			out.WriteString("}},\n")
		}
		out.WriteString("}},\n")
	}
	out.WriteString("}\n")
	b, err := format.Source(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("compiled.go", b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPathsNameNodes(t *testing.T) {
	s, err := ParseSource([]byte("source: x\ntable: flows\nfields:\n  a.b: {treat: keep}\n  a.*.c: {treat: token}\n  d\\.e: {treat: drop}\n  f.*: {treat: label}\n"))
	if err != nil {
		t.Fatal(err)
	}
	child := func(keys ...string) Treatment {
		n := s.Root
		for _, k := range keys {
			n = n.Child([]byte(k))
		}
		return n.Treat
	}
	for _, c := range []struct {
		keys []string
		want Treatment
	}{
		{[]string{"a"}, Scan},
		{[]string{"a", "b"}, Keep},
		{[]string{"a", "b", "c"}, Scan},
		{[]string{"a", "x", "c"}, Token},
		{[]string{"a", "x", "y"}, Scan},
		{[]string{"d.e"}, Drop},
		{[]string{"d"}, Scan},
		{[]string{"f"}, Scan},
		{[]string{"f", "g"}, Label},
		{[]string{"f", "g", "h"}, Label},
		{[]string{"z"}, Scan},
	} {
		if got := child(c.keys...); got != c.want {
			t.Errorf("%v is %v, want %v", c.keys, got, c.want)
		}
	}
	if s.Table != Flows {
		t.Errorf("table %v", s.Table)
	}
	if got := len(s.Root.Children); got != 3 {
		t.Errorf("%d children of the root, want 3", got)
	}
}

func TestWrongSchemasAreRefused(t *testing.T) {
	for name, yaml := range map[string]string{
		"unknown column":    "source: x\nfields:\n  a: {treat: keep, column: nothing}\n",
		"unknown treatment": "source: x\nfields:\n  a: {treat: publish}\n",
		"unknown hint":      "source: x\nfields:\n  a: {treat: scan, hint: poem}\n",
		"unknown key":       "source: x\nfields:\n  a: {treat: scan, colour: red}\n",
	} {
		if _, err := ParseSource([]byte(yaml)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := LoadSource("nobody"); err == nil {
		t.Error("loading the schema of nobody gave no error")
	}
}

// TestEverySchemaLoads: each source has a tree, its table and a name of its own.
func TestEverySchemaLoads(t *testing.T) {
	for i := range compiledSources {
		name := compiledSources[i].source
		s, err := LoadSource(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Source != name || len(s.Root.Children) == 0 || s.Table != TableOf(name) {
			t.Errorf("%s loads as %s with %d fields", name, s.Source, len(s.Root.Children))
		}
	}
}

func BenchmarkLoadAllSources(b *testing.B) {
	for b.Loop() {
		for i := range compiledSources {
			compiledSources[i].schema()
		}
	}
}
