package pipeline

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/event"
	kept "github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/quarantine"
)

// The checker of the simulation is no use if it finds nothing: bugs are planted, of
// our own making and those that well-known shippers had, and it must find each.

// badStore is a store of objects with a bug.
type badStore struct {
	kept.Store
	put  func(ctx context.Context, key string, data []byte) error
	get  func(ctx context.Context, key string, buf []byte) ([]byte, error)
	list func(ctx context.Context, prefix string, fn func(kept.Info) error) error
}

func (b badStore) Put(ctx context.Context, key string, data []byte) error {
	if b.put != nil && strings.HasPrefix(key, "v1/") {
		return b.put(ctx, key, data)
	}
	return b.Store.Put(ctx, key, data)
}

func (b badStore) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	if b.get != nil && strings.HasPrefix(key, "v1/") {
		return b.get(ctx, key, buf)
	}
	return b.Store.Get(ctx, key, buf)
}

func (b badStore) List(ctx context.Context, prefix string, fn func(kept.Info) error) error {
	if b.list != nil && strings.HasPrefix(prefix, "v1/") {
		return b.list(ctx, prefix, fn)
	}
	return b.Store.List(ctx, prefix, fn)
}

// badSink is a table with a bug.
type badSink struct {
	Sink
	insert func(ctx context.Context, batches []*event.Batch, doubt bool) error
	has    func(ctx context.Context, keys []string) (map[string]clickhouse.Held, error)
}

func (b badSink) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	if b.insert != nil {
		return b.insert(ctx, batches, doubt)
	}
	return b.Sink.Insert(ctx, batches, doubt)
}

func (b badSink) Has(ctx context.Context, keys []string) (map[string]clickhouse.Held, error) {
	if b.has != nil {
		return b.has(ctx, keys)
	}
	return b.Sink.Has(ctx, keys)
}

// badJail is a quarantine that keeps nothing.
type badJail struct{ Quarantine }

func (badJail) Sync(context.Context, string) error { return nil }

type lostJail struct{ Quarantine }

func (lostJail) Put(context.Context, quarantine.Entry, []byte) (string, error) { return "", nil }

// between changes what inputs deliver.
type between struct {
	ingest.Input
	change func(*ingest.Payload) (deliver bool)
}

func (b between) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	return b.Input.Run(ctx, func(ctx context.Context, p ingest.Payload) error {
		if !b.change(&p) {
			return nil
		}
		return emit(ctx, p)
	})
}

func changed(change func(w *world, p *ingest.Payload) bool) func(*world) {
	return func(w *world) {
		w.input = func(in ingest.Input) ingest.Input {
			return between{in, func(p *ingest.Payload) bool { return change(w, p) }}
		}
	}
}

// without returns batches without the rows from which on.
func without(batches []*event.Batch, from int) []*event.Batch {
	if from < len(batches) {
		return batches[:from]
	}
	return batches
}

