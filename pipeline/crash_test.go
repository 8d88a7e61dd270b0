package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/quarantine"
)

var errDead = errors.New("dead")

// fate kills a life at one of its calls: from then on no call does anything.
type fate struct {
	call  string // which kind of call
	at    int    // which of them, from 1; 0 never
	after bool   // the call is done, its answer is lost

	mu   sync.Mutex
	n    map[string]int
	dead bool
}

// do runs a call.
func (f *fate) do(call string, run func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock() // one call at a time: the points of a crash can be counted
	if f.dead {
		return errDead
	}
	if f.n == nil {
		f.n = map[string]int{}
	}
	f.n[call]++
	hit := call == f.call && f.n[call] == f.at
	if hit && !f.after {
		f.dead = true
		return errDead
	}
	err := run()
	if hit {
		f.dead = true
		return errDead
	}
	return err
}

// doomed are a life's archive, sink and quarantine.
type doomed struct {
	*fate
	cfg Config
}

func (d doomed) Write(ctx context.Context, b *event.Batch) (o archive.Object, adopted bool, err error) {
	err = d.do("write", func() error {
		o, adopted, err = d.cfg.Archive.Write(ctx, b)
		return err
	})
	return o, adopted, err
}

func (d doomed) Read(ctx context.Context, key string, into *event.Batch) error {
	return d.do("read", func() error { return d.cfg.Archive.Read(ctx, key, into) })
}

func (d doomed) Chain(ctx context.Context, id string) (chain []archive.Object, err error) {
	err = d.do("chain", func() error {
		chain, err = d.cfg.Archive.Chain(ctx, id)
		return err
	})
	return chain, err
}

func (d doomed) Tail(ctx context.Context, id string, below uint64) (o archive.Object, ok bool, err error) {
	err = d.do("tail", func() error {
		o, ok, err = d.cfg.Archive.Tail(ctx, id, below)
		return err
	})
	return o, ok, err
}

func (d doomed) Before(ctx context.Context, after *archive.Object) (o archive.Object, err error) {
	err = d.do("before", func() error {
		o, err = d.cfg.Archive.Before(ctx, after)
		return err
	})
	return o, err
}

func (d doomed) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	return d.do("insert", func() error { return d.cfg.Sink.Insert(ctx, batches, doubt) })
}

func (d doomed) Has(ctx context.Context, keys []string) (held map[string]clickhouse.Held, err error) {
	err = d.do("has", func() error {
		held, err = d.cfg.Sink.Has(ctx, keys)
		return err
	})
	return held, err
}

func (d doomed) Seen(ctx context.Context, except string, ids []clickhouse.NativeKey) (seen []bool, err error) {
	err = d.do("seen", func() error {
		seen, err = d.cfg.Sink.Seen(ctx, except, ids)
		return err
	})
	return seen, err
}

func (d doomed) Put(ctx context.Context, e quarantine.Entry, raw []byte) (id string, err error) {
	err = d.do("put", func() error {
		id, err = d.cfg.Quarantine.Put(ctx, e, raw)
		return err
	})
	return id, err
}

func (d doomed) Sync(ctx context.Context, payload string) error {
	return d.do("sync", func() error { return d.cfg.Quarantine.Sync(ctx, payload) })
}

func doom(cfg Config, f *fate) Config {
	d := doomed{f, cfg}
	cfg.Archive, cfg.Sink, cfg.Quarantine = d, d, d
	return cfg
}

// crashInput is small but has everything: several batches, tombstones, a header,
// a payload that ends in damage, one that is finished before the others.
func crashInput() []payload {
	bad := payload{name: "bad.json", raw: []byte(trail(900) + "\n" + `{"eventVersion":"1.09","a":1,"A":2}` + "\n" + trail(901) + "\n" + trail(901) + "\n")}
	cut := log(kinds[4], 300, 14)
	cut.raw = zip(cut.raw)
	cut.raw = cut.raw[:len(cut.raw)-len(cut.raw)/4]
	return []payload{log(kinds[0], 0, 6), log(kinds[1], 100, 6), bad, cut}
}

