package pipeline

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	kept "github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/quarantine"
)

// The simulation: real pipeline and archive code over a store of objects, a table,
// a quarantine and inputs in memory, each call to which may fail in four ways. A
// history is some lives that may die, then one that nothing happens to; then
// everything must be as if nothing ever had.

// mishap is what happens at a call.
type mishap uint8

const (
	fine        mishap = iota
	crashBefore        // the process dies, the call was not made
	crashAfter         // the call was made, the process dies
	fails              // an error, the call was not made
	timesOut           // an error, the call was made
	mishaps     = 4
)

// weather decides what happens at the calls of one life.
type weather struct {
	decide func(call string, n int) mishap

	mu   sync.Mutex
	n    map[string]int
	dead bool
	hits int
}

var errMishap = errors.New("mishap")

// call makes a call, or not.
func (x *weather) call(name string, do func() error) error {
	x.mu.Lock()
	if x.dead {
		x.mu.Unlock()
		return errDead
	}
	if x.n == nil {
		x.n = map[string]int{}
	}
	x.n[name]++
	m := fine
	if x.decide != nil {
		m = x.decide(name, x.n[name])
	}
	if m != fine {
		x.hits++
	}
	if m == crashBefore {
		x.dead = true
	}
	x.mu.Unlock()
	switch m {
	case crashBefore:
		return errDead
	case fails:
		return errMishap
	}
	err := do()
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case m == crashAfter:
		x.dead = true
		return errDead
	case m == timesOut:
		return errMishap
	case x.dead: // somebody else died meanwhile: nobody hears the answer
		return errDead
	}
	return err
}

// objects is a store of objects in memory.
type objects struct {
	mu sync.Mutex
	of map[string][]byte
}

func (o *objects) Put(_ context.Context, key string, data []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.of[key]; ok {
		return kept.ErrExists
	}
	o.of[key] = slices.Clone(data)
	return nil
}

func (o *objects) Get(_ context.Context, key string, buf []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, ok := o.of[key]
	if !ok {
		return nil, kept.ErrNotExist
	}
	return append(buf, b...), nil
}

func (o *objects) Head(_ context.Context, key string) (kept.Info, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, ok := o.of[key]
	if !ok {
		return kept.Info{}, kept.ErrNotExist
	}
	return kept.Info{Key: key, Size: int64(len(b))}, nil
}

func (o *objects) List(_ context.Context, prefix string, fn func(kept.Info) error) error {
	o.mu.Lock()
	var keys []string
	for k := range o.of {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	o.mu.Unlock()
	slices.Sort(keys)
	for _, k := range keys {
		if err := fn(kept.Info{Key: k}); err != nil {
			return err
		}
	}
	return nil
}

// stormy are store, sink and quarantine as a life sees them.
type stormy struct {
	*weather
	*world
}

func (s stormy) Put(ctx context.Context, key string, data []byte) error {
	return s.call("put", func() error { return s.store.Put(ctx, key, data) })
}

func (s stormy) Get(ctx context.Context, key string, buf []byte) (b []byte, err error) {
	err = s.call("get", func() error { b, err = s.store.Get(ctx, key, buf); return err })
	return b, err
}

func (s stormy) Head(ctx context.Context, key string) (kept.Info, error) {
	return s.store.Head(ctx, key)
}

func (s stormy) List(ctx context.Context, prefix string, fn func(kept.Info) error) error {
	return s.call("list", func() error { return s.store.List(ctx, prefix, fn) })
}

type stormySink stormy

func (s stormySink) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	err := s.call("insert", func() error { return s.table.Insert(ctx, batches, doubt) })
	if err != nil { // the rows may be there, the ledger's entry is not
		s.memory.mu.Lock()
		defer s.memory.mu.Unlock()
		for _, b := range batches {
			delete(s.memory.ledger, b.Key())
		}
	}
	return err
}

func (s stormySink) Has(ctx context.Context, keys []string) (h map[string]clickhouse.Held, err error) {
	err = s.call("has", func() error { h, err = s.table.Has(ctx, keys); return err })
	return h, err
}

func (s stormySink) Seen(ctx context.Context, except string, ids []clickhouse.NativeKey) (b []bool, err error) {
	err = s.call("seen", func() error { b, err = s.table.Seen(ctx, except, ids); return err })
	return b, err
}

