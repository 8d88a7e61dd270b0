package waf

import (
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/ingesttest"
)

const golden = "testdata/*.txtar"

var options = ingest.Options{Limits: ingest.DefaultLimits}

func TestGolden(t *testing.T) { ingesttest.GoldenCut(t, New(), golden, ingesttest.JSON) }

func FuzzDecode(f *testing.F) {
	for _, in := range ingesttest.Inputs(f, golden) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, New(), options, ingesttest.JSON)
}

func TestNoAllocs(t *testing.T) {
	for name, in := range ingesttest.Inputs(t, golden) {
		if name == "broken" { // what is no JSON costs its error
			continue
		}
		t.Run(name, func(t *testing.T) { ingesttest.NoAllocs(t, New(), options, in, ingesttest.JSON) })
	}
}

func BenchmarkDecode(b *testing.B) {
	ingesttest.Benchmark(b, New(), options, ingesttest.Inputs(b, golden)["ordinary"], ingesttest.JSON)
}

func BenchmarkPayload(b *testing.B) {
	ingesttest.BenchmarkJSON(b, New(), options, ingesttest.Inputs(b, golden)["ordinary"])
}
