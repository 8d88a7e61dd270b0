package s3

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/ingest"
)

// archive is a pipeline that keeps what it was given.
type archive struct {
	mu       sync.Mutex
	got      []string
	held     map[string]bool // identities
	failures []string
}

func (a *archive) list(b *bucket, l *List) *List {
	if a.held == nil {
		a.held = map[string]bool{}
	}
	l.Client, l.Bucket, l.Counts = b, "logs", &Counts{}
	l.Failed = func(name, code string) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.failures = append(a.failures, strings.TrimPrefix(name, "s3://logs/")+" "+code)
	}
	l.Archived = func(_ context.Context, ps []ingest.Payload) ([]bool, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		out := make([]bool, len(ps))
		for i := range ps {
			out[i] = a.held[ps[i].Identity]
		}
		return out, nil
	}
	return l
}

func (a *archive) emit(ctx context.Context, p ingest.Payload) error {
	_, err := p.Open(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	text := strings.TrimPrefix(p.Origin.Name, "s3://logs/")
	if err != nil {
		text += " " + err.Error()
	}
	a.got = append(a.got, text)
	a.held[p.Identity] = true
	p.Done(nil)
	return nil
}

func (a *archive) want(t *testing.T, keys ...string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	slices.Sort(a.got)
	if !slices.Equal(a.got, keys) {
		t.Errorf("got %q, want %q", a.got, keys)
	}
	a.got = nil
}

func TestListGoesOnWhereItWas(t *testing.T) {
	b, a := &bucket{}, &archive{}
	for i := range 7 {
		b.put(fmt.Sprint("p/", i), "v", "text")
	}
	b.put("p/3", "v2", "text") // another version is another object
	b.put("p/empty", "v", "")
	b.put("q", "v", "text")
	run := func() error { return a.list(b, &List{Prefix: "p/"}).Run(t.Context(), a.emit) }
	var n atomic.Int32
	broken := func(ctx context.Context, p ingest.Payload) error {
		if n.Add(1) > 3 {
			return context.Canceled
		}
		return a.emit(ctx, p)
	}
	if err := a.list(b, &List{Prefix: "p/"}).Run(t.Context(), broken); err == nil {
		t.Error("it did not end")
	}
	first := len(a.got)
	if err := run(); err != nil {
		t.Fatal(err)
	}
	a.want(t, "p/0", "p/1", "p/2", "p/3", "p/3", "p/4", "p/5", "p/6")
	read := len(b.gets)
	if err := run(); err != nil {
		t.Fatal(err)
	}
	a.want(t)
	if first != 3 || len(b.gets) != read {
		t.Errorf("%d at first; archived objects were read again %d times", first, len(b.gets)-read)
	}
}

// TestListBetweenDates: only folders of the days asked for are listed, but what has
// no day in its name is judged by its time.
func TestListBetweenDates(t *testing.T) {
	b, a := &bucket{}, &archive{}
	for day := range 28 {
		b.put(fmt.Sprintf("AWSLogs/1/CloudTrail/us-east-1/2026/02/%02d/x", day+1), "v", "text")
		b.put(fmt.Sprintf("AWSLogs/1/elb/year=2025/month=12/day=%02d/x", day+1), "v", "text")
	}
	b.put("AWSLogs/1/elb/2026/02/10/05/x", "v", "text")
	b.put("AWSLogs/1/other/x", "v", "text").at = time.Date(2026, 2, 9, 1, 0, 0, 0, time.UTC)
	b.put("AWSLogs/1/other/y", "v", "text").at = time.Date(2026, 2, 12, 1, 0, 0, 0, time.UTC)
	l := a.list(b, &List{Since: time.Date(2026, 2, 9, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC)})
	if err := l.Run(t.Context(), a.emit); err != nil {
		t.Fatal(err)
	}
	a.want(t, "AWSLogs/1/CloudTrail/us-east-1/2026/02/09/x", "AWSLogs/1/CloudTrail/us-east-1/2026/02/10/x", "AWSLogs/1/elb/2026/02/10/05/x", "AWSLogs/1/other/x")
	if b.pages > 40 {
		t.Errorf("%d pages were listed", b.pages)
	}
}

func TestListTellsWhatItCannotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := &bucket{}, &archive{}
		for _, k := range []string{"a", "b", "c", "d"} {
			b.put(k, "v", "text")
		}
		b.get = func(_ int, o *stored, _ *awss3.GetObjectInput) error {
			return map[string]error{"b": failure(403, "AccessDenied"), "c": failure(500, "InternalError")}[o.key]
		}
		if err := a.list(b, &List{}).Run(t.Context(), a.emit); err != nil {
			t.Fatal(err)
		}
		a.want(t, "a", "b denied", "d")
		slices.Sort(a.failures)
		if !slices.Equal(a.failures, []string{"b AccessDenied", "c InternalError"}) {
			t.Errorf("failures %q", a.failures)
		}
		b.get = nil // both can be read now: the gap did not take b's place
		if err := a.list(b, &List{}).Run(t.Context(), a.emit); err != nil {
			t.Fatal(err)
		}
		a.want(t, "b", "c")
	})
}

func TestListKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := &bucket{}, &archive{}
		for i := range 30 {
			b.put(fmt.Sprint(i), "v", "text")
		}
		start := time.Now()
		if err := a.list(b, &List{Rate: rate.NewLimiter(2, 1)}).Run(t.Context(), a.emit); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 14*time.Second || d > 16*time.Second {
			t.Errorf("30 objects at 2 a second took %v", d)
		}
	})
}

// TestSweep: an object that no message announced is found, and not before a message
// had its time.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := &bucket{}, &archive{}
		w := &Sweep{List: *a.list(b, &List{})}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		b.put("old", "v", "text").at = time.Now().Add(-72 * time.Hour)
		b.put("lost", "v", "text")
		go func() { ended <- w.Run(ctx, a.emit) }()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		a.want(t)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		a.want(t, "lost")
		if w.Counts.Missed.Load() != 1 {
			t.Error("it is not counted")
		}
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Error(err)
		}
	})
}
