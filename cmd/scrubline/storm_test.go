package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// storm stands between a process and the servers that it asks, and spoils some of what
// goes through. What it does follows from its seed and the order of requests.
type storm struct {
	mu     sync.Mutex
	r      *rand.Rand
	share  int            // of a hundred requests are spoiled
	faults map[string]int // so far, by kind
}

func newStorm(seed uint64) *storm {
	return &storm{r: rand.New(rand.NewPCG(seed, 4)), faults: map[string]int{}}
}

// blow sets the share.
func (s *storm) blow(share int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.share = share
}

// total is how many faults there were.
func (s *storm) total() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.faults {
		n += k
	}
	return n
}

// draw picks one of kinds, or "" for none, and a number below most.
func (s *storm) draw(kinds []string, most int) (kind string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r.IntN(100) >= s.share {
		return "", 0
	}
	kind = kinds[s.r.IntN(len(kinds))]
	s.faults[kind]++
	return kind, s.r.IntN(most)
}

// stall is how long a connection is open and silent before it breaks.
const stall = 2 * time.Second

// http is the storm's place before a server at a URL. s3 says that S3's own words for
// failure are understood there.
func (s *storm) http(t testing.TB, target string, s3 bool) (through string) {
	t.Helper()
	kinds := []string{"500", "503", "reset before", "reset after", "stall before", "stall after", "twice", "half an answer", "late"}
	if s3 {
		kinds = append(kinds, "SlowDown", "RequestTimeTooSkewed")
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}}
	t.Cleanup(client.CloseIdleConnections)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		kind, n := s.draw(kinds, 1000)
		switch kind {
		case "500":
			http.Error(w, "", http.StatusInternalServerError)
			return
		case "503":
			http.Error(w, "", http.StatusServiceUnavailable)
			return
		case "SlowDown", "RequestTimeTooSkewed":
			w.WriteHeader(map[string]int{"SlowDown": http.StatusServiceUnavailable, "RequestTimeTooSkewed": http.StatusForbidden}[kind])
			_, _ = io.WriteString(w, "<Error><Code>"+kind+"</Code><Message>storm</Message></Error>")
			return
		case "reset before":
			reset(w)
			return
		case "stall before":
			time.Sleep(stall)
			reset(w)
			return
		case "late": // others overtake it
			time.Sleep(time.Duration(n) * time.Millisecond)
		case "twice":
			if first, err := forward(client, target, r, body); err == nil {
				_, _ = io.Copy(io.Discard, first.Body)
				_ = first.Body.Close()
			}
		}
		answer, err := forward(client, target, r, body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer answer.Body.Close()
		said, err := io.ReadAll(answer.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		switch kind {
		case "stall after":
			time.Sleep(stall)
			fallthrough
		case "reset after":
			reset(w)
			return
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		if kind == "half an answer" {
			_, _ = w.Write(said[:len(said)/2])
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(said)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// forward asks the server. The signatures of requests cover the host that they were made
// for, so it stays.
func forward(client *http.Client, target string, r *http.Request, body []byte) (*http.Response, error) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header, out.Host, out.ContentLength = r.Header.Clone(), r.Host, int64(len(body))
	return client.Do(out)
}

// reset ends a connection as a crashed host's does.
func reset(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// native is the storm's place before a ClickHouse server.
func (s *storm) native(t testing.TB, target string) (through string) {
	t.Helper()
	return s.tcp(t, target, "clickhouse", func(up bool, n int) int {
		if up {
			return n
		}
		return n / 20 // answers are shorter
	})
}

// tcp is the storm's place before a server of that name: connections break, at once or
// after a silence, somewhere in what is asked (up) or answered: behind a number of bytes
// that follows from one below 60,000.
func (s *storm) tcp(t testing.TB, target, name string, behind func(up bool, n int) int) (through string) {
	t.Helper()
	return listen(t, func(client net.Conn) {
		server, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer server.Close()
		s.relay(client, server, name, behind)
	})
}

// relay carries both ways until one side ends, or the storm ends it.
func (s *storm) relay(client, server net.Conn, name string, behind func(up bool, n int) int) {
	kind, n := s.draw([]string{name + " up", name + " up, stalled", name + " down", name + " down, stalled"}, 60_000)
	limit := func(up bool, way string) int64 {
		if !strings.HasPrefix(kind, name+way) {
			return 1 << 62
		}
		return int64(behind(up, n))
	}
	var both sync.WaitGroup
	carry := func(to, from net.Conn, most int64) {
		_, _ = io.CopyN(to, from, most)
		if strings.HasSuffix(kind, "stalled") {
			time.Sleep(stall)
		}
		_ = to.Close()
		_ = from.Close()
	}
	both.Go(func() { carry(server, client, limit(true, " up")) })
	both.Go(func() { carry(client, server, limit(false, " down")) })
	both.Wait()
}
