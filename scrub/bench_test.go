package scrub

import (
	"syscall"
	"testing"
	"time"
)

var benchFormats = []string{"alb", "cloudtrail", "waf", "app", "vpcflow"}

const benchSize = 8 << 20

// BenchmarkFilter measures decoding and scrubbing to bytes, with every
// recognizer on, per second of processor time.
func BenchmarkFilter(b *testing.B) {
	bench(b, func(r *rig, raws [][]byte) {
		for _, raw := range raws {
			if _, _, code := r.filter(raw); code != "" {
				b.Fatal(code)
			}
		}
	})
}

// BenchmarkRecord measures decoding and scrubbing into rows of a batch, reused
// every 10,000 records.
func BenchmarkRecord(b *testing.B) {
	bench(b, func(r *rig, raws [][]byte) {
		for i, raw := range raws {
			if i%10000 == 0 {
				r.newBatch()
			}
			if code := r.record(raw); code != "" {
				b.Fatal(code)
			}
		}
	})
}

func BenchmarkDecodeAlone(b *testing.B) {
	bench(b, func(r *rig, raws [][]byte) {
		for _, raw := range raws {
			if code := r.decode(raw); code != "" {
				b.Fatal(code)
			}
		}
	})
}

func bench(b *testing.B, run func(*rig, [][]byte)) {
	ring := newKeys(b)
	for _, format := range benchFormats {
		b.Run(format, func(b *testing.B) {
			raws := corpus(format, benchSize)
			size := 0
			for _, raw := range raws {
				size += len(raw) + 1
			}
			r := newRig(b, format, newEngine(b, ring, "bench"))
			run(r, raws)
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				run(r, raws)
			}
			if used := (processorTime(b) - before).Seconds(); used > 0 {
				b.ReportMetric(float64(size)*float64(b.N)/1e6/used, "MB/cpu-s")
			}
		})
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
