package pipeline

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/scrub/event"
)

// failing fails its first inserts.
type failing struct {
	*memory
	left atomic.Int64
}

var errDown = errors.New("clickhouse: network unreachable")

func (f *failing) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	if f.left.Add(-1) >= 0 {
		return errDown
	}
	return f.memory.Insert(ctx, batches, doubt)
}

// TestSinkDown: while the sink is down a run ends with its error and acknowledges
// nothing; the first run after that completes.
func TestSinkDown(t *testing.T) {
	m := newMemory(t)
	sink := &failing{memory: m}
	sink.left.Store(1 << 30)
	r := newRig(t, sink)
	ps := []payload{log(kinds[0], 0, 30), log(kinds[1], 100, 30), log(kinds[4], 200, 30)}
	for range 3 {
		got, done, err := r.carry(r.config(), ps)
		if !errors.Is(err, errDown) || len(got) != 0 || len(m.rows) != 0 {
			t.Fatalf("%v, reported %v, %d rows", err, got, len(m.rows))
		}
		for name, err := range done {
			if err == nil {
				t.Errorf("%s was acknowledged", name)
			}
		}
	}
	sink.left.Store(0)
	got := r.mustRun(r.config(), ps...)
	if len(m.rows) != 91 || len(got) != 3 {
		t.Errorf("%d rows, %d payloads", len(m.rows), len(got))
	}
}

// TestInsertFailsAtFirst: each run gets a little further.
func TestInsertFailsAtFirst(t *testing.T) {
	sink := &failing{memory: newMemory(t)}
	r := newRig(t, sink)
	for try := range 10 {
		sink.left.Store(int64(4 - try))
		if _, err := r.run(r.config(), log(kinds[0], 0, 30)); err == nil {
			if len(sink.rows) != 30 || try < 4 {
				t.Errorf("after %d tries %d rows", try, len(sink.rows))
			}
			return
		}
	}
	t.Error("never done")
}

// TestStopsReadingWhenInsertsFail: a long payload is not read to its end when its
// first batch cannot be inserted.
func TestStopsReadingWhenInsertsFail(t *testing.T) {
	sink := &failing{memory: newMemory(t)}
	sink.left.Store(1 << 30)
	r := newRig(t, sink)
	cfg := r.config()
	cfg.BatchRows = 2
	p := log(kinds[4], 0, 2000)
	if _, err := r.run(cfg, p); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if n := r.rows()[p.name]; n > 2*2*mostSmall {
		t.Errorf("%d rows were archived", n)
	}
}

// TestCancelled: a run that is cancelled says so, whenever that is, acknowledges
// nothing it did not finish and leaves no goroutine.
func TestCancelled(t *testing.T) {
	r := newRig(t, nil)
	before := runtime.NumGoroutine()
	for after := range 12 {
		ctx, cancel := context.WithCancelCause(context.Background())
		cfg := r.config()
		cfg.Workers = 1
		calls := 0
		cfg.Archive = hook{cfg.Archive, func() {
			if calls++; calls > after {
				cancel(nil)
			}
		}}
		runner, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		in := &list{t: t, payloads: []payload{log(kinds[0], 1000*after, 12), log(kinds[4], 1000*after+500, 12)}, done: map[string]error{}, calls: map[string]int{}}
		reported := 0
		err = runner.Run(ctx, in, func(ingest.Payload, Result) { reported++ })
		if calls > after && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at call %d of %d: %v", after, calls, err)
		}
		finished := 0
		for name, n := range in.emitted() {
			if in.calls[name] != n {
				t.Errorf("Done of %s was called %d times", name, in.calls[name])
			}
			if in.done[name] == nil {
				finished++
			}
		}
		if finished != reported {
			t.Errorf("%d reported, %d acknowledged", reported, finished)
		}
		cancel(nil)
	}
	deadline := time.Now().Add(time.Minute)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
	// What a cancelled run archived is no end: the next completes every payload.
	for after := range 12 {
		ps := []payload{log(kinds[0], 1000*after, 12), log(kinds[4], 1000*after+500, 12)}
		for name, res := range r.mustRun(r.config(), ps...) {
			if res.Records != 12 || res.Tombstones != 0 || res.Error != "" {
				t.Errorf("%s: %+v", name, res)
			}
		}
	}
}

// hook calls f before each write.
type hook struct {
	Archive
	f func()
}

func (h hook) Write(ctx context.Context, b *event.Batch) (o object, adopted bool, err error) {
	h.f()
	return h.Archive.Write(ctx, b)
}

