package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/notify"
	"github.com/scrubline/scrubline/detect/route"
)

// shelf is a book in memory.
type shelf struct {
	mu     sync.Mutex
	alerts []*book.Alert
	done   []book.Delivery
	forget bool // deliveries are not written
	closed []string
}

func (s *shelf) Unresolved(_ context.Context, name string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, id := range s.closed {
		told := func(status string) bool {
			return slices.ContainsFunc(s.done, func(d book.Delivery) bool { return d.Alert == id && d.Route == name && d.Status == status })
		}
		if told(book.Delivered) && !told(book.Resolved) {
			out = append(out, id)
		}
	}
	return out, nil
}

func (s *shelf) List(_ context.Context, f book.Filter) ([]*book.Alert, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*book.Alert
	for _, a := range s.alerts {
		if !a.Updated.Before(f.Found) {
			out = append(out, a)
		}
	}
	slices.Reverse(out) // the newest first
	return out, false, nil
}

func (s *shelf) Deliver(_ context.Context, ds []book.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forget {
		return errors.New("down")
	}
	s.done = append(s.done, ds...)
	return nil
}

func (s *shelf) Settled(_ context.Context, since time.Time, each func(alert, route string)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.done {
		if d.Status != book.Failed && !d.At.Before(since) {
			each(d.Alert, d.Route)
		}
	}
	return nil
}

func (s *shelf) add(id, level string) *book.Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &book.Alert{Part: alert.Part{ID: id, Rule: "r", Title: "rule of " + id, Level: level}, Found: time.Now(), Updated: time.Now()}
	s.alerts = append(s.alerts, a)
	return a
}

// phone is a route that remembers.
type phone struct {
	mu   sync.Mutex
	got  []string
	fail func(n *route.Notice) error
}

func (p *phone) Send(_ context.Context, n *route.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		if err := p.fail(n); err != nil {
			return err
		}
	}
	p.got = append(p.got, n.ID)
	return nil
}

func (p *phone) ids() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// run runs a notifier until stop is called.
func run(t *testing.T, opt notify.Options) (stop func()) {
	opt.Log = zerolog.Nop()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	n := notify.New(opt)
	go func() { ended <- n.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func want(t *testing.T, got []string, ids ...string) {
	t.Helper()
	if d := cmp.Diff(ids, got); d != "" {
		t.Errorf("sent: %s", d)
	}
}

// TestOnceEach: every alert goes once by each route that takes it, over restarts
// too; suppressed ones and exercises go nowhere.
func TestOnceEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, all, grave := &shelf{}, &phone{}, &phone{}
		opt := notify.Options{Book: s, Ways: []*notify.Way{{Name: "all", Route: all}, {Name: "grave", Route: grave, Least: "high"}}}
		s.add("a", "low")
		s.add("b", "critical")
		s.add("c", "high").Suppressed = "s1"
		s.add("d", "high").Drill = "1"
		stop := run(t, opt)
		time.Sleep(10 * time.Second)
		s.add("e", "high")
		time.Sleep(10 * time.Second)
		stop()
		want(t, all.ids(), "a", "b", "e")
		want(t, grave.ids(), "b", "e")
		stop = run(t, opt)
		time.Sleep(10 * time.Second)
		s.add("f", "low")
		time.Sleep(10 * time.Second)
		stop()
		want(t, all.ids(), "a", "b", "e", "f")
	})
}

// TestSentAgain: a notice that arrived and was not marked is sent again after a
// restart, with the same id; nothing is lost.
func TestSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := &shelf{forget: true}, &phone{}
		opt := notify.Options{Book: s, Ways: []*notify.Way{{Name: "p", Route: p}}}
		s.add("a", "high")
		stop := run(t, opt)
		time.Sleep(time.Minute)
		stop()
		want(t, p.ids(), "a")
		s.forget = false
		stop = run(t, opt)
		time.Sleep(time.Minute)
		stop()
		want(t, p.ids(), "a", "a")
	})
}

