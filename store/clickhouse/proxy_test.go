package clickhouse

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// cutter is a TCP proxy in front of the server that can break the next
// connection made through it.
type cutter struct {
	addr   string
	target string

	mu   sync.Mutex
	next func(client, server net.Conn) // what becomes of the next connection, nil: it lives
	cuts int                           // connections broken
	wg   sync.WaitGroup
}

func newCutter(t testing.TB, target string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{addr: l.Addr().String(), target: target}
	c.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			c.wg.Go(func() { c.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.target)
	if err != nil {
		return
	}
	defer server.Close()
	c.mu.Lock()
	handle := c.next
	c.next = nil
	c.mu.Unlock()
	if handle == nil {
		handle = func(client, server net.Conn) { c.pipe(client, server, -1, -1) }
	}
	handle(client, server)
}

// pipe copies both ways until one side ends, or until up bytes went to the
// server or down bytes came from it; negative means no limit.
func (c *cutter) pipe(client, server net.Conn, up, down int64) {
	var once sync.Once
	end := func() { once.Do(func() { client.Close(); server.Close() }) }
	var wg sync.WaitGroup
	half := func(dst, src net.Conn, limit int64) {
		defer end()
		if limit < 0 {
			_, _ = io.Copy(dst, src) // ends with the connection
			return
		}
		if n, _ := io.CopyN(dst, src, limit); n == limit {
			c.mu.Lock()
			c.cuts++
			c.mu.Unlock()
		}
	}
	wg.Go(func() { half(server, client, up) })
	wg.Go(func() { half(client, server, down) })
	wg.Wait()
}

// cut breaks the next connection after so many bytes to or from the server.
func (c *cutter) cut(up, down int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = func(client, server net.Conn) { c.pipe(client, server, up, down) }
}

// freeze lets the next connection hang: open, but nothing moves after up bytes
// to the server.
func (c *cutter) freeze(up int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = func(client, server net.Conn) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = io.Copy(client, server)
		})
		_, _ = io.CopyN(server, client, up)
		_, _ = io.Copy(io.Discard, client) // until the client has had enough
		server.Close()
		wg.Wait()
	}
}

// The promise under test: wherever the connection breaks in an insert, Insert
// ends with exactly the batches' rows in the tables.
//
//  1. Make batches that span months, so that an insert writes several parts.
//  2. Break the insert's connection after n bytes, for many n: first in what goes
//     to the server (a part of the rows), then in what comes back (all rows, answer
//     lost).
//  3. Insert; compare each row, and what the view made of them.
func TestCutConnectionsLoseAndDoubleNothing(t *testing.T) {
	cfg := server(t)
	c := newCutter(t, cfg.Addr[0])
	cfg.Addr = []string{c.addr}
	s := connect(t, cfg)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	batches := func(n int) []*event.Batch {
		return batchesOf(
			makeBatch(shape{id: fmt.Sprint("a", n), rows: 60, step: 36 * time.Hour, native: 700}),
			makeBatch(shape{id: fmt.Sprint("b", n), rows: 40, start: 50, step: 36 * time.Hour, native: 700}),
		)
	}
	round := 0
	insert := func(up, down int64) {
		t.Helper()
		round++
		bs := batches(round)
		s.inserts.close() // the connection in the pool was not cut
		c.cut(up, down)
		if err := s.Insert(t.Context(), bs, false); err != nil {
			t.Fatalf("cut at %d up, %d down: %v", up, down, err)
		}
		same(t, s, bs...)
	}
	const size int64 = 170 << 10 // a little more than such an insert takes
	for up := int64(2); up < size; up += up / 2 {
		insert(up, -1)
	}
	for up := size; up > size*3/4; up -= size / 24 {
		insert(up, -1)
	}
	for down := int64(200); down < 6000; down += down / 3 {
		insert(-1, down)
	}
	t.Logf("%d rounds, %d connections broken", round, c.cuts)
	if c.cuts < round/2 {
		t.Errorf("%d of %d connections were broken: the cuts are at the wrong places", c.cuts, round)
	}
}

func TestFrozenConnectionTimesOut(t *testing.T) {
	cfg := server(t)
	c := newCutter(t, cfg.Addr[0])
	cfg.Addr, cfg.AttemptTimeout = []string{c.addr}, 2*time.Second
	s := connect(t, cfg)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := makeBatch(shape{table: schemas.Flows, id: "frozen", rows: 500, native: 700})
	c.freeze(100 << 10)
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	same(t, s, b)
}

func TestErrorsQuoteNothing(t *testing.T) {
	s := open(t)
	const secret = "123-45-6789"
	var got uint64
	err := s.Conn().QueryRow(t.Context(), "SELECT toUInt64('"+secret+"')").Scan(&got)
	if err == nil || !strings.Contains(err.Error(), secret) {
		t.Fatalf("the server's message quotes nothing, this test is void: %v", err)
	}
	red := Redact(fmt.Errorf("asking: %w", err))
	if strings.Contains(red.Error(), secret) {
		t.Errorf("redacted error quotes data")
	}
	var se *ServerError
	if !errors.As(red, &se) || se.Code != 6 {
		t.Errorf("got %v, want a ServerError of code 6", red)
	}
	if got := Redact(fmt.Errorf("decoding %q", secret)); strings.Contains(got.Error(), secret) {
		t.Errorf("an unknown error passes: %v", got)
	}
}
