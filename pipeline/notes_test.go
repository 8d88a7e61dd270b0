package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/store/archive"
)

// linked returns r's configuration with a window in r's folder, opened anew.
func (r *rig) linked() Config {
	r.t.Helper()
	w, err := link.Open(r.path("linked"), make([]byte, 32), link.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := r.config()
	cfg.Linked, cfg.BatchRows = w, 20
	return cfg
}

// TestNotesInAnyOrder: the same payloads give the same archive in any order, by
// any number of workers, with any borders of batches and after any number of
// lives that ended at any call.
func TestNotesInAnyOrder(t *testing.T) {
	ps, _ := visits(visitors(14), 120)
	calm := newRig(t, nil)
	calm.mustRun(calm.linked(), ps...)
	want := calm.digest()
	numbers := make([]int, len(ps))
	for i := range numbers {
		numbers[i] = i
	}
	shuffled := func(rt *rapid.T) (qs []payload) {
		for _, i := range rapid.Permutation(numbers).Draw(rt, "order") {
			qs = append(qs, ps[i])
		}
		return qs
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t, nil)
		for range rapid.IntRange(0, 4).Draw(rt, "deaths") {
			cfg := r.linked()
			cfg.BatchRows, cfg.Workers = rapid.IntRange(1, 50).Draw(rt, "rows"), rapid.IntRange(1, 4).Draw(rt, "workers")
			end := &fate{call: rapid.SampledFrom([]string{"write", "insert", "chain", "put"}).Draw(rt, "call"), at: rapid.IntRange(1, 12).Draw(rt, "at"), after: rapid.Bool().Draw(rt, "after")}
			_, _ = r.run(doom(cfg, end), shuffled(rt)...)
			r.reborn()
		}
		cfg := r.linked()
		cfg.BatchRows, cfg.Workers = rapid.IntRange(1, 50).Draw(rt, "rows"), rapid.IntRange(1, 4).Draw(rt, "workers")
		r.mustRun(cfg, shuffled(rt)...)
		if got := r.digest(); got != want {
			rt.Fatalf("digest %s, undisturbed %s", got, want)
		}
		r.close()
	})
}

