package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/pipeline"
)

// BenchmarkBeside carries a load balancer's log, once while nobody asks and once
// while 50 analysts do, and says how much slower the second was. Both are of the
// clock: what analysts take away is what counts.
func BenchmarkBeside(b *testing.B) {
	y := openYear(b)
	c := y.crowd(b)
	log, records := demo.Corpus("alb", 4*corpusSize, 5)
	dir := b.TempDir()
	first := filepath.Join(dir, "log.gz")
	if err := os.WriteFile(first, compressed(log), 0o600); err != nil {
		b.Fatal(err)
	}
	r, n := runner(b, dir, nil, y.store, 1, 0), 0
	carry := func() {
		n++
		path := filepath.Join(dir, fmt.Sprintf("%d.log.gz", n)) // another name is another payload
		if err := os.Link(first, path); err != nil {
			b.Fatal(err)
		}
		err := r.Run(context.Background(), &file.Input{Paths: []string{path}}, func(_ ingest.Payload, res pipeline.Result) {
			if res.Error != "" || int(res.Events) != records {
				b.Errorf("%d events of %d records: %s", res.Events, records, res.Error)
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	carry() // caches
	var alone, beside time.Duration
	var single, whole int
	var took []time.Duration
	for b.Loop() {
		answers := make(chan []time.Duration, 1)
		go func() { answers <- c.ask(b, 10) }()
		began := time.Now()
		for len(answers) == 0 {
			carry()
			whole++
		}
		beside += time.Since(began)
		took = append(took, <-answers...)
		began = time.Now()
		for range 5 {
			carry()
			single++
		}
		alone += time.Since(began)
	}
	quantiles(b, took, "")
	each, besides := alone.Seconds()/float64(single), beside.Seconds()/float64(whole)
	b.ReportMetric(float64(records)/each, "records/s-alone")
	b.ReportMetric(float64(records)/besides, "records/s-beside")
	b.ReportMetric(100*(besides/each-1), "%slower")
}
