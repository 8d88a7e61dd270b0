package roster

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGoldens compares what is found in each line of text with a table of
// patients. In the goldens ⟨kind|…⟩ stands around what was found.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := build(t, bytes.NewReader(file(t, a, "patients.csv")), nil)
			s := NewScanner(r)
			var got strings.Builder
			for l := range strings.Lines(string(file(t, a, "text"))) {
				got.WriteString(mark(l, s.Scan([]byte(l))))
			}
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "found" })
				a.Files = append(a.Files, txtar.File{Name: "found", Data: []byte(got.String())})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want := strings.SplitAfter(string(file(t, a, "found")), "\n")
			for i, l := range strings.SplitAfter(got.String(), "\n") {
				if i >= len(want) || l != want[i] {
					t.Errorf("line %d: got %s", i+1, l)
				}
			}
		})
	}
}

func file(t *testing.T, a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("no %s", name)
	return nil
}

// mark shows hits in their line, those that overlap as one.
func mark(line string, hits []Hit) string {
	hits = slices.Clone(hits)
	slices.SortFunc(hits, func(a, b Hit) int { return 1000*(a.From-b.From) + b.To - a.To })
	var b strings.Builder
	at := 0
	for _, h := range hits {
		if h.From < at {
			continue
		}
		fmt.Fprintf(&b, "%s⟨%s|%s⟩", line[at:h.From], h.Kind, line[h.From:h.To])
		at = h.To
	}
	return b.String() + line[at:]
}
