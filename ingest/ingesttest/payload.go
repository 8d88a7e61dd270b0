package ingesttest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
)

// Inputs returns the sections input of the txtar files that match glob, by the
// files' names without folder and ending.
func Inputs(t testing.TB, glob string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden file matches %s (%v)", glob, err)
	}
	ins := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range txtar.Parse(b).Files {
			if part.Name == "input" {
				ins[strings.TrimSuffix(filepath.Base(file), ".txtar")] = bytes.ReplaceAll(part.Data, []byte("␍"), []byte("\r"))
			}
		}
	}
	return ins
}

// Cut returns the records that a framer makes of its payload, those in error
// too, until the payload ends.
func Cut(f ingest.Framer) (raws [][]byte) {
	for {
		_, raw, err := f.Next()
		var re *ingest.RecordError
		if err != nil && !errors.As(err, &re) {
			return raws
		}
		raws = append(raws, bytes.Clone(raw))
	}
}

// JSON cuts a payload of ingest.JSON.
func JSON(data []byte) [][]byte {
	return Cut(frame.NewJSON(frame.NewChunk(bytes.NewReader(data), ingest.DefaultLimits.Record), true))
}

// BenchmarkJSON frames and decodes 4 MiB made of the payload's records, as the
// pipeline does.
func BenchmarkJSON(b *testing.B, src ingest.Source, opt ingest.Options, payload []byte) {
	var data []byte
	for raws, n := JSON(payload), 0; len(data) < 4<<20; n++ {
		data = append(append(data, raws[n%len(raws)]...), '\n')
	}
	dec := src.NewDecoder(ingest.Origin{}, opt)
	c := frame.NewChunk(nil, ingest.DefaultLimits.Record)
	var rec ingest.Record
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		c.Reset(bytes.NewReader(data), ingest.DefaultLimits.Record)
		for f := frame.NewJSON(c, true); ; {
			_, raw, err := f.Next()
			if err != nil {
				break
			}
			rec.Reset(src.Name(), 0, raw)
			if err := dec.Decode(raw, &rec); err != nil {
				b.Fatal(err)
			}
		}
	}
}
