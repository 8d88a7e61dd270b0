package waf

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/ingesttest"
)

// cut frames a payload as the pipeline does.
func cut(data []byte) (raws [][]byte) {
	f := frame.NewJSON(frame.NewChunk(bytes.NewReader(data), ingest.DefaultLimits.Record), true)
	for {
		_, raw, err := f.Next()
		var re *ingest.RecordError
		if err != nil && !errors.As(err, &re) {
			return raws
		}
		raws = append(raws, bytes.Clone(raw))
	}
}

func TestGolden(t *testing.T) { ingesttest.GoldenCut(t, New(), "testdata/*.txtar", cut) }

func FuzzDecode(f *testing.F) {
	for _, in := range inputs(f) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, New(), ingest.Options{Limits: ingest.DefaultLimits}, cut)
}

func TestNoAllocs(t *testing.T) {
	for file, in := range inputs(t) {
		if file == "testdata/broken.txtar" {
			continue
		}
		t.Run(file, func(t *testing.T) {
			ingesttest.NoAllocs(t, New(), ingest.Options{Limits: ingest.DefaultLimits}, in, cut)
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	ingesttest.Benchmark(b, New(), ingest.Options{Limits: ingest.DefaultLimits}, inputs(b)["testdata/ordinary.txtar"], cut)
}

// BenchmarkPayload frames and decodes 4 MiB of the ordinary records, as the
// pipeline does.
func BenchmarkPayload(b *testing.B) {
	var payload []byte
	for raws, n := cut(inputs(b)["testdata/ordinary.txtar"]), 0; len(payload) < 4<<20; n++ {
		payload = append(append(payload, raws[n%len(raws)]...), '\n')
	}
	dec := New().NewDecoder(ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits})
	c := frame.NewChunk(nil, ingest.DefaultLimits.Record)
	var rec ingest.Record
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		c.Reset(bytes.NewReader(payload), ingest.DefaultLimits.Record)
		for f := frame.NewJSON(c, true); ; {
			_, raw, err := f.Next()
			if err != nil {
				break
			}
			rec.Reset(name, 0, raw)
			if err := dec.Decode(raw, &rec); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// inputs returns the payloads of the golden files.
func inputs(t testing.TB) map[string][]byte {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files")
	}
	ins := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range txtar.Parse(b).Files {
			if part.Name == "input" {
				ins[file] = part.Data
			}
		}
	}
	return ins
}