// breaking reads b and then fails.
type breaking struct {
	r   io.Reader
	err error
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func (b *breaking) Close() error { return nil }

// TestInputFails: an input that fails is not the payload's end. The payload is
// not acknowledged, has no tombstone for its rest, and is completed when it can
// be read again.
func TestInputFails(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		cause string
		keeps bool // the records before the failure
	}{
		"disk":    {&osError{syscall.EIO}, "input/output error", true},
		"network": {errors.New("connection reset while reading SSN 219-09-9999"), "", true},
		"changed": {file.ErrChanged, "payload changed while it was read", false},
	} {
		for _, k := range kinds {
			t.Run(name+" "+k.name, func(t *testing.T) {
				r := newRig(t, nil)
				whole := log(k, 0, 30)
				whole.id = "the same"
				at := len(whole.raw) * 2 / 3
				bad := whole
				bad.open = func() (io.ReadCloser, error) {
					return &breaking{strings.NewReader(string(whole.raw[:at])), tt.err}, nil
				}
				unopened := whole
				unopened.open = func() (io.ReadCloser, error) { return nil, tt.err }
				for _, p := range []payload{unopened, bad, bad} {
					got, done, err := r.carry(r.config(), []payload{p})
					if err != nil {
						t.Fatal(err)
					}
					res := got[p.name]
					if done[p.name] == nil || res.Error != ingest.CodeUnreadable || res.Tombstones != 0 || res.Cause != tt.cause {
						t.Fatalf("Done got %v, result %+v", done[p.name], res)
					}
					if strings.Contains(done[p.name].Error(), "SSN") {
						t.Fatal("the error quotes what was read")
					}
				}
				// An envelope is read whole before it gives anything.
				if n := r.rows()[whole.name]; !tt.keeps && n != 0 || tt.keeps && n == 0 && k.name != "subscription.json" {
					t.Errorf("%d rows are archived", n)
				}
				r.reborn()
				_, done, err := r.carry(r.config(), []payload{whole})
				if err != nil || done[whole.name] != nil {
					t.Fatal(err, done)
				}
				calm := newRig(t, nil)
				calm.mustRun(calm.config(), whole)
				if r.rows()[whole.name] != uint64(30+k.plus) || r.digest() != calm.digest() {
					t.Errorf("%d rows, or another digest than undisturbed", r.rows()[whole.name])
				}
			})
		}
	}
}

// osError is an error as the os package wraps it.
type osError struct{ err error }

func (e *osError) Error() string { return "read /logs/DOE^JANE.log: " + e.err.Error() }
func (e *osError) Unwrap() error { return e.err }

// TestFailsAtTheVeryEnd: all records are archived, the end is not. The next run
// finds none left and writes the end alone.
func TestFailsAtTheVeryEnd(t *testing.T) {
	r := newRig(t, nil)
	p := log(kinds[4], 0, 8)
	bad := p
	bad.open = func() (io.ReadCloser, error) {
		return &breaking{strings.NewReader(string(p.raw)), &osError{syscall.EIO}}, nil
	}
	r.mustRun(r.config(), bad)
	for range 2 {
		if res := r.mustRun(r.config(), p)[p.name]; res.Records != 8 || !res.Resumed || res.Error != "" || res.Bytes != int64(len(p.raw)) {
			t.Errorf("%+v", res)
		}
	}
	chain, err := r.archive.Chain(t.Context(), chainID(t, r, p))
	if err != nil || len(chain) != 3 || !chain[2].Meta.Final || chain[2].Rows != 0 {
		t.Errorf("%v, %+v", err, chain)
	}
	calm := newRig(t, nil)
	calm.mustRun(calm.config(), p)
	if r.digest() != calm.digest() {
		t.Error("another digest than undisturbed")
	}
}

// TestInputEnds: an error of the input itself is the run's, what it delivered
// before is finished.
func TestInputEnds(t *testing.T) {
	r := newRig(t, nil)
	runner, err := New(r.config())
	if err != nil {
		t.Fatal(err)
	}
	in := &list{t: t, payloads: []payload{log(kinds[0], 0, 9)}, last: errDown, done: map[string]error{}, calls: map[string]int{}}
	reported := 0
	if err := runner.Run(t.Context(), in, func(ingest.Payload, Result) { reported++ }); !errors.Is(err, errDown) {
		t.Error(err)
	}
	if reported != 1 || r.rows()["0-cloudtrail.json"] != 9 {
		t.Errorf("%d reported, rows %v", reported, r.rows())
	}
}
