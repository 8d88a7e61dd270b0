package bench

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/token"
)

var formats = []string{"alb", "cloudtrail", "waf", "app"}

// The size of a corpus. About a third of its records hold patient data.
const corpusSize = 32 << 20

// spent is the processor time of a set of processes.
func spent(who int) time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(who, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func report(b *testing.B, bytes, records int, cpu time.Duration) {
	b.ReportMetric(float64(bytes)*float64(b.N)/cpu.Seconds()/1e6, "MB/cpu-s")
	if records > 0 {
		b.ReportMetric(float64(records)*float64(b.N)/cpu.Seconds(), "records/cpu-s")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkScrub is the filter with every recognizer: bytes in, bytes out.
func BenchmarkScrub(b *testing.B) {
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			log, records := demo.Corpus(format, corpusSize, 3)
			keys, err := token.CreateKeyring(filepath.Join(b.TempDir(), "keys"))
			if err != nil {
				b.Fatal(err)
			}
			// One core: no second one on which the collector works when it is idle.
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			once := func() {
				f := pipeline.Filter{Keys: keys, Tenant: "bench"}
				if _, err := f.Run(context.Background(), bytes.NewReader(log), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			once() // the schemas are read
			runtime.GC()
			b.ResetTimer()
			start := spent(syscall.RUSAGE_SELF)
			for b.Loop() {
				once()
			}
			report(b, len(log), records, spent(syscall.RUSAGE_SELF)-start)
		})
	}
}

// peerRules are six shapes of PHI as people write them for a log shipper.
var peerRules = []string{
	`\b\d{3}-\d{2}-\d{4}\b`,
	`\b\d{3}[-.]\d{3}[-.]\d{4}\b|\(\d{3}\) ?\d{3}[-.]\d{4}\b`,
	`[A-Za-z0-9._+\-]+(?:@|%40)[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+`,
	`(?i)\bmrn[:=# ]{1,3}\d{6,10}\b`,
	`(?i)\bdob[:=# ]{1,3}(?:\d{4}-\d{2}-\d{2}|\d{2}/\d{2}/\d{4})`,
	`\b\d{4}-\d{4}-\d{4}-\d{4}\b|\b[45]\d{15}\b`,
}

// BenchmarkPeerRipgrep replaces the six shapes with ripgrep, the fastest general
// tool for it that we know.
func BenchmarkPeerRipgrep(b *testing.B) {
	rg, err := exec.LookPath("rg")
	if err != nil {
		b.Skip("ripgrep is not installed: no peer to measure")
	}
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			log, _ := demo.Corpus(format, corpusSize, 3)
			path := filepath.Join(b.TempDir(), "log")
			if err := os.WriteFile(path, log, 0o600); err != nil {
				b.Fatal(err)
			}
			args := []string{"--passthru", "--no-config", "-j1", "-N", "--color=never", "-r", "[PHI]"}
			for _, r := range peerRules {
				args = append(args, "-e", r)
			}
			start := spent(syscall.RUSAGE_CHILDREN)
			for b.Loop() {
				if err := exec.Command(rg, append(args, path)...).Run(); err != nil {
					b.Fatal(err)
				}
			}
			report(b, len(log), 0, spent(syscall.RUSAGE_CHILDREN)-start)
		})
	}
}

// BenchmarkPeerRegexp replaces the six shapes line by line with Go's regexp, as
// processors in Go do.
func BenchmarkPeerRegexp(b *testing.B) {
	var res []*regexp.Regexp
	for _, r := range peerRules {
		res = append(res, regexp.MustCompile(r))
	}
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			log, _ := demo.Corpus(format, 1<<20, 3)
			start := spent(syscall.RUSAGE_SELF)
			for b.Loop() {
				for line := range bytes.Lines(log) {
					for _, re := range res {
						line = re.ReplaceAll(line, []byte("[PHI]"))
					}
				}
			}
			report(b, len(log), 0, spent(syscall.RUSAGE_SELF)-start)
		})
	}
}
