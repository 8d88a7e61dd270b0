package bench

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/bench/history"
	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// stored is an archive of what the ledger names. Its objects are not there to be
// verified: BenchmarkVerify of store/archive measures that.
type stored struct {
	store  *clickhouse.Store
	year   history.History
	signer note.Signer
	public string
}

func (a *stored) Checkpoint(context.Context) (reports.Checkpoint, error) {
	signed, err := a.Sign(reports.KeyName + "\n1\nAAAA\n")
	return reports.Checkpoint{Note: signed, Size: 1, Root: "AAAA", Signed: true}, err
}

func (a *stored) Objects(ctx context.Context, each func(*reports.Object) error) error {
	for e, err := range a.store.Batches(ctx) {
		if err == nil {
			err = each(&reports.Object{Key: e.Batch + ".parquet", Batch: e.Batch, Source: e.Source, Rows: e.Rows, Events: e.Rows, First: a.year.Start(), Last: a.year.End, Ingested: a.year.End.AddDate(1, 0, 0), Final: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *stored) Holds(context.Context) ([]reports.Hold, error) { return nil, nil }

func (a *stored) Verify(context.Context) (reports.Verification, error) {
	return reports.Verification{Mode: reports.SignatureOnly, Status: reports.Good}, nil
}

func (a *stored) Sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, a.signer)
}

func (a *stored) PublicKey() string { return a.public }

// unlisted keeps no list of runs.
type unlisted struct{}

func (unlisted) Append(reports.Run) error     { return nil }
func (unlisted) Runs() ([]reports.Run, error) { return nil, nil }

// BenchmarkPack makes the evidence pack of the year's last quarter.
func BenchmarkPack(b *testing.B) {
	y := openYear(b)
	private, public, err := note.GenerateKey(rand.Reader, reports.KeyName)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		b.Fatal(err)
	}
	s := reports.New(reports.Options{Conn: y.conn, Tenant: history.Tenant, Archive: &stored{y.store, y.History, signer, public}, Log: unlisted{}, Software: "bench", Temp: b.TempDir()})
	ctx := context.Background()
	heap := watchHeap()
	used := spent(syscall.RUSAGE_SELF) + child(b)
	var size int64
	for b.Loop() {
		se, err := s.Open(ctx, reports.Request{From: y.End.AddDate(0, -3, 0), Until: y.End, By: "bench", Reason: "bench", Action: "pack"})
		if err != nil {
			b.Fatal(err)
		}
		f, err := os.Create(filepath.Join(b.TempDir(), "pack.zip"))
		if err != nil {
			b.Fatal(err)
		}
		_, err = se.Pack(ctx, f)
		if info, e := f.Stat(); err == nil && e == nil {
			size = info.Size()
		}
		if e := f.Close(); err != nil || e != nil {
			b.Fatal(err, e)
		}
	}
	used = spent(syscall.RUSAGE_SELF) + child(b) - used
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(size)/(1<<20), "pack-MiB")
	b.ReportMetric(float64(heap())/(1<<20), "heap-MiB")
}
