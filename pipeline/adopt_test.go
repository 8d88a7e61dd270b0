package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
)

type object = archive.Object

// chainID is the name of p's chain in r's archive.
func chainID(t *testing.T, r *rig, p payload) string {
	t.Helper()
	runner, err := New(r.config())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(p.raw)
	return runner.PayloadID(&ingest.Payload{Scheme: "f", Identity: p.name + "\x00" + hex.EncodeToString(sum[:])})
}

// TestTwoRunners: two processes over the same payloads at the same time, whatever
// their batch borders, end with what one would have made.
func TestTwoRunners(t *testing.T) {
	var ps []payload
	for i, k := range kinds {
		ps = append(ps, log(k, 1000*i, 40))
	}
	calm := newRig(t, nil)
	calm.mustRun(calm.config(), ps...)
	for _, rows := range [][2]int{{4, 4}, {4, 7}, {9, 2}} {
		r := newRig(t, nil)
		r.sink.(*memory).races = true
		var wg sync.WaitGroup
		results := make([]map[string]Result, 2)
		for i, n := range rows {
			second, err := archive.Open(t.Context(), r.dir, archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = second.Close(context.Background()) }()
			cfg := r.config()
			cfg.Archive, cfg.BatchRows = second, n
			wg.Go(func() {
				var err error
				if results[i], err = r.run(cfg, ps...); err != nil {
					t.Errorf("runner %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		for i := range kinds {
			for _, got := range results {
				if n := uint64(40 + kinds[i].plus); got[ps[i].name].Records != n || r.sink.(*memory).origins[ps[i].name] != n {
					t.Errorf("%v: %s: %+v, %d inserted", rows, ps[i].name, got[ps[i].name], r.sink.(*memory).origins[ps[i].name])
				}
			}
		}
		if r.digest() != calm.digest() {
			t.Errorf("%v: another digest than one runner's", rows)
		}
	}
}

// rival writes batches of another length before we write ours, once each.
type rival struct {
	Archive
	t     *testing.T
	write func()
	once  sync.Once
}

func (r *rival) Write(ctx context.Context, b *event.Batch) (object, bool, error) {
	r.once.Do(r.write)
	return r.Archive.Write(ctx, b)
}

// TestRivalIsFirst: just before our first batch is written another process writes
// the payload: all of it, or a part with other borders. Its batches stand and are
// inserted, the duplicates in ours leave no trace.
func TestRivalIsFirst(t *testing.T) {
	for _, k := range kinds[:5] {
		for _, theirs := range []int{1, 3, 4, 5, 100} {
			for _, dies := range []bool{false, true} {
				p := log(k, 0, 21)
				r := newRig(t, nil)
				cfg := r.config()
				them := cfg
				them.BatchRows = theirs
				if dies { // after a batch, before it inserts
					them = doom(them, &fate{call: "write", at: 2})
				}
				cfg.Archive = &rival{Archive: cfg.Archive, t: t, write: func() { _, _ = r.run(them, p) }}
				got := r.mustRun(cfg, p)[p.name]
				n := uint64(21 + k.plus)
				if got.Records != n || got.Duplicates != 0 || r.sink.(*memory).origins[p.name] != n || !got.Resumed {
					t.Errorf("%s, rival %d, dies %t: %+v, %d inserted", k.name, theirs, dies, got, r.sink.(*memory).origins[p.name])
				}
				if len(r.sink.(*memory).marked) != 0 {
					t.Errorf("%s, rival %d: marked %v", k.name, theirs, r.sink.(*memory).marked)
				}
				calm := newRig(t, nil)
				calm.mustRun(calm.config(), p)
				if r.digest() != calm.digest() {
					t.Errorf("%s, rival %d: another digest", k.name, theirs)
				}
			}
		}
	}
}

// TestDeliveredTwice: the same payload twice in one run is carried once.
func TestDeliveredTwice(t *testing.T) {
	for range 5 {
		r := newRig(t, nil)
		p := log(kinds[0], 0, 30)
		cfg := r.config()
		cfg.Workers = 4
		got := r.mustRun(cfg, p, p, p, p)
		if got[p.name].Records != 30 || r.rows()[p.name] != 30 || r.sink.(*memory).origins[p.name] != 30 || len(r.sink.(*memory).marked) != 0 {
			t.Errorf("%+v, %v archived, %d marked", got[p.name], r.rows(), len(r.sink.(*memory).marked))
		}
	}
}

// TestResume: a payload whose first batches are archived goes on behind them,
// whatever it takes to decode the rest: a header, an envelope, a container.
func TestResume(t *testing.T) {
	for _, k := range kinds {
		for _, batches := range []int{1, 2, 5} {
			r := newRig(t, nil)
			p := log(k, 0, 21)
			if _, err := r.run(doom(r.config(), &fate{call: "write", at: batches + 1}), p); err == nil {
				t.Fatal("the first life should end early")
			}
			had := r.rows()[p.name]
			if had != uint64(4*batches) {
				t.Fatalf("%s: %d rows are archived", k.name, had)
			}
			r.reborn()
			if got := r.mustRun(r.config(), p)[p.name]; got.Events != uint64(21+k.plus) || !got.Resumed {
				t.Errorf("%s: %+v", k.name, got)
			}
			calm := newRig(t, nil)
			calm.mustRun(calm.config(), p)
			if r.digest() != calm.digest() {
				t.Errorf("%s: another digest than undisturbed", k.name)
			}
		}
	}
}
