package ingesttest

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Lines cuts at newlines and skips empty lines, as the framer of lines does.
// The carriage return of a DOS line stays.
func Lines(data []byte) [][]byte {
	var raws [][]byte
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if len(bytes.TrimRight(line, "\r")) > 0 {
			raws = append(raws, line)
		}
	}
	return raws
}

// Golden decodes the section input of every txtar file that matches glob, cut
// into lines, and compares what comes out, rendered, with the section want.
//
// The text above the first section says what the file shows. A section options
// may set, one "key: value" a line, the origin's name, account, region, service
// and time (RFC 3339), and the option flow_format. In input, ␍ stands for a
// carriage return.
func Golden(t *testing.T, src ingest.Source, glob string) {
	t.Helper()
	GoldenCut(t, src, glob, Lines)
}

// GoldenCut is Golden for formats that are not lines.
func GoldenCut(t *testing.T, src ingest.Source, glob string, cut func([]byte) [][]byte) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden file matches %s (%v)", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			goldenFile(t, src, file, cut)
		})
	}
}

func goldenFile(t *testing.T, src ingest.Source, file string, cut func([]byte) [][]byte) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(ar.Comment)) == 0 {
		t.Errorf("%s does not say what it shows", file)
	}
	var input, want []byte
	origin, opt := ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits}
	wantAt := -1
	for i, f := range ar.Files {
		switch f.Name {
		case "input":
			input = bytes.ReplaceAll(f.Data, []byte("␍"), []byte("\r"))
		case "options":
			if origin, opt, err = parseOptions(string(f.Data)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		case "want":
			wantAt, want = i, f.Data
		default:
			t.Fatalf("%s: unknown section %s", file, f.Name)
		}
	}
	got, err := renderAll(src, origin, opt, input, cut)
	if err != nil {
		t.Error(err)
	}
	if *update {
		if wantAt < 0 {
			wantAt = len(ar.Files)
			ar.Files = append(ar.Files, txtar.File{Name: "want"})
		}
		ar.Files[wantAt].Data = got
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// renderAll decodes a payload and renders its records; the error is the first
// breach of a decoder's contract.
func renderAll(src ingest.Source, origin ingest.Origin, opt ingest.Options, input []byte, cut func([]byte) [][]byte) ([]byte, error) {
	var out bytes.Buffer
	var breach error
	score, framing := src.Sniff(origin, input)
	fmt.Fprintf(&out, "sniff %d %s\n", score, framingNames[framing])
	r := newRunner(src, tableOf(src), origin, opt)
	for i, raw := range cut(input) {
		err := r.decode(raw)
		r.rec.Ordinal = uint64(i)
		render(&out, &r.rec, raw, err)
		if err := check(&r.rec, raw, err); err != nil && breach == nil {
			breach = fmt.Errorf("record %d: %w", i, err)
		}
	}
	return out.Bytes(), breach
}

func parseOptions(s string) (o ingest.Origin, opt ingest.Options, err error) {
	opt.Limits = ingest.DefaultLimits
	for line := range strings.Lines(s) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			return o, opt, fmt.Errorf("option %q has no value", key)
		}
		switch key {
		case "name":
			o.Name = value
		case "account":
			o.Account = value
		case "region":
			o.Region = value
		case "service":
			o.Service = value
		case "time":
			if o.Time, err = time.Parse(time.RFC3339, value); err != nil {
				return o, opt, err
			}
		case "flow_format":
			opt.FlowFormat = value
		default:
			return o, opt, fmt.Errorf("unknown option %q", key)
		}
	}
	return o, opt, nil
}
