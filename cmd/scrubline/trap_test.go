package main

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"
)

// trap stands between a process and the servers that it asks, gives each request a
// name, and springs at one of them.
type trap struct {
	// working says whether ClickHouse still works for who has this port.
	working func(port int) bool

	mu   sync.Mutex
	set  *snare
	seen map[string]int
}

// snare is the moment at which a trap springs: at the nth request of a name, before
// the server gets it or, with after, when the server has answered and nobody has
// got the answer. What it calls returns when the process is dead.
type snare struct {
	name  string
	after bool
	nth   int
	kill  func()
}

// arm makes the trap spring at s, or never, and forgets what it saw.
func (p *trap) arm(s *snare) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set, p.seen = s, map[string]int{}
}

// met is how often each name was seen since the trap was armed.
func (p *trap) met() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.seen)
}

// meet counts a request and returns what to do before it goes on, and when it is
// answered: nothing, usually.
func (p *trap) meet(name string) (before, after func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[name]++
	switch s := p.set; {
	case s == nil || s.name != name || s.nth != p.seen[name]:
		return nil, nil
	case s.after:
		return nil, s.kill
	default:
		return s.kill, nil
	}
}

// errSprung ends what a killed process asked for.
var errSprung = errors.New("the trap sprang")

// http is the trap's place before a server at a URL. The signatures of requests
// cover the host that they were made for, so it stays.
func (p *trap) http(t testing.TB, target string, name func(*http.Request) string) (through string) {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	type key struct{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			if after, _ := r.Request.Context().Value(key{}).(*func()); after != nil && *after != nil {
				(*after)()
				return errSprung
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before, after := p.meet(name(r))
		if before != nil {
			before()
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, &after)))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// native is the trap's place before a ClickHouse server. Both of our clients write a
// query in one piece, which starts with its code, 1, and the rows of an insert after
// the server asked for them, which start with 2. The server's last packet is its
// code alone, 5; as others may end with that byte too, it is also asked. An insert
// itself is answered when the server asks for rows, its rows when they are in.
func (p *trap) native(t testing.TB, target string) (through string) {
	t.Helper()
	return listen(t, func(client net.Conn) {
		w := &wire{trap: p, client: client}
		w.serve(target)
	})
}

// listen calls serve for each connection to the address that it returns, and waits for
// all when the test ends. A connection is closed when serve returns.
func listen(t testing.TB, serve func(client net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer client.Close()
				serve(client)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return l.Addr().String()
}

// wire is one connection to ClickHouse.
type wire struct {
	trap           *trap
	client, server net.Conn

	mu    sync.Mutex
	into  string // the table of the insert whose rows come next
	after func() // what to do when the server has answered: the last packet, or
	asks  bool   // any, for it asks for rows
}

// serve carries both ways until the process and the server have ended.
func (w *wire) serve(target string) {
	hello := make([]byte, 4096)
	n, err := w.client.Read(hello)
	if err != nil {
		return
	}
	if w.server, err = net.Dial("tcp", target); err != nil {
		return
	}
	defer w.server.Close()
	_, _ = w.server.Write(hello[:n])
	var both sync.WaitGroup
	both.Go(w.up)
	both.Go(w.down)
	both.Wait()
}

// statement finds the text of a query in its packet.
var statement = regexp.MustCompile(`(?s)(INSERT INTO|CREATE \w+|ALTER TABLE|SELECT|DROP \w+) .*`)

// up carries what the process says.
func (w *wire) up() {
	defer func() { _ = w.server.(*net.TCPConn).CloseWrite() }()
	piece := make([]byte, 1<<20)
	for first := true; ; first = false {
		n, err := w.client.Read(piece)
		if err != nil {
			return
		}
		said := piece[:n]
		packet := said
		if first && n > 1 && said[0] == 0 { // the greeting's end came with it
			packet = said[1:]
		}
		w.mu.Lock()
		var before, after func()
		whole := true
		if text := statement.Find(packet); packet[0] == 1 && text != nil {
			name, into := queryName(string(text))
			w.into = into
			before, after = w.trap.meet(name)
		} else if packet[0] == 2 && w.into != "" {
			before, after = w.trap.meet("clickhouse rows of " + w.into)
			w.into, whole = "", false
		}
		if after != nil {
			w.after, w.asks = after, w.into != ""
		}
		w.mu.Unlock()
		if before != nil {
			if !whole { // the server has a part of them
				_, _ = w.server.Write(said[:n/2])
			}
			before()
			return
		}
		if _, err := w.server.Write(said); err != nil {
			return
		}
	}
}

// down carries what the server answers. When the process is dead it hears the server
// out.
func (w *wire) down() {
	defer w.client.Close()
	piece := make([]byte, 1<<20)
	for {
		n, err := w.server.Read(piece)
		if err != nil {
			return
		}
		w.mu.Lock()
		after, asks := w.after, w.asks
		if after != nil && (asks || piece[n-1] == 5) {
			w.after = nil
		} else {
			after = nil
		}
		w.mu.Unlock()
		if after != nil {
			for !asks && w.trap.working(w.server.LocalAddr().(*net.TCPAddr).Port) {
				time.Sleep(10 * time.Millisecond)
			}
			after()
		}
		_, _ = w.client.Write(piece[:n])
	}
}
