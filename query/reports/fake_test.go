package reports

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// end of the week that the tests report on: a Saturday.
var end = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// later is after every row was stored: querytest takes rows in now.
var later = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// fakeArchive says of the batches in the ledger that they are archived, and signs
// with a key of its own.
type fakeArchive struct {
	store    *clickhouse.Store
	signer   note.Signer
	public   string
	proof    Verification
	lock     string
	until    time.Time
	ingested time.Time
}

func newFakeArchive(t testing.TB, s *clickhouse.Store) *fakeArchive {
	private, public, err := note.GenerateKey(zeros{}, KeyName)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeArchive{store: s, signer: signer, public: public, ingested: later, proof: Verification{
		Mode: Full, Status: "ok", Checks: []VerifiedCheck{{Name: "checkpoint's signature", Status: "ok", Count: 1}, {Name: "objects", Status: "ok", Count: 5}},
	}}
}

// zeros makes the same key each time.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (a *fakeArchive) Checkpoint(ctx context.Context) (Checkpoint, error) {
	n := uint64(0)
	sum := sha256.New()
	for e, err := range a.store.Batches(ctx) {
		if err != nil {
			return Checkpoint{}, err
		}
		n++
		fmt.Fprintln(sum, e.Batch)
	}
	root := base64.StdEncoding.EncodeToString(sum.Sum(nil))
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("scrubline-archive\n%d\n%s\n", n, root)}, a.signer)
	return Checkpoint{Note: text, Size: n, Root: root, Signed: true}, err
}

func (a *fakeArchive) Objects(ctx context.Context, each func(*Object) error) error {
	for e, err := range a.store.Batches(ctx) {
		if err != nil {
			return err
		}
		if err := each(&Object{
			Key: e.Batch + ".parquet", Batch: e.Batch, Table: e.Table, Source: e.Source, Origin: e.Origin, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(e.Batch))), Size: int64(e.Rows) * 60,
			Rows: e.Rows, Events: e.Events, Tombstones: e.Tombstones, Duplicates: e.Duplicates, First: e.MinTime, Last: e.MaxTime, Ingested: a.ingested, Final: e.Final,
			Policy: strings.Repeat("ab", 32), Scrubber: "test", KeyVersion: 1, LockMode: a.lock, LockedUntil: a.until,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (a *fakeArchive) Holds(context.Context) ([]Hold, error) {
	return []Hold{
		{Name: "matter-7", Matter: "Doe v. Mercy, 26-cv-117", By: "root", Placed: end.Add(-30 * time.Hour), Objects: 2},
		{Name: "matter-3", Matter: "audit of 2025", By: "root", Placed: end.AddDate(0, -2, 0), Released: end.AddDate(0, -1, 0), Reason: "settled", Objects: 9},
	}, nil
}

func (a *fakeArchive) Verify(context.Context) (Verification, error) { return a.proof, nil }
func (a *fakeArchive) Sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, a.signer)
}
func (a *fakeArchive) PublicKey() string { return a.public }

// memoryLog keeps runs in memory.
type memoryLog struct {
	mu   sync.Mutex
	runs []Run
	err  error
}

func (l *memoryLog) Append(r Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.runs = append(l.runs, r)
	}
	return l.err
}

func (l *memoryLog) Runs() ([]Run, error) { return l.runs, nil }

// newWeek is a service over a week of a hospital.
func newWeek(t testing.TB) (*Service, *fakeArchive) {
	t.Helper()
	s := querytest.Open(t)
	querytest.Week(t, s, end)
	a := newFakeArchive(t, s)
	return New(Options{Conn: s.Conn(), Tenant: querytest.Tenant, Tokens: querytest.Tokens{}, Archive: a, Log: &memoryLog{}, Software: "scrubline test", Temp: t.TempDir()}), a
}

// week asks about the last two days, so that goldens stay short.
func week() Request {
	return Request{From: end.AddDate(0, 0, -7), Until: end, By: "a.auditor", Reason: "quarterly review", Inputs: map[string]*Input{}}
}

// newFakeKey is the public key of somebody else.
func newFakeKey(t testing.TB) string {
	_, public, err := note.GenerateKey(nil, KeyName)
	if err != nil {
		t.Fatal(err)
	}
	return public
}
