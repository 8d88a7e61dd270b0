// Package scrubline holds the tests of the house rules: who may import whom, and
// who may look at a raw record. They parse the files themselves.
package scrubline

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/scrubline/scrubline/"

// layers lists what each top-level folder may import of the project. A package
// always may import its own folder's.
var layers = map[string][]string{
	"schemas":  {},
	"deploy":   {},
	"ingest":   {"schemas"},
	"scrub":    {"schemas", "ingest"},
	"store":    {"schemas", "scrub"},
	"detect":   {"schemas", "scrub"},
	"query":    {"schemas", "scrub", "store", "detect"},
	"pipeline": {"schemas", "ingest", "scrub", "store", "detect"},
	"cmd":      {"schemas", "ingest", "scrub", "store", "detect", "pipeline", "query"},
	"bench":    {"schemas", "ingest", "scrub", "store", "pipeline", "query", "cmd"},
}

type file struct {
	path string
	tree *ast.File
}

func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		tree, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, file{filepath.ToSlash(path), tree})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("found only %d Go files", len(out))
	}
	return out
}

func TestLayers(t *testing.T) {
	for _, f := range sources(t) {
		top, _, ok := strings.Cut(f.path, "/")
		if !ok {
			continue
		}
		allowed, known := layers[top]
		if !known {
			t.Errorf("%s: %s is not a folder of the design", f.path, top)
			continue
		}
		for _, imp := range f.tree.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			rest, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			folder, _, _ := strings.Cut(rest, "/")
			good := folder == top || strings.HasSuffix(f.path, "_test.go") && (strings.HasPrefix(rest, "store/engine") || folder == "deploy")
			for _, a := range allowed {
				good = good || folder == a
			}
			if !good {
				t.Errorf("%s imports %s: %s may import only %v", f.path, rest, top, allowed)
			}
		}
	}
}

// TestOnlyScrubReveals: only package scrub, and the contract itself, may ask a
// record for its bytes.
func TestOnlyScrubReveals(t *testing.T) {
	found := false
	for _, f := range sources(t) {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Reveal" {
				return true
			}
			if strings.HasPrefix(f.path, "scrub/") {
				found = true
				return true
			}
			if !strings.HasSuffix(f.path, "_test.go") && !strings.HasPrefix(f.path, "ingest/ingesttest/") {
				t.Errorf("%s reveals a record's bytes", f.path)
			}
			return true
		})
	}
	if !found {
		t.Error("nobody calls Reveal: this test looks for the wrong name")
	}
}

// TestNoInit: what a program is made of is listed, not registered.
func TestNoInit(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", f.path)
			}
		}
	}
}

// TestPackageComments: every package says what it is for.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.path, "_test.go") && f.path != "arch_test.go" {
			continue
		}
		dir := filepath.Dir(f.path)
		documented[dir] = documented[dir] || f.tree.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package in %s has no comment", dir)
		}
	}
}
