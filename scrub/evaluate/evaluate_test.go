package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// part returns a file of a.
func part(t *testing.T, a *txtar.Archive, name string) *txtar.File {
	t.Helper()
	for i := range a.Files {
		if a.Files[i].Name == name {
			return &a.Files[i]
		}
	}
	t.Fatalf("no file %s", name)
	return nil
}

// TestGolden holds the figures of small sets; those of testdata/small.txtar were
// reckoned by hand too.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no golden files")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			done := map[string][]Replaced{}
			dec := json.NewDecoder(bytes.NewReader(part(t, a, "replaced.jsonl").Data))
			for dec.More() {
				var p struct {
					ID    string
					Spans []Replaced
				}
				if err := dec.Decode(&p); err != nil {
					t.Fatal(err)
				}
				done[p.ID] = p.Spans
			}
			var table, misses bytes.Buffer
			enc := json.NewEncoder(&misses)
			s := Score{Miss: func(m Miss) { _ = enc.Encode(m) }}
			for _, set := range []string{"gold.jsonl", "neg.jsonl"} {
				err := Read(bytes.NewReader(part(t, a, set).Data), func(r *Record) error {
					s.Add(r, done[r.ID], set == "neg.jsonl")
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			r := s.Report()
			if err := r.Table(&table); err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string][]byte{"table": table.Bytes(), "misses": misses.Bytes()} {
				f := part(t, a, name)
				if *update {
					f.Data = got
				} else if !bytes.Equal(f.Data, got) {
					t.Errorf("%s is\n%s\nwant\n%s", name, got, f.Data)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestTokens marks the analyst tokens of a text.
func TestTokens(t *testing.T) {
	for _, want := range []string{
		`«arn arn:aws:s3:::charts/a», "«arn arn:aws-us-gov:iam::111122223333:role/x»"`,
		`id «uuid 6f1d2c3b-0a1b-4c2d-8e3f-0123456789ab» and 6f1d2c3b-0a1b-4c2d-8e3f-0123456789abc`,
		`«trace Root=1-2434b4a5-ca4e67bb2b536d686767031d» «trace TID_df4b1aaed5de25c6b75ca543f6a50559»`,
		`«awsid eni-0a1b2c3d4e5f60718» xeni-0a1b2c3d4e5f60718x «awsid AKIAIOSFODNN7EXAMPLE»`,
		`«acct12 111122223333» 1111222233334 1.111122223333 111122223333.`,
		`«ip 10.1.2.3», 10.1.2.3.4 10.1.2.3456 v10.1.2.3 «ip 10.1.2.3». 1.2.3`,
		`«ts 2026-03-04T05:00:01.123Z» «ts 04/Mar/2026:05:00:01» «ts 1772600000» «ts 1772600000123» 17726000001`,
		`«hexhash b20b932c3c97ccb1d5d4d53b» b20b932c3c97ccb1d5d4d53bg b20b932c`,
		`" «status 200» «status 512» 700 «status 404» x 500 "500 `,
	} {
		text, marks := plain(want), []byte{}
		for i := 0; i < len(text); {
			n := 0
			for k := range kinds {
				if n = kinds[k].match([]byte(text), i); n > 0 {
					marks = fmt.Appendf(marks, "«%s %s»", kinds[k].name, text[i:i+n])
					break
				}
			}
			if n == 0 {
				marks, n = append(marks, text[i]), 1
			}
			i += n
		}
		if string(marks) != want {
			t.Errorf("got  %s\nwant %s", marks, want)
		}
	}
}

// plain takes the marks out of a text.
func plain(marked string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(marked, "«")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, rest, _ = strings.Cut(rest, " ")
		inside, rest, _ := strings.Cut(rest, "»")
		out.WriteString(inside)
		marked = rest
	}
}

// TestReadSaysNothing: an error names the line, not what stands there.
func TestReadSaysNothing(t *testing.T) {
	for _, line := range []string{
		`{"id":"a","text":"Haldane"`, `{"id":"Haldane","text":7}`, `Haldane`,
		`{"text":"Haldane"}`,
		`{"id":"a","text":"Haldane","spans":[{"start":0,"end":8,"type":"NAME","safe_harbor":"A"}]}`,
		`{"id":"a","text":"Haldane","spans":[{"start":3,"end":2,"type":"NAME","safe_harbor":"A"}]}`,
		`{"id":"a","text":"Haldane","spans":[{"start":0,"end":7,"type":"NAME","safe_harbor":"Haldane"}]}`,
	} {
		good := `{"id":"x","text":"y"}` + "\n"
		err := Read(strings.NewReader(good+line), func(*Record) error { return nil })
		if !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "record 2") || strings.Contains(err.Error(), "Haldane") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
