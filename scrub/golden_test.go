package scrub

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/token"
)

// TestGolden scrubs the records in the sections of testdata/*.txtar, named after
// their format, a line each, through the real decoders, and compares the scrubbed
// record, what was matched and the columns with the section want. ␍ stands for a
// carriage return. The bodies of tokens are numbered: their key is new each time.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (%v)", err)
	}
	ring := newKeys(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(bytes.TrimSpace(ar.Comment)) == 0 {
				t.Error("the file does not say what it shows")
			}
			e := newEngine(t, ring, "golden")
			var got bytes.Buffer
			var want []byte
			var kept []txtar.File
			for _, f := range ar.Files {
				if f.Name == "want" {
					want = f.Data
					continue
				}
				kept = append(kept, f)
				r := newRig(t, f.Name, e)
				for line := range bytes.Lines(f.Data) {
					raw := bytes.ReplaceAll(bytes.TrimSuffix(line, []byte("\n")), []byte("␍"), []byte("\r"))
					if len(raw) > 0 {
						render(&got, r, raw)
					}
				}
			}
			text := numberTokens(got.Bytes())
			if *update {
				ar.Files = append(kept, txtar.File{Name: "want", Data: text})
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func render(w *bytes.Buffer, r *rig, raw []byte) {
	r.newBatch()
	code := r.record(raw)
	if code != "" {
		fmt.Fprintf(w, "tombstone %s\n", code)
	} else {
		fmt.Fprintf(w, "%s\n", bytes.ReplaceAll(r.engine.out, []byte("\r"), []byte("␍")))
		for _, m := range r.engine.matches {
			fmt.Fprintf(w, "  %d-%d %s %s %q\n", m.Start, m.End, m.Kind, m.Treat, raw[m.Start:m.End])
		}
	}
	texts := r.texts()
	for _, c := range slices.Sorted(maps.Keys(texts)) {
		switch c {
		case schemas.TenantID, schemas.Source, schemas.Origin, schemas.Batch, schemas.Native:
			continue
		}
		if texts[c] != "" {
			fmt.Fprintf(w, "\t%s: %s\n", c, strings.ReplaceAll(strings.TrimRight(texts[c], " "), "\r", "␍"))
		}
	}
	row := r.batch.Rows() - 1
	for _, c := range r.batch.Columns() {
		switch c.Info().Kind {
		case schemas.KIP:
			if a := netip.AddrFrom16(r.batch.Addrs(c)[row]); !a.IsUnspecified() {
				fmt.Fprintf(w, "\t%s: %s\n", c, a.Unmap())
			}
		case schemas.KU16:
			if c == schemas.ScrubCount && r.batch.Nums(c)[row] > 0 {
				fmt.Fprintf(w, "\t%s: %d\n", c, r.batch.Nums(c)[row])
			}
		}
	}
}

// numberTokens replaces the body of each token by its number, the same for the
// same token.
func numberTokens(b []byte) []byte {
	var out []byte
	seen := map[string]int{}
	for {
		from, to := token.Find(b)
		if from < 0 {
			return append(out, b...)
		}
		body := string(b[to-26 : to])
		if seen[body] == 0 {
			seen[body] = len(seen) + 1
		}
		out = fmt.Appendf(append(out, b[:to-26]...), "#%d", seen[body])
		b = b[to:]
	}
}
