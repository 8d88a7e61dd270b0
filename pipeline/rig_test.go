package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/layout"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/quarantine"
)

// rig is a data folder: keys, archive and quarantine, and a sink.
type rig struct {
	t    testing.TB
	dir  string
	sink Sink
	keys *token.Keyring

	// of the open life
	archive *archive.Archive
	quar    *quarantine.Store
}

// newRig makes a data folder over a sink, nil for one in memory.
func newRig(t testing.TB, sink Sink) *rig {
	t.Helper()
	if sink == nil {
		sink = newMemory(t)
	}
	r := &rig{t: t, dir: t.TempDir(), sink: sink}
	keys, err := token.CreateKeyring(filepath.Join(r.dir, "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	r.keys = keys
	if _, err := seal.GenerateKey(r.path("quarantine.pub"), r.path("quarantine.key")); err != nil {
		t.Fatal(err)
	}
	r.open()
	t.Cleanup(r.close)
	return r
}

func (r *rig) path(elem ...string) string { return filepath.Join(append([]string{r.dir}, elem...)...) }

// open begins a life: what a process has open.
func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.archive, err = archive.Open(context.Background(), r.dir, archive.Options{}); err != nil {
		r.t.Fatal(err)
	}
	pub, err := seal.ReadPublicKey(r.path("quarantine.pub"))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.quar, err = quarantine.Open(r.path("quarantine"), quarantine.Options{Recipient: pub, Key: bytes.Repeat([]byte{7}, 32)}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) close() {
	if r.archive == nil {
		return
	}
	if err := r.archive.Close(context.Background()); err != nil {
		r.t.Error(err)
	}
	if err := r.quar.Close(); err != nil {
		r.t.Error(err)
	}
	r.archive = nil
}

// reborn ends a life and begins the next.
func (r *rig) reborn() {
	r.t.Helper()
	r.close()
	r.open()
}

// config is the usual one: batches of few rows, so that payloads have several.
func (r *rig) config() Config {
	return Config{
		Archive: r.archive, Sink: r.sink, Quarantine: r.quar, Keys: r.keys, Tenant: "mercy",
		Link: link.Default(), Workers: 2, BatchRows: 4,
	}
}

// run carries payloads and returns the results by name. Each payload must get
// its Done once.
func (r *rig) run(cfg Config, payloads ...payload) (map[string]Result, error) {
	r.t.Helper()
	got, _, err := r.carry(cfg, payloads)
	return got, err
}

// carry is run that also returns what each Done got.
func (r *rig) carry(cfg Config, payloads []payload) (map[string]Result, map[string]error, error) {
	r.t.Helper()
	runner, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	in := &list{t: r.t, payloads: payloads, done: map[string]error{}, calls: map[string]int{}}
	got := map[string]Result{}
	err = runner.Run(r.t.Context(), in, func(p ingest.Payload, res Result) {
		got[res.Origin] = res
		if res.Records != res.Events+res.Tombstones {
			r.t.Errorf("%s: %d records, %d events, %d tombstones", res.Origin, res.Records, res.Events, res.Tombstones)
		}
	})
	in.mu.Lock()
	defer in.mu.Unlock()
	for name, n := range in.emitted() {
		if in.calls[name] != n {
			r.t.Errorf("%s: Done was called %d times for %d deliveries", name, in.calls[name], n)
		}
	}
	return got, in.done, err
}

func (r *rig) mustRun(cfg Config, payloads ...payload) map[string]Result {
	r.t.Helper()
	got, err := r.run(cfg, payloads...)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// digest is the archive's, which a run that was disturbed must end with too.
func (r *rig) digest() string {
	r.t.Helper()
	d, err := r.archive.Digest(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return d.String()
}

// rows counts the archived rows of each origin.
func (r *rig) rows() map[string]uint64 {
	r.t.Helper()
	n := map[string]uint64{}
	if err := r.archive.Walk(r.t.Context(), nil, func(o archive.Object) error {
		n[o.Meta.Origin] += o.Rows
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// payload is one for list. raw is what is delivered, unless open is set.
type payload struct {
	name string
	raw  []byte
	id   string
	open func() (io.ReadCloser, error)
	once bool // it can be opened once only
}

var day = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// list is an input that delivers payloads.
type list struct {
	t        testing.TB
	payloads []payload
	last     error // what Run returns at its end

	mu    sync.Mutex
	taken []string
	calls map[string]int
	done  map[string]error
}

func (l *list) emitted() map[string]int {
	n := map[string]int{}
	for _, name := range l.taken {
		n[name]++
	}
	return n
}

func (l *list) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for _, p := range l.payloads {
		sum := sha256.Sum256(p.raw)
		id := p.id
		if id == "" {
			id = p.name + "\x00" + hex.EncodeToString(sum[:])
		}
		o := ingest.Origin{Name: p.name, Time: day}
		o.Account, o.Region, o.Service, _ = layout.Parse(p.name)
		q := ingest.Payload{
			Origin: o, Scheme: "f", Identity: id, Size: int64(len(p.raw)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.raw)), nil },
			Done: func(err error) {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.calls[p.name]++
				l.done[p.name] = err
			},
		}
		if p.open != nil {
			q.Size = -1
			q.Once = p.once
			q.Open = func(context.Context) (io.ReadCloser, error) { return p.open() }
		}
		if err := emit(ctx, q); err != nil {
			return err
		}
		l.mu.Lock()
		l.taken = append(l.taken, p.name)
		l.mu.Unlock()
	}
	return l.last
}

// each calls f for every row of a batch with its identity and its content.
func each(b *event.Batch, f func(row int, id, content string)) {
	for row := range b.Rows() {
		f(row, fmt.Sprintf("%s/%d", b.Key(), b.Start+uint64(row)), content(b, row))
	}
}
