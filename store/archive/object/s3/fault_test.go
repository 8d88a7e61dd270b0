package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/retry"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// gate stands between a client and a server and spoils the next requests.
type gate struct {
	server *httptest.Server
	mu     sync.Mutex
	next   []fault
	seen   int
}

// fault spoils one request: a status with a code instead of asking the server, or
// the server's answer lost after it did its work.
type fault struct {
	status int
	code   string
	lost   bool
	method string // "" for any
}

func newGate(t *testing.T, endpoint string) *gate {
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}
	g := &gate{}
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := g.take(r.Method)
		switch {
		case !ok:
			proxy.ServeHTTP(w, r)
		case f.lost:
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			w.WriteHeader(f.status)
			if r.Method != http.MethodHead {
				fmt.Fprintf(w, "<Error><Code>%s</Code><Message>m</Message></Error>", f.code)
			}
		}
	}))
	t.Cleanup(g.server.Close)
	return g
}

func (g *gate) take(method string) (f fault, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen++
	if len(g.next) == 0 || g.next[0].method != "" && g.next[0].method != method {
		return f, false
	}
	f, g.next = g.next[0], g.next[1:]
	return f, true
}

func (g *gate) spoil(f ...fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next, g.seen = f, 0
}

// What each answer means: come again, taken, never.
func TestAnswers(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	g := newGate(t, endpoint)
	c := s3test.Client(g.server.URL, components.MinIOUser, components.MinIOPassword)
	plain := s3test.New(t, c).Store("")
	ctx := context.Background()
	for i, f := range []fault{
		{status: 500, code: "InternalError"}, {status: 503, code: "SlowDown"}, {status: 409, code: "ConditionalRequestConflict"},
		{status: 400, code: "BadDigest"}, {status: 400, code: "RequestTimeout"}, {status: 403, code: "RequestTimeTooSkewed"}, {status: 400, code: "ExpiredToken"},
	} {
		key := fmt.Sprintf("v1/again/%d", i)
		g.spoil(f)
		err := plain.Put(ctx, key, []byte("x"))
		if err == nil || errors.Is(err, object.ErrRefused) || errors.Is(err, object.ErrExists) || errors.Is(err, object.ErrNotExist) {
			t.Errorf("%d %s: %v", f.status, f.code, err)
		}
		if g.seen != 1 {
			t.Errorf("%d %s: the store asked %d times", f.status, f.code, g.seen)
		}
		if err := plain.Put(ctx, key, []byte("x")); err != nil {
			t.Errorf("%d %s, and again: %v", f.status, f.code, err)
		}
	}
	for _, f := range []fault{
		{status: 403, code: "AccessDenied"}, {status: 400, code: "InvalidRequest"}, {status: 404, code: "NoSuchBucket"}, {status: 501, code: "NotImplemented"},
	} {
		g.spoil(f)
		if err := plain.Put(ctx, "v1/never", []byte("x")); f.status < 500 && !errors.Is(err, object.ErrRefused) || err == nil {
			t.Errorf("%d %s: %v", f.status, f.code, err)
		}
	}
	// The answer to a PUT is lost, and so is that of the HEAD that reads it back.
	b := retry.New(plain, retry.Options{})
	g.spoil(fault{lost: true, method: http.MethodPut}, fault{status: 503, method: http.MethodHead}, fault{lost: true, method: http.MethodHead})
	if err := b.Put(ctx, "v1/lost", []byte("ours")); !errors.Is(err, object.ErrExists) {
		t.Error("a stored object of our own:", err)
	}
	if got, err := b.Get(ctx, "v1/lost", nil); err != nil || string(got) != "ours" {
		t.Errorf("%q %v", got, err)
	}
	// A list goes on where it stopped: the SDK asks for the page again.
	g.spoil(fault{status: 503, code: "SlowDown"}, fault{lost: true})
	n := 0
	if err := b.List(ctx, "v1/again/", func(object.Info) error { n++; return nil }); err != nil || n != 7 {
		t.Error(n, err)
	}
}

// A bucket that cannot lock is refused, with nothing stored in it.
func TestBucketWithoutLock(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	c := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	b := s3test.Plain(t, c)
	err := b.Store("").Put(context.Background(), "v1/a", []byte("x"))
	if !errors.Is(err, object.ErrRefused) {
		t.Fatal(err)
	}
	if err := b.Store("").List(context.Background(), "", func(i object.Info) error { return errors.New(i.Key) }); err != nil {
		t.Fatal(err)
	}
}

// An object that somebody stored without a lock under our key is locked before Put
// says that it exists: whoever adopts it may rely on it.
func TestAdoptedIsLocked(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	b := s3test.New(t, s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword))
	b.Rewrite(t, "v1/a", []byte("without"))
	s := b.Store("")
	if err := s.Put(context.Background(), "v1/a", []byte("x")); !errors.Is(err, object.ErrExists) {
		t.Fatal(err)
	}
	i, err := s.Head(context.Background(), "v1/a")
	if err != nil || i.Mode != object.Compliance || i.LockedUntil.Before(s3test.Keep.After(i.Stored)) {
		t.Fatalf("%+v %v", i, err)
	}
}

// A server that is killed and comes back loses nothing that was said to be stored;
// the writer does not notice but for the time.
func TestKilledServer(t *testing.T) {
	endpoint, p := components.MinIO(t)
	s := s3test.New(t, s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)).Store("")
	var again, stored atomic.Int32
	b := retry.New(s, retry.Options{Try: 2 * time.Second, Again: func(error) { again.Add(1) }})
	ctx := t.Context()
	const objects = 60
	data := strings.Repeat("0123456789abcdef", 1<<12)
	done := make(chan error, 1)
	go func() {
		for i := range objects {
			key := fmt.Sprintf("v1/%03d", i)
			if err := b.Put(ctx, key, []byte(key+data)); err != nil && !errors.Is(err, object.ErrExists) {
				done <- err
				return
			}
			stored.Add(1)
		}
		done <- nil
	}()
	for _, at := range []int32{7, 20, 40} {
		for stored.Load() < at && len(done) == 0 {
			time.Sleep(time.Millisecond)
		}
		p.Kill()
		time.Sleep(200 * time.Millisecond) // of an outage
		p.Restart(t)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if again.Load() == 0 {
		t.Error("no kill was noticed: this test shows nothing")
	}
	for i := range objects {
		key := fmt.Sprintf("v1/%03d", i)
		if got, err := b.Get(ctx, key, nil); err != nil || string(got) != key+data {
			t.Fatal(key, err)
		}
	}
	n := 0
	if err := b.Versions(ctx, "", func(object.Version) error { n++; return nil }); err != nil || n != objects {
		t.Fatal(n, err)
	}
}