// stormyJail is a life's quarantine over the same store.
type stormyJail struct {
	stormy
	of Quarantine
}

func (s stormyJail) Put(ctx context.Context, e quarantine.Entry, raw []byte) (id string, err error) {
	err = s.call("keep", func() error { id, err = s.of.Put(ctx, e, raw); return err })
	return id, err
}

func (s stormyJail) Sync(ctx context.Context, payload string) error {
	return s.call("sync", func() error { return s.of.Sync(ctx, payload) })
}

// world is what outlives a life.
type world struct {
	t        testing.TB
	dir      string
	keys     *token.Keyring
	objects  *objects
	memory   *memory
	store    kept.Store                      // objects, perhaps with a bug
	table    Sink                            // memory, the same
	cells    func(Quarantine) Quarantine     // puts a bug into a life's
	to       *seal.PublicKey                 // of the quarantine
	patience time.Duration                   // within which a life must end
	input    func(ingest.Input) ingest.Input // what is between the inputs and the pipeline
	records  map[*tape]func(uint64) uint64
	tapes    []*tape
	files    []payload
	want     map[string]uint64 // rows of the files
	acked    map[string]uint64 // tapes: offset; files: 1

	mu     sync.Mutex
	wrongs []string
}

// wrong notes what the checker finds. The first few are enough.
func (w *world) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.wrongs) < 5 {
		w.wrongs = append(w.wrongs, fmt.Sprintf(format, args...))
	}
}

