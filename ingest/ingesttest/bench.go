package ingesttest

import (
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// Benchmark measures decoding alone, with Reset, in MB of raw text and records
// per second of processor time, which a busy machine does not distort as much
// as the time of the clock.
func Benchmark(b *testing.B, src ingest.Source, opt ingest.Options, payload []byte, cut func([]byte) [][]byte) {
	raws := cut(payload)
	r := newRunner(src, tableOf(src), ingest.Origin{}, opt)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		for _, raw := range raws {
			if err := r.decode(raw); err != nil {
				b.Fatal(err)
			}
		}
	}
	used := (processorTime(b) - before).Seconds()
	if used > 0 {
		b.ReportMetric(float64(len(payload))*float64(b.N)/1e6/used, "MB/cpu-s")
		b.ReportMetric(float64(len(raws))*float64(b.N)/used, "records/cpu-s")
	}
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
