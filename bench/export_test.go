package bench

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/bench/history"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/query/identity"
)

// BenchmarkExport writes the whole year to a file of each format: 10 million rows with
// SCRUBLINE_HISTORY_ROWS=10000000.
func BenchmarkExport(b *testing.B) {
	y := openYear(b)
	q, err := query.Parse("", y.End, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []string{"csv", "ndjson", "ocsf", "parquet", "xlsx"} {
		b.Run(format, func(b *testing.B) {
			s, err := export.Open(export.Options{Dir: b.TempDir(), Service: y.service, Log: zerolog.Nop()})
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			defer func() {
				stop()
				if err := <-ended; err != nil {
					b.Error(err)
				}
			}()
			as := identity.With(ctx, identity.Principal{Subject: "ann", Role: identity.Analyst, Scope: identity.Scope{Tenant: history.Tenant}})
			heap := watchHeap()
			used := spent(syscall.RUSAGE_SELF) + child(b)
			var rows, bytes uint64
			for b.Loop() {
				m, err := s.Start(as, q, format, nil)
				if err != nil {
					b.Fatal(err)
				}
				for m.Ended.IsZero() {
					time.Sleep(5 * time.Millisecond)
					if m, err = s.Find(m.ID); err != nil {
						b.Fatal(err)
					}
				}
				if m.State != export.Done || m.Rows != uint64(y.Rows) {
					b.Fatalf("%s %s: %d rows of %d", m.State, m.Error, m.Rows, y.Rows)
				}
				rows, bytes = rows+m.Rows, bytes+m.Bytes
				if err := s.Cancel(m.ID); err != nil { // its file is not needed
					b.Fatal(err)
				}
			}
			used = spent(syscall.RUSAGE_SELF) + child(b) - used
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(rows)/used.Seconds(), "rows/cpu-s")
			b.ReportMetric(float64(bytes)/float64(rows), "B/row")
			b.ReportMetric(float64(heap())/(1<<20), "heap-MiB")
		})
	}
}

// watchHeap looks at the heap of this process every few milliseconds; the function it
// returns ends that and says the most there was, in bytes.
func watchHeap() (most func() uint64) {
	runtime.GC()
	done, answer := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var m runtime.MemStats
		var top uint64
		for {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-done:
				answer <- top
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(done); return <-answer }
}