// crashes runs the input of crashInput into a fresh folder over sink, dying at
// each of the calls that an undisturbed run makes, before and after it, and then
// again until the end. check looks at each result.
func crashes(t *testing.T, calls []string, every int, sink func() Sink, check func(r *rig, got map[string]Result)) {
	base := newRig(t, nil)
	cfg := func(r *rig) Config {
		c := r.config()
		c.Workers = 1
		return c
	}
	var count fate
	want := map[string]Result{}
	for name, res := range base.mustRun(doom(cfg(base), &count), crashInput()...) {
		res.Matches, res.Resumed, res.Offset, res.First = nil, false, 0, Fault{}
		want[name] = res
	}
	digest := base.digest()
	points := 0
	for _, call := range calls {
		if count.n[call] == 0 {
			t.Fatalf("no call of %s: %v", call, count.n)
		}
		for at := 1; at <= count.n[call]; at += every {
			for _, after := range []bool{false, true} {
				points++
				t.Run(fmt.Sprintf("%s %d after=%t", call, at, after), func(t *testing.T) {
					r := newRig(t, sink())
					f := &fate{call: call, at: at, after: after}
					_, done, err := r.carry(doom(cfg(r), f), crashInput())
					if call == "insert" && err == nil && !f.dead {
						return // more batches shared an insert this time
					}
					if !errors.Is(err, errDead) {
						t.Fatalf("the first life ended with %v", err)
					}
					for name, err := range done {
						if err == nil && r.rows()[name] != want[name].Records {
							t.Errorf("%s was acknowledged with %d rows", name, r.rows()[name])
						}
					}
					r.reborn()
					got := r.mustRun(cfg(r), crashInput()...)
					for name, w := range want {
						g := got[name]
						g.Matches, g.Resumed, g.Offset, g.First = nil, false, 0, Fault{}
						if fmt.Sprint(g) != fmt.Sprint(w) {
							t.Errorf("%s: got %+v, undisturbed %+v", name, g, w)
						}
					}
					if r.digest() != digest {
						t.Error("another digest than undisturbed")
					}
					check(r, got)
				})
			}
		}
	}
	t.Logf("%d crash points, calls of a life: %v", points, count.n)
}

// TestCrashes: a life that ends at any call of archive, sink or quarantine,
// before or after it, is made good by the next.
func TestCrashes(t *testing.T) {
	crashes(t, []string{"write", "insert", "sync", "put", "chain"}, 1, func() Sink { return newMemory(t) }, func(r *rig, got map[string]Result) {
		m := r.sink.(*memory)
		rows := r.rows()
		for name, res := range got {
			if res.Records != rows[name] || rows[name] != m.origins[name] {
				r.t.Errorf("%s: %d records, %d archived, %d inserted", name, res.Records, rows[name], m.origins[name])
			}
		}
		held := map[string]uint64{}
		if err := r.archive.Walk(r.t.Context(), nil, func(o archive.Object) error {
			held[o.Meta.Key()] = o.Rows
			if h := m.ledger[o.Meta.Key()]; h.Rows != o.Rows || h.SHA256 != o.SHA256.String() {
				r.t.Errorf("%s: the ledger says %+v", o.Key, h)
			}
			return nil
		}); err != nil {
			r.t.Fatal(err)
		}
		if len(held) != len(m.ledger) {
			r.t.Errorf("archived %v, ledger %v", slices.Sorted(maps.Keys(held)), slices.Sorted(maps.Keys(m.ledger)))
		}
	})
}

// TestCrashesInClickHouse is the same for the calls that touch ClickHouse, with
// the real engine.
func TestCrashesInClickHouse(t *testing.T) {
	if testing.Short() {
		t.Skip("the engine takes its time")
	}
	var store *clickhouse.Store
	crashes(t, []string{"write", "insert"}, 3, func() Sink { store = clickHouse(t); return store }, func(r *rig, got map[string]Result) {
		want := uint64(0)
		for _, res := range got {
			want += res.Records
		}
		var n uint64
		if err := store.Conn().QueryRow(r.t.Context(), "SELECT (SELECT uniqExact(batch, record_no) FROM events) + (SELECT uniqExact(batch, record_no) FROM flows)").Scan(&n); err != nil {
			r.t.Fatal(err)
		}
		if n != want {
			r.t.Errorf("%d rows in clickhouse for %d records", n, want)
		}
	})
}