// TestBacksOff: a route that fails is asked less and less, its alerts wait in
// order, and it is told dead once every so many failures; others go on.
func TestBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, good := &shelf{}, &phone{}
		var down atomic.Bool
		down.Store(true)
		var tries atomic.Int32
		bad := &phone{fail: func(*route.Notice) error {
			if tries.Add(1); down.Load() {
				return &route.Error{Code: "http 503"}
			}
			return nil
		}}
		var told sync.Mutex
		var dead []string
		opt := notify.Options{Book: s, Ways: []*notify.Way{{Name: "bad", Route: bad}, {Name: "good", Route: good}},
			Dead: func(_ context.Context, r, code string) error {
				told.Lock()
				defer told.Unlock()
				dead = append(dead, r+" "+code)
				if len(dead) == 1 {
					s.add("dead", "high")
				}
				return nil
			}}
		s.add("a", "high")
		s.add("b", "high")
		stop := run(t, opt)
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, good.ids(), "a", "b", "dead")
		told.Lock()
		if n := int(tries.Load()); n < 10 || n > 30 || len(dead) != n/5 || dead[0] != "bad http 503" {
			t.Errorf("%d tries in an hour, told dead %v", n, dead)
		}
		told.Unlock()
		down.Store(false)
		time.Sleep(10 * time.Minute)
		stop()
		want(t, bad.ids(), "a", "b", "dead")
	})
}

// TestGivesUp: what cannot arrive is given up and said so, at once if the other side
// will never take it, else after Patience.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		p := &phone{fail: func(n *route.Notice) error {
			return &route.Error{Code: "no", Permanent: n.ID == "never"}
		}}
		s.add("never", "high")
		s.add("down", "high")
		stop := run(t, notify.Options{Book: s, Ways: []*notify.Way{{Name: "p", Route: p}}, Patience: time.Hour})
		time.Sleep(2 * time.Hour)
		stop()
		tries := map[string]int{}
		last := map[string]string{}
		for _, d := range s.done {
			tries[d.Alert]++
			last[d.Alert] = d.Status
		}
		if tries["never"] != 1 || tries["down"] < 5 {
			t.Errorf("tries %v", tries)
		}
		if d := cmp.Diff(map[string]string{"never": book.GivenUp, "down": book.GivenUp}, last); d != "" {
			t.Error(d)
		}
	})
}

// TestStormBecomesSummary: above the limit, alerts become one notice when the time
// is over, and all of them are marked.
func TestStormBecomesSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		var more []map[string]int
		p := &phone{fail: func(n *route.Notice) error {
			if n.More != nil {
				more = append(more, n.More)
			}
			return nil
		}}
		for i := range 50 {
			s.add(fmt.Sprintf("a%02d", i), "low").Title = "noisy"
		}
		stop := run(t, notify.Options{Book: s, Ways: []*notify.Way{{Name: "p", Route: p, Limit: 5, Per: time.Minute}}})
		time.Sleep(5 * time.Minute)
		stop()
		if len(p.ids()) != 6 || len(more) != 1 || more[0]["noisy"] != 45 {
			t.Errorf("%d notices, summaries %v", len(p.ids()), more)
		}
		if len(s.done) != 50 {
			t.Errorf("%d alerts marked", len(s.done))
		}
	})
}

// TestQuietHours: alerts wait for the morning but those that may not.
func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble's clock begins at midnight UTC
		s, p := &shelf{}, &phone{}
		way := &notify.Way{Name: "p", Route: p, Quiet: notify.Quiet{From: 22 * 60, To: 6 * 60, Zone: time.UTC}}
		s.add("a", "medium")
		s.add("b", "critical")
		stop := run(t, notify.Options{Book: s, Ways: []*notify.Way{way}})
		time.Sleep(5 * time.Hour)
		want(t, p.ids(), "b")
		time.Sleep(90 * time.Minute)
		stop()
		want(t, p.ids(), "b", "a")
	})
}

// pager is a phone that keeps incidents.
type pager struct {
	phone
	ended []string
	down  bool
}

func (p *pager) Resolve(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return &route.Error{Code: "http 503"}
	}
	p.ended = append(p.ended, id)
	return nil
}

// TestResolves: the other side is told once that an alert was closed, when it can be
// told, and only of alerts that it was given.
func TestResolves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := &shelf{}, &pager{down: true}
		n := notify.New(notify.Options{Book: s, Ways: []*notify.Way{{Name: "pager", Route: p, Least: "high"}}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = n.Run(ctx) }()
		s.add("a", "high")
		s.add("b", "low")
		time.Sleep(time.Minute)
		s.mu.Lock()
		s.closed = []string{"a", "b"}
		s.mu.Unlock()
		time.Sleep(time.Minute)
		p.mu.Lock()
		p.down = false
		p.mu.Unlock()
		time.Sleep(time.Minute)
		stop()
		<-done
		if d := cmp.Diff([]string{"a"}, p.ended); d != "" {
			t.Error(d)
		}
	})
}