// bugs by what they are, planted into a world.
var bugs = map[string]func(*world){
	"a PUT that says yes and stores nothing": func(w *world) {
		n := 0
		w.store = badStore{Store: w.store, put: func(ctx context.Context, key string, data []byte) error {
			if n++; n%5 == 0 {
				return nil
			}
			return w.objects.Put(ctx, key, data)
		}}
	},
	"a PUT that overwrites": func(w *world) {
		w.store = badStore{Store: w.store, put: func(_ context.Context, key string, data []byte) error {
			w.objects.mu.Lock()
			defer w.objects.mu.Unlock()
			w.objects.of[key] = append([]byte(nil), data...)
			return nil
		}}
	},
	"412 is taken for stored": func(w *world) {
		w.store = badStore{Store: w.store, put: func(ctx context.Context, key string, data []byte) error {
			if err := w.objects.Put(ctx, key, data); !errors.Is(err, kept.ErrExists) {
				return err
			}
			return nil
		}}
	},
	"an object is stored in half": func(w *world) {
		w.store = badStore{Store: w.store, put: func(ctx context.Context, key string, data []byte) error {
			return w.objects.Put(ctx, key, data[:len(data)-len(data)%2-len(data)/2])
		}}
	},
	"a list that misses its last key": func(w *world) {
		w.store = badStore{Store: w.store, list: func(ctx context.Context, prefix string, fn func(kept.Info) error) error {
			var all []kept.Info
			_ = w.objects.List(ctx, prefix, func(i kept.Info) error { all = append(all, i); return nil })
			for _, i := range all[:max(0, len(all)-1)] {
				if err := fn(i); err != nil {
					return err
				}
			}
			return nil
		}}
	},
	"a list that is empty": func(w *world) {
		w.store = badStore{Store: w.store, list: func(context.Context, string, func(kept.Info) error) error { return nil }}
	},
	"an insert that says yes and takes nothing": func(w *world) {
		n := 0
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, doubt bool) error {
			if n++; n%3 == 0 {
				return nil
			}
			return w.memory.Insert(ctx, b, doubt)
		}}
	},
	"an insert that takes all batches but one": func(w *world) {
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, doubt bool) error {
			return w.memory.Insert(ctx, without(b, 1), doubt)
		}}
	},
	"the deduplication token: what may be there is taken for there": func(w *world) {
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, doubt bool) error {
			if doubt {
				return nil
			}
			return w.memory.Insert(ctx, b, false)
		}}
	},
	"nobody doubts": func(w *world) {
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, _ bool) error {
			return w.memory.Insert(ctx, b, false)
		}}
	},
	"the ledger is written before the rows": func(w *world) {
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, doubt bool) error {
			w.memory.mu.Lock()
			for _, x := range b {
				w.memory.ledger[x.Key()] = clickhouse.Held{Rows: uint64(x.Rows()), SHA256: x.SHA256, Final: x.Final}
			}
			w.memory.mu.Unlock()
			if !doubt && len(b) > 1 {
				return errMishap
			}
			return w.memory.Insert(ctx, b, doubt)
		}}
	},
	"an insert in the background that dies with its life": func(w *world) {
		n := 0
		w.table = badSink{Sink: w.memory, insert: func(ctx context.Context, b []*event.Batch, doubt bool) error {
			if n++; n%4 == 3 {
				return nil
			}
			return w.memory.Insert(ctx, b, doubt)
		}}
	},
	"quarantine is not synced":  func(w *world) { w.cells = func(q Quarantine) Quarantine { return badJail{q} } },
	"quarantine is not written": func(w *world) { w.cells = func(q Quarantine) Quarantine { return lostJail{q} } },
	"acknowledged before it is carried (Vector #19711)": changed(func(w *world, p *ingest.Payload) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acked[p.Origin.Name] = 1
		if p.Stream != nil && len(p.Stream.Messages) > 0 {
			w.acked[p.Origin.Name] = p.Stream.Messages[len(p.Stream.Messages)-1].Offset + 1
		}
		return true
	}),
	"acknowledged although it failed (OTel contrib #45153)": changed(func(_ *world, p *ingest.Payload) bool {
		done := p.Done
		p.Done = func(error) { done(nil) }
		return true
	}),
	"what cannot be opened is dropped (redpanda-connect #3221)": changed(func(w *world, p *ingest.Payload) bool {
		if p.Stream != nil || !strings.Contains(p.Origin.Name, "bad") {
			return true
		}
		p.Done(nil)
		return false
	}),
	"reading stops early and calls it the end (Filebeat #39065)": changed(func(_ *world, p *ingest.Payload) bool {
		if open := p.Open; p.Stream == nil {
			p.Size = -1
			p.Open = func(ctx context.Context) (io.ReadCloser, error) {
				rc, err := open(ctx)
				if err != nil {
					return nil, err
				}
				return io.NopCloser(io.LimitReader(rc, 500)), nil
			}
		}
		return true
	}),
	"events without an id are dropped (Wazuh #33108)": changed(func(_ *world, p *ingest.Payload) bool {
		if p.Stream != nil {
			var some []ingest.Message
			for _, m := range p.Stream.Messages {
				if strings.Contains(string(m.Value), "eventID") || len(m.Value) == 0 {
					some = append(some, m)
				}
			}
			p.Stream.Messages = some
		}
		return true
	}),
	"a stream goes on where it was read, not where it is archived": func(w *world) {
		var mu sync.Mutex
		read := map[string]ingest.Position{}
		changed(func(_ *world, p *ingest.Payload) bool {
			if p.Stream == nil {
				return true
			}
			mu.Lock()
			defer mu.Unlock()
			if reached := p.Stream.Reached; p.Stream.Ask {
				at := read[p.Origin.Name]
				p.Stream.Reached = func(really ingest.Position) {
					if at.Offset > really.Offset {
						really.Offset = at.Offset
					}
					reached(really)
				}
			} else if n := len(p.Stream.Messages); n > 0 {
				read[p.Origin.Name] = ingest.Position{Offset: p.Stream.Messages[n-1].Offset + 1}
			}
			return true
		})(w)
	},
	"what retention took is passed in silence": changed(func(_ *world, p *ingest.Payload) bool {
		if p.Stream != nil && p.Stream.Gap > 0 {
			p.Stream.Gap = 0
		}
		return true
	}),
	"a message is delivered twice": changed(func(_ *world, p *ingest.Payload) bool {
		if p.Stream != nil && len(p.Stream.Messages) > 1 {
			p.Stream.Messages = append(p.Stream.Messages, p.Stream.Messages[0])
			p.Stream.Messages[len(p.Stream.Messages)-1].Offset += 1000
		}
		return true
	}),
	"a window loses its last message": changed(func(_ *world, p *ingest.Payload) bool {
		if p.Stream != nil && len(p.Stream.Messages) > 2 {
			p.Stream.Messages = p.Stream.Messages[:len(p.Stream.Messages)-1]
		}
		return true
	}),
}

// TestPlantedBugs: the checker finds each within so many histories.
func TestPlantedBugs(t *testing.T) {
	if len(bugs) < 20 {
		t.Errorf("%d bugs", len(bugs))
	}
	keys := simKeys(t)
	for name, plant := range bugs {
		found := false
		for seed := uint64(0); seed < 400 && !found; seed++ {
			w := newWorld(t, keys)
			w.patience = 2 * time.Second
			plant(w)
			w.history(seed)
			found = len(w.wrongs) > 0
			if found {
				t.Logf("%s: seed %d: %.100s", name, seed, w.wrongs[0])
			}
			w.close()
		}
		if !found {
			t.Errorf("nobody found: %s", name)
		}
	}
	t.Logf("%d bugs", len(bugs))
}
