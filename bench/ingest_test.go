package bench

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine/enginetest"
	"github.com/scrubline/scrubline/store/quarantine"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// BenchmarkIngest carries a compressed file through the whole product: when an
// iteration ends its rows are archived and visible in ClickHouse.
func BenchmarkIngest(b *testing.B) {
	for _, format := range []string{"alb", "cloudtrail", "vpcflow", "waf", "app"} {
		b.Run(format, func(b *testing.B) {
			ctx := context.Background()
			e := enginetest.Start(b)
			store, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			if err := store.Migrate(ctx); err != nil {
				b.Fatal(err)
			}
			log, records := demo.Corpus(format, 4*corpusSize, 5)
			dir := b.TempDir()
			first := filepath.Join(dir, "log.gz")
			if err := os.WriteFile(first, compressed(log), 0o600); err != nil {
				b.Fatal(err)
			}
			r := runner(b, dir, nil, store, 1, 0)
			runtime.GC()
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one core is one
			b.ResetTimer()
			ours, engines := spent(syscall.RUSAGE_SELF), child(b)
			for i := 0; b.Loop(); i++ {
				path := filepath.Join(dir, fmt.Sprintf("%d.log.gz", i)) // another name is another payload
				if err := os.Link(first, path); err != nil {
					b.Fatal(err)
				}
				var got uint64
				if err := r.Run(ctx, &file.Input{Paths: []string{path}}, func(_ ingest.Payload, res pipeline.Result) {
					got = res.Events
					if res.Error != "" {
						b.Error(res.Error)
					}
				}); err != nil {
					b.Fatal(err)
				}
				if int(got) != records {
					b.Fatalf("%d events of %d records", got, records)
				}
			}
			ours, engines = spent(syscall.RUSAGE_SELF)-ours, child(b)-engines
			report(b, len(log), records, ours+engines)
			b.ReportMetric(100*engines.Seconds()/(ours+engines).Seconds(), "%clickhouse")
		})
	}
}

func compressed(log []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(log)
	_ = w.Close()
	return z.Bytes()
}

// runner is the pipeline with an archive in bucket, or in a folder.
func runner(b *testing.B, dir string, bucket object.Store, store *clickhouse.Store, workers int, patience time.Duration) *pipeline.Runner {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	arch, err := archive.Open(context.Background(), dir, archive.Options{Store: bucket})
	must(err)
	keys, err := token.CreateKeyring(filepath.Join(dir, "tokens"))
	must(err)
	pub, err := seal.GenerateKey(filepath.Join(dir, "q.pub"), filepath.Join(dir, "q.key"))
	must(err)
	key, err := keys.Derive("quarantine names", "bench")
	must(err)
	q, err := quarantine.Open(filepath.Join(dir, "quarantine"), quarantine.Options{Recipient: pub, Key: key})
	must(err)
	linked, err := link.Open(filepath.Join(dir, "linked"), key, link.Options{})
	must(err)
	r, err := pipeline.New(pipeline.Config{Archive: arch, Sink: store, Quarantine: q, Keys: keys, Tenant: "bench", Link: link.Default(), Linked: linked, Patience: patience, Workers: workers})
	must(err)
	b.Cleanup(func() {
		_ = q.Close()
		_ = arch.Close(context.Background())
	})
	return r
}

// child is the processor time of the engine: of our children that run our own
// program. Servers that a benchmark starts beside it do not count.
func child(b *testing.B) time.Duration {
	b.Helper()
	self := strconv.Itoa(os.Getpid())
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var sum time.Duration
	for _, d := range dirs {
		s, err := os.ReadFile(filepath.Join(d, "stat"))
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(s), ") ")
		f := strings.Fields(rest)
		if !ok || len(f) < 13 || f[1] != self {
			continue
		}
		if of, err := os.Readlink(filepath.Join(d, "exe")); err != nil || of != program {
			continue
		}
		for _, ticks := range f[11:13] {
			n, _ := strconv.Atoi(ticks)
			sum += time.Duration(n) * time.Second / 100 // USER_HZ
		}
	}
	return sum
}