// simKeys are the keys of all worlds of a test.
func simKeys(t testing.TB) *token.Keyring {
	keys, err := token.CreateKeyring(filepath.Join(t.TempDir(), "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	return keys
}

// ears hears what memory finds wrong.
type ears struct {
	testing.TB
	w *world
}

func (e ears) Error(args ...any)                 { e.w.wrong("%s", fmt.Sprint(args...)) }
func (e ears) Errorf(format string, args ...any) { e.w.wrong(format, args...) }
func (e ears) Helper()                           {}

func newWorld(t testing.TB, keys *token.Keyring) *world {
	dir, err := os.MkdirTemp("/dev/shm", "sim-")
	if err != nil {
		dir = t.TempDir()
	}
	w := &world{
		t: t, dir: dir, keys: keys, patience: time.Minute, objects: &objects{of: map[string][]byte{}},
		cells:   func(q Quarantine) Quarantine { return q },
		records: map[*tape]func(uint64) uint64{}, acked: map[string]uint64{},
		input: func(in ingest.Input) ingest.Input { return in },
	}
	w.memory = newMemory(ears{t, w})
	w.store, w.table = w.objects, w.memory
	if w.to, err = sealedTo(); err != nil {
		t.Fatal(err)
	}
	a, na := mixed("a", 20)
	b := &tape{name: "b"}
	for i := range 9 {
		b.add(trail(100 + i))
		if i%3 == 0 {
			b.skip(2)
		}
	}
	b.first = 3 // the first messages are gone, and nobody saw them
	w.tapes = []*tape{a, b}
	w.records[a], w.records[b] = na, func(uint64) uint64 { return 1 }
	w.files = crashInput()[:3]
	w.want = map[string]uint64{w.files[0].name: 6, w.files[1].name: 7, w.files[2].name: 4}
	return w
}

// sealedTo makes a public key whose private half nobody has.
var sealedTo = sync.OnceValues(func() (*seal.PublicKey, error) {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return seal.NewPublicKey(private.PublicKey())
})

// quarantine opens the one beside the archive.
func (w *world) quarantine(s kept.Store, to *seal.PublicKey) (*quarantine.Bucket, error) {
	opt := quarantine.Options{SegmentBytes: 600} // a few entries
	if to != nil {
		opt.Recipient, opt.Key = to, make([]byte, 32)
	}
	return quarantine.OpenBucket(s, opt)
}

// quarantined are the payloads and numbers of the records whose bytes are stored.
func (w *world) quarantined() map[string]bool {
	all := map[string]bool{}
	q, err := w.quarantine(w.objects, nil)
	if err == nil {
		err = q.List(context.Background(), func(i quarantine.Item) error {
			all[fmt.Sprintf("%s %d", i.PayloadID, i.Record)] = true
			return nil
		})
	}
	if err != nil || q.Stats().Damaged > 0 {
		w.wrong("reading quarantine: %v, %d damaged", err, q.Stats().Damaged)
	}
	return all
}

func (w *world) close() { _ = os.RemoveAll(w.dir) }

// life runs a process over the world until it ends, well or not.
func (w *world) life(x *weather, rows int, mode link.Mode) {
	s := stormy{x, w}
	a, err := archive.Open(context.Background(), w.dir, archive.Options{Store: s})
	if err != nil {
		return
	}
	defer func() { _ = a.Close(context.Background()) }()
	l := link.Default()
	l.Mode = mode
	q, err := w.quarantine(s, w.to)
	if err != nil {
		w.t.Fatal(err)
	}
	runner, err := New(Config{
		Archive: a, Sink: stormySink(s), Quarantine: stormyJail{s, w.cells(q)}, Keys: w.keys, Tenant: "mercy", Link: l, Workers: 1, BatchRows: rows,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	streams := &tapes{t: ears{w.t, w}, of: w.tapes, window: 3}
	files := &list{t: w.t, payloads: w.files, done: map[string]error{}, calls: map[string]int{}}
	ctx, cancel := context.WithTimeout(context.Background(), w.patience)
	defer cancel()
	_ = runner.Run(ctx, w.input(ingest.Together{streams, files}), func(p ingest.Payload, res Result) {
		if res.Records != res.Events+res.Tombstones {
			w.wrong("%s: %d records, %d events, %d tombstones", res.Origin, res.Records, res.Events, res.Tombstones)
		}
	})
	if ctx.Err() != nil {
		w.wrong("a life does not end")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, to := range streams.finished {
		w.acked[p.name] = max(w.acked[p.name], to)
	}
	for name, err := range files.done {
		if err == nil {
			w.acked[name] = 1
		}
	}
}

// check compares what is acknowledged, archived and inserted. With all set
// everything must be there.
func (w *world) check(all bool) {
	a, err := archive.Open(context.Background(), w.dir, archive.Options{Store: w.objects})
	if err != nil {
		w.wrong("opening: %v", err)
		return
	}
	defer func() { _ = a.Close(context.Background()) }()
	kept := w.quarantined()
	rows := map[string]uint64{}
	origins := map[string]string{}
	var b event.Batch
	held := 0
	err = a.Walk(context.Background(), &b, func(o archive.Object) error {
		rows[o.Meta.Origin] += o.Rows
		origins[o.Meta.Origin] = o.Meta.PayloadID
		reasons := b.Dict(schemas.Reason)
		for row, kind := range b.Nums(schemas.RowKind) {
			at := fmt.Sprintf("%s %d", o.Meta.PayloadID, b.Start+uint64(row))
			if kind == schemas.KindTombstone && reasons.At(row) != string(ingest.CodeGap) && !kept[at] {
				w.wrong("the bytes of tombstone %s are not in quarantine", at)
			}
		}
		each(&b, func(_ int, id, content string) {
			switch had, ok := w.memory.rows[id]; {
			case ok && had != content:
				w.wrong("row %s is another in the table", id)
			case !ok && all:
				w.wrong("row %s is not in the table", id)
			case ok:
				held++
			}
		})
		return nil
	})
	if err != nil {
		w.wrong("walking: %v", err)
	}
	if held != len(w.memory.rows) {
		w.wrong("%d rows in the table, %d of them in the archive", len(w.memory.rows), held)
	}
	for _, f := range w.files {
		if (all || w.acked[f.name] > 0) && (rows[f.name] != w.want[f.name] || w.memory.origins[f.name] != w.want[f.name]) {
			w.wrong("%s: %d rows, %d archived, %d inserted", f.name, w.want[f.name], rows[f.name], w.memory.origins[f.name])
		}
	}
	for _, p := range w.tapes {
		var chain []archive.Object
		if id, ok := origins[p.name]; ok {
			if chain, err = a.Chain(context.Background(), id); err != nil {
				w.wrong("chain of %s: %v", p.name, err)
				continue
			}
		}
		to := uint64(0)
		if n := len(chain); n > 0 {
			to = chain[n-1].Meta.Stream.To
		}
		if w.acked[p.name] > to {
			w.wrong("%s is acknowledged up to %d, archived up to %d", p.name, w.acked[p.name], to)
		}
		if inserted := w.memory.origins[p.name]; w.acked[p.name] == to && inserted != rows[p.name] {
			w.wrong("%s: %d rows archived and acknowledged, %d inserted", p.name, rows[p.name], inserted)
		}
		if all {
			if err := covers(p, chain, w.records[p]); err != nil {
				w.wrong("%s: %v", p.name, err)
			}
		}
	}
}

// draw is a number that follows from what it is asked for.
func draw(seed uint64, what string, n int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, seed, what, n)
	v := h.Sum64()
	v ^= v >> 29
	v *= 0xbf58476d1ce4e5b9
	return v ^ v>>32
}

// history plays lives whose mishaps, batch borders, versions and company follow
// from the seed.
func (w *world) history(seed uint64) (hits int) {
	for life := range 1 + int(draw(seed, "lives", 0)%4) {
		random := func(call string, n int) mishap {
			if r := draw(seed, fmt.Sprint(life, call), n); r%100 < 4 {
				return mishap(1 + r/100%mishaps)
			}
			return fine
		}
		x := &weather{decide: random}
		rows, mode := 1+int(draw(seed, "rows", life)%6), link.Mode(2*(draw(seed, "mode", life)%2))
		if draw(seed, "company", life)%4 == 0 { // a zombie, or a second owner
			w.memory.races = true
			other := &weather{decide: func(call string, n int) mishap { return random("other "+call, n) }}
			var both sync.WaitGroup
			both.Go(func() { w.life(other, 7-rows, mode) })
			w.life(x, rows, mode)
			both.Wait()
			hits += other.hits
		} else {
			w.life(x, rows, mode)
		}
		hits += x.hits
		w.check(false)
	}
	w.life(&weather{}, 4, 0)
	w.check(true)
	return hits
}

// at is a weather in which one thing happens.
func at(call string, n int, m mishap) *weather {
	return &weather{decide: func(c string, k int) mishap {
		if c == call && k == n {
			return m
		}
		return fine
	}}
}

// TestSimulatedSites: at each call that a life makes, the first one or one that
// takes up what another left, each of the four mishaps, followed by the same version
// or by another: all is made good. Every eighth site, or with SCRUBLINE_SEEDS all.
func TestSimulatedSites(t *testing.T) {
	keys := simKeys(t)
	sites, every := 0, 8
	if os.Getenv("SCRUBLINE_SEEDS") != "" {
		every = 1
	}
	for _, before := range []func(w *world){
		func(*world) {},
		func(w *world) { w.life(at("put", 9, crashAfter), 2, 0) },
		func(w *world) { w.life(at("insert", 2, crashBefore), 3, 0) },
	} {
		calm, count := newWorld(t, keys), &weather{}
		before(calm)
		calm.life(count, 2, 0)
		calm.check(true)
		calm.close()
		if len(calm.wrongs) > 0 {
			t.Fatal(calm.wrongs)
		}
		for _, call := range slices.Sorted(maps.Keys(count.n)) {
			for site := range count.n[call] * mishaps * 2 {
				if sites++; sites%every != 0 {
					continue
				}
				n, m, version := 1+site/mishaps/2, mishap(1+site%mishaps), site/mishaps%2
				w := newWorld(t, keys)
				before(w)
				w.life(at(call, n, m), 2, 0)
				w.check(false)
				w.life(&weather{}, 4-version, link.Mode(2*version))
				w.check(true)
				if len(w.wrongs) > 0 {
					t.Errorf("%s %d, mishap %d, version %d: %q", call, n, m, version, w.wrongs)
				}
				w.close()
			}
		}
		t.Logf("%d sites, calls of a life: %v", sites, count.n)
	}
	if sites < 600 {
		t.Errorf("%d sites", sites)
	}
}

// TestSimulatedHistories: SCRUBLINE_SEEDS says how many (make integration: 100,000).
func TestSimulatedHistories(t *testing.T) {
	seeds, from := uint64(200), uint64(0)
	if s := os.Getenv("SCRUBLINE_SEEDS"); s != "" {
		seeds, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("SCRUBLINE_SEED"); s != "" { // to see one again
		from, _ = strconv.ParseUint(s, 10, 64)
		seeds = 1
	}
	keys := simKeys(t)
	hits := 0
	for seed := from; seed < from+seeds; seed++ {
		w := newWorld(t, keys)
		hits += w.history(seed)
		if len(w.wrongs) > 0 {
			t.Fatalf("seed %d: %q", seed, w.wrongs)
		}
		w.close()
	}
	t.Logf("%d histories, %d mishaps", seeds, hits)
}
