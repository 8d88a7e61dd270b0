package api_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// archived is an archive for reports: all that the ledger names is in it.
type archived struct {
	store  *clickhouse.Store
	signer note.Signer
	public string
}

func (a *archived) Checkpoint(context.Context) (reports.Checkpoint, error) {
	signed, err := a.Sign(reports.KeyName + "\n5\nAAAA\n")
	return reports.Checkpoint{Note: signed, Size: 5, Root: "AAAA", Signed: true}, err
}

func (a *archived) Objects(ctx context.Context, each func(*reports.Object) error) error {
	for e, err := range a.store.Batches(ctx) {
		if err == nil {
			err = each(&reports.Object{Key: e.Batch + ".parquet", Batch: e.Batch, Source: e.Source, Rows: e.Rows, Ingested: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), Final: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *archived) Verify(context.Context) (reports.Verification, error) {
	return reports.Verification{Mode: reports.Full, Status: reports.Good}, nil
}

func (a *archived) Sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, a.signer)
}

func (a *archived) Holds(context.Context) ([]reports.Hold, error) { return nil, nil }

func (a *archived) PublicKey() string { return a.public }

// unlogged records runs nowhere.
type unlogged struct{}

func (unlogged) Append(reports.Run) error     { return nil }
func (unlogged) Runs() ([]reports.Run, error) { return nil, nil }

// desk makes reports over a store, and works until the test ends. public is the
// key that its packs are signed with.
func desk(t *testing.T, store *clickhouse.Store) (d *reports.Desk, public string) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, reports.KeyName)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	s := reports.New(reports.Options{Conn: store.Conn(), Tenant: querytest.Tenant, Tokens: querytest.Tokens{}, Archive: &archived{store, signer, public}, Log: unlogged{}, Software: "test", Temp: t.TempDir()})
	d, err = reports.OpenDesk(reports.DeskOptions{Dir: t.TempDir(), Log: zerolog.Nop(), Open: func(context.Context, bool) (*reports.Service, func(), error) { return s, func() {}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d, public
}
