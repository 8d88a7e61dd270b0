package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/token"
)

var formats = []string{"alb", "cloudtrail", "waf", "app"}

const (
	corpusSize = 32 << 20
	scrubSize  = 150 << 20
	ordinary   = 0.05 // of the records hold patient data
)

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

// filter returns a run of the filter with every recognizer: bytes in, bytes out.
func filter(b *testing.B, format string) func(log []byte, out io.Writer) {
	b.Helper()
	keys, err := token.CreateKeyring(filepath.Join(b.TempDir(), "keys"))
	if err != nil {
		b.Fatal(err)
	}
	return func(log []byte, out io.Writer) {
		f := pipeline.Filter{Keys: keys, Tenant: "bench", Format: format}
		if _, err := f.Run(context.Background(), bytes.NewReader(log), out); err != nil {
			b.Fatal(err)
		}
	}
}

// measure runs the filter over log on one core.
func measure(b *testing.B, run func([]byte, io.Writer), log []byte, records int) {
	// One core: no second one on which the collector works when it is idle.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	b.ResetTimer()
	start := spent(syscall.RUSAGE_SELF)
	for b.Loop() {
		run(log, io.Discard)
	}
	report(b, len(log), records, spent(syscall.RUSAGE_SELF)-start)
}

// BenchmarkScrub measures, format by format, the filter over ordinary traffic and
// beside it, on the same bytes, ripgrep and Go's regexp with six patterns. What
// the filter found in the first megabytes stands beside its speed: %found of the
// identifiers, and the share of the records without any that it touched.
func BenchmarkScrub(b *testing.B) {
	for _, format := range formats {
		t := newTraffic(format, scrubSize, ordinary, 3)
		b.Run(format+"/scrubline", func(b *testing.B) {
			run := filter(b, format)
			found, touched := quality(run, format)
			measure(b, run, t.log, t.records)
			b.ReportMetric(found, "%found")
			b.ReportMetric(touched, "%touched")
		})
		b.Run(format+"/ripgrep", func(b *testing.B) { ripgrep(b, t.log) })
		b.Run(format+"/regexp", func(b *testing.B) { regexps(b, t.log[:1<<20]) })
	}
}

// quality runs the filter over a part of the traffic.
func quality(run func([]byte, io.Writer), format string) (found, touched float64) {
	t := newTraffic(format, 4<<20, ordinary, 4)
	var out bytes.Buffer
	run(t.log, &out)
	gone := 0
	for _, p := range t.planted {
		if !bytes.Contains(out.Bytes(), []byte(p)) {
			gone++
		}
	}
	clean := newTraffic(format, 4<<20, 0, 5)
	out.Reset()
	run(clean.log, &out)
	before, after := strings.Split(string(clean.log), "\n"), strings.Split(out.String(), "\n")
	other := 0
	for i := range before {
		if i >= len(after) || before[i] != after[i] {
			other++
		}
	}
	return 100 * float64(gone) / float64(len(t.planted)), 100 * float64(other) / float64(clean.records)
}

// BenchmarkDense is the filter where every record holds an identifier.
func BenchmarkDense(b *testing.B) {
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			t := newTraffic(format, corpusSize, 1, 6)
			measure(b, filter(b, format), t.log, t.records)
		})
	}
}

// worst are lines made to be slow: what a recognizer looks for, again and again,
// and never whole.
var worst = map[string]string{
	"at":      "a.%40",
	"phone":   "415-555-",
	"quotes":  `\"\\\"`,
	"names":   "Mr. for patient ",
	"keys":    "patient mrn name: ",
	"base64":  "aGVsbG8gd29ybGQgZm9v-",
	"slashes": "patients/mrn/",
	"tags":    "<a x=<",
	"braces":  `{"a":[{"b":`,
	"colons":  "a:b::c:",
	"hex":     "%25%2525",
	"gzip":    "H4sIAAAAAAACA0tMHAWjYBSMglEwCkgHADbdKLhABgAA ",
	"digits":  "61646120 616461626162616261626162zz ",
}

// BenchmarkWorst runs over lines of 32 KiB of each. The time for twice the line is
// beside it: 2 is linear.
func BenchmarkWorst(b *testing.B) {
	for name, part := range worst {
		b.Run(name, func(b *testing.B) {
			make := func(line int) []byte {
				return bytes.Repeat([]byte("x "+strings.Repeat(part, line/len(part))+"\n"), (4<<20)/line)
			}
			run, one, two := filter(b, "app"), make(32<<10), make(64<<10)
			measure(b, run, one, 0)
			start := spent(syscall.RUSAGE_SELF)
			run(one, io.Discard)
			once := spent(syscall.RUSAGE_SELF) - start
			run(two, io.Discard)
			b.ReportMetric(2*float64(spent(syscall.RUSAGE_SELF)-start-once)/float64(once), "twice")
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

// ripgrep replaces the six shapes with ripgrep, the fastest general tool for it
// that we know.
func ripgrep(b *testing.B, log []byte) {
	rg, err := exec.LookPath("rg")
	if err != nil {
		b.Skip("ripgrep is not installed: no peer to measure")
	}
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
		cmd := exec.Command(rg, append(args, path)...)
		if err := cmd.Run(); err != nil {
			b.Fatal(fmt.Errorf("running ripgrep: %w", err))
		}
	}
	report(b, len(log), 0, spent(syscall.RUSAGE_CHILDREN)-start)
}

// regexps replaces the six shapes line by line with Go's regexp, as processors in
// Go do.
func regexps(b *testing.B, log []byte) {
	var res []*regexp.Regexp
	for _, r := range peerRules {
		res = append(res, regexp.MustCompile(r))
	}
	start := spent(syscall.RUSAGE_SELF)
	for b.Loop() {
		for line := range bytes.Lines(log) {
			for _, re := range res {
				line = re.ReplaceAll(line, []byte("[PHI]"))
			}
		}
	}
	report(b, len(log), 0, spent(syscall.RUSAGE_SELF)-start)
}