// TestNotesOfTwoRunners: two processes over the same payloads at the same time
// make what one would have made.
func TestNotesOfTwoRunners(t *testing.T) {
	ps, _ := visits(visitors(14), 120)
	calm := newRig(t, nil)
	calm.mustRun(calm.linked(), ps...)
	r := newRig(t, nil)
	r.sink.(*memory).races = true
	var wg sync.WaitGroup
	for i := range 2 {
		second, err := archive.Open(t.Context(), r.dir, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = second.Close(t.Context()) }()
		cfg := r.linked()
		cfg.Archive, cfg.BatchRows = second, 10+7*i
		mine := slices.Clone(ps)
		if i > 0 {
			slices.Reverse(mine)
		}
		wg.Go(func() {
			if _, err := r.run(cfg, mine...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r.digest() != calm.digest() {
		t.Error("another digest than one runner's")
	}
}

const (
	webSession = `{"timestamp":1772625600123,"httpRequest":{"clientIp":"203.0.113.9","headers":[{"name":"Cookie","value":"SESSION=0123456789abcdef"}],"uri":"/","httpMethod":"GET"}}`
	flowOfIt   = "2 111122223333 eni-0123456789abcdef0 203.0.113.9 10.0.1.5 4242 443 6 20 4249 1772625600 1772625660 ACCEPT OK"
)

// TestNotesOfEarlierRuns: a session of an earlier run counts in a later one.
func TestNotesOfEarlierRuns(t *testing.T) {
	for _, before := range []bool{true, false} {
		r := newRig(t, nil)
		if before {
			r.mustRun(r.linked(), payload{name: "waf.log", raw: []byte(webSession)})
			r.reborn()
		}
		r.mustRun(r.linked(), payload{name: "flow.log", raw: []byte(flowOfIt)})
		if got := strings.Contains(r.stored("flow.log"), "203.0.113.9"); got == before {
			t.Errorf("session before %t: the flow record shows the address: %t", before, got)
		}
	}
}

// stored returns what the sink has of an origin's rows.
func (r *rig) stored(origin string) string {
	m := r.sink.(*memory)
	m.mu.Lock()
	defer m.mu.Unlock()
	var s strings.Builder
	for _, content := range m.rows {
		if strings.Contains(content, `"`+origin+`"`) {
			s.WriteString(content)
		}
	}
	return s.String()
}

// TestReadOnce: a stream is opened once; its notes count for what comes later in
// it and in other payloads of later runs.
func TestReadOnce(t *testing.T) {
	r := newRig(t, nil)
	opened := 0
	p := payload{name: "stream", id: "one", once: true, open: func() (io.ReadCloser, error) {
		if opened++; opened > 1 {
			return nil, errors.New("opened twice")
		}
		return io.NopCloser(strings.NewReader(webSession + "\n" + strings.Replace(webSession, "SESSION=", "lang=", 1) + "\n")), nil
	}}
	got := r.mustRun(r.linked(), p)[p.name]
	if got.Events != 2 || got.Error != "" || strings.Contains(r.stored("stream"), "203.0.113.9") {
		t.Errorf("%+v", got)
	}
	r.reborn()
	r.mustRun(r.linked(), payload{name: "flow.log", raw: []byte(flowOfIt)})
	if strings.Contains(r.stored("flow.log"), "203.0.113.9") {
		t.Error("the stream's notes were lost")
	}
}

// TestNotesAreOnDiskFirst: when notes cannot be written, nothing is archived.
func TestNotesAreOnDiskFirst(t *testing.T) {
	r := newRig(t, nil)
	cfg := r.linked()
	if err := os.RemoveAll(r.path("linked")); err != nil { // no folder to write in
		t.Fatal(err)
	}
	_, done, err := r.carry(cfg, []payload{{name: "waf.log", raw: []byte(webSession)}, {name: "flow.log", raw: []byte(flowOfIt)}})
	if err == nil || done["waf.log"] == nil || done["flow.log"] == nil || len(r.rows()) > 0 {
		t.Errorf("%v, %v, archived %v", err, done, r.rows())
	}
	r.reborn()
	r.mustRun(r.linked(), payload{name: "waf.log", raw: []byte(webSession)}, payload{name: "flow.log", raw: []byte(flowOfIt)})
	if strings.Contains(r.stored("flow.log"), "203.0.113.9") {
		t.Error("the next run does not know the session")
	}
}

// TestPatience: an input that never ends gets its payloads done, when patience is at
// its end or nothing more comes, and what one of them says of an address counts for
// those that came before it.
func TestPatience(t *testing.T) {
	t.Run("patience", func(t *testing.T) { endless(t, time.Second, 0) })
	t.Run("quiet", func(t *testing.T) { endless(t, time.Hour, time.Second) })
}

// endless: both payloads come within the wait.
func endless(t *testing.T, patience, quiet time.Duration) {
	r := newRig(t, nil)
	cfg := r.linked()
	cfg.Patience, cfg.Quiet = patience, quiet
	runner, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // rounds
		var done sync.WaitGroup
		done.Add(2)
		ctx, stop := context.WithCancel(t.Context())
		in := forever{[]payload{{name: "flow.log", raw: []byte(flowOfIt)}, {name: "waf.log", raw: []byte(webSession)}}, &done}
		go func() {
			done.Wait()
			stop()
		}()
		if err := runner.Run(ctx, in, func(ingest.Payload, Result) {}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got := r.rows(); got["flow.log"] != 1 || got["waf.log"] != 1 || strings.Contains(r.stored("flow.log"), "203.0.113.9") {
		t.Errorf("%v", got)
	}
}

// forever is an input that waits for more after its payloads.
type forever struct {
	payloads []payload
	done     *sync.WaitGroup
}

func (f forever) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for _, p := range f.payloads {
		err := emit(ctx, ingest.Payload{
			Origin: ingest.Origin{Name: p.name, Time: day}, Scheme: "f", Identity: p.name, Size: int64(len(p.raw)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.raw)), nil },
			Done: func(error) { f.done.Done() },
		})
		if err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}
