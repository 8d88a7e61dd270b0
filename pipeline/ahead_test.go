package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// closed is a sink that takes nothing until it is opened.
type closed struct {
	Sink
	mu    sync.Mutex
	open  bool
	err   error
	tries int
}

func (c *closed) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	if !c.open {
		return c.err
	}
	return c.Sink.Insert(ctx, batches, doubt)
}

// value adds up a metric over its labels.
func value(t *testing.T, reg *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// TestRunsAhead: while the sink takes nothing the archive is filled, up to a
// bound; when it is back it gets everything, once, and nothing was said to be done
// before.
func TestRunsAhead(t *testing.T) {
	for _, bounded := range []bool{false, true} {
		r := newRig(t, nil)
		sink := &closed{Sink: r.sink, err: errDown}
		cfg := r.config()
		cfg.Sink, cfg.BatchRows = sink, 1
		cfg.RunAhead = 1 << 30
		if bounded {
			cfg.RunAhead = 1
		}
		reg := prometheus.NewRegistry()
		cfg.Metrics = NewMetrics(reg)
		runner, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p := &tape{name: "a"}
		const rows = 3 * mostSmall
		for i := range rows {
			p.add(fmt.Sprintf("level=info msg=%d", i))
		}
		in := &tapes{t: t, of: []*tape{p}, window: 4}
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(context.Background(), in, nothing) }()
		last := uint64(0)
		for still := 0; still < 40; time.Sleep(25 * time.Millisecond) { // a bound holds for a second
			if n := r.rows()["a"]; n != last {
				last, still = n, 0
				continue
			}
			if bounded && last > 0 || last == rows {
				still++
			}
		}
		if bounded && last >= rows || !bounded && last != rows {
			t.Errorf("bounded %t: %d rows are archived while the sink is down", bounded, last)
		}
		in.mu.Lock()
		if in.finished[p] != 0 {
			t.Errorf("%d messages are said to be done", in.finished[p])
		}
		in.mu.Unlock()
		sink.mu.Lock()
		sink.open = true
		sink.mu.Unlock()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if n := r.sink.(*memory).origins["a"]; n != rows || in.finished[p] != rows {
			t.Errorf("bounded %t: %d inserted, %d done", bounded, n, in.finished[p])
		}
		if ahead := value(t, reg, "scrubline_ahead_batches"); ahead != 0 {
			t.Errorf("%v batches wait", ahead)
		}
		records, events := value(t, reg, "scrubline_records_total"), value(t, reg, "scrubline_events_total")
		if records != rows || events != rows {
			t.Errorf("counted %v records, %v events", records, events)
		}
	}
}

// TestDoesNotRunAhead: what another try does not change ends the run, and without a
// bound to run ahead so does every failure.
func TestDoesNotRunAhead(t *testing.T) {
	for want, most := range map[error]int64{clickhouse.ErrForeignRows: 1 << 30, clickhouse.ErrBadBatch: 1 << 30, errDown: 0} {
		r := newRig(t, nil)
		cfg := r.config()
		cfg.Sink, cfg.RunAhead = &closed{Sink: r.sink, err: want}, most
		p := &tape{name: "a"}
		p.add(trail(1))
		if err := r.play(cfg, 4, p); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// TestEndsWhileAhead: a run that is stopped while the sink is down ends at once and
// calls nothing done; the next one makes it good.
func TestEndsWhileAhead(t *testing.T) {
	r := newRig(t, nil)
	cfg := r.config()
	cfg.Sink, cfg.RunAhead = &closed{Sink: r.sink, err: errDown}, 1<<30
	runner, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &tape{name: "a"}
	p.add(trail(1), trail(2), trail(3), trail(4), trail(5))
	in := &tapes{t: t, of: []*tape{p}, window: 2}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for r.rows()["a"] < 5 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	if err := runner.Run(ctx, in, nothing); !errors.Is(err, context.Canceled) || in.finished[p] != 0 {
		t.Errorf("%v, %d done", err, in.finished[p])
	}
	if r.rows()["a"] != 5 {
		t.Errorf("%v are archived", r.rows())
	}
	r.reborn()
	if err := r.play(r.config(), 2, p); err != nil {
		t.Fatal(err)
	}
	if n := r.sink.(*memory).origins["a"]; n != 5 {
		t.Errorf("%d inserted", n)
	}
}
