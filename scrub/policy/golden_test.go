package policy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// updating says that golden files are to be rewritten; package ingesttest, which
// other tests of this program use, has the flag.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// today is when the goldens' files are read.
func today() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// TestGolden: for each case the file's problems, what it is in one line, and its
// fixed form.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d cases", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := a.Files[0].Data
			p, problems, err := Parse("scrub.yaml", in, today)
			got := []txtar.File{a.Files[0], {Name: "problems", Data: []byte(problems.String())}}
			if err == nil {
				got = append(got, txtar.File{Name: "summary", Data: []byte(p.Summary() + "\n")},
					txtar.File{Name: "text", Data: []byte(p.Text([]byte("key")))})
			}
			for _, f := range got[1:] {
				for _, l := range bytes.Split(in, []byte("\n")) { // what is allowed is shown nowhere
					_, v, ok := bytes.Cut(l, []byte("value: "))
					if ok && len(v) > 3 && bytes.Contains(f.Data, bytes.Trim(v, `"'`)) {
						t.Errorf("%s shows the allowed value of line %q", f.Name, l)
					}
				}
			}
			out := txtar.Format(&txtar.Archive{Comment: a.Comment, Files: got})
			if updating() {
				if err := os.WriteFile(file, out, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(a)), string(out)); diff != "" {
				t.Error(diff)
			}
			if !strings.HasPrefix(string(a.Comment), "#") {
				t.Error("the case does not say what it shows")
			}
		})
	}
}
