package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"

	"github.com/ClickHouse/ch-go"
)

// pool keeps a few idle insert connections, each with its write buffer. How many
// are in use is up to the callers: an insert per pipeline.
type pool struct {
	cfg  Config
	mu   sync.Mutex
	idle []*ch.Client
}

func newPool(cfg Config) *pool { return &pool{cfg: cfg} }

// do runs one query. Its connection goes back only after a clean end: after an
// error there may be an answer of the old query under way.
func (p *pool) do(ctx context.Context, q ch.Query) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	if err := c.Do(ctx, q); err != nil {
		_ = c.Close() // broken or not, nobody uses it again
		return Redact(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= idleConns {
		_ = c.Close() // the query ended well, the connection only is one too many
		return nil
	}
	p.idle = append(p.idle, c)
	return nil
}

func (p *pool) take(ctx context.Context) (*ch.Client, error) {
	p.mu.Lock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if !c.IsClosed() {
			p.mu.Unlock()
			return c, nil
		}
	}
	p.mu.Unlock()
	err := errors.New("clickhouse: no address")
	for _, addr := range p.cfg.Addr {
		var c *ch.Client
		if c, err = p.dial(ctx, addr); err == nil {
			return c, nil
		}
	}
	return nil, Redact(err)
}

// dial is ch.Dial, which leaves its socket open when the handshake fails.
func (p *pool) dial(ctx context.Context, addr string) (*ch.Client, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	var conn net.Conn
	var err error
	if p.cfg.TLS != nil {
		conn, err = (&tls.Dialer{NetDialer: d, Config: p.cfg.TLS}).DialContext(ctx, "tcp", addr)
	} else {
		conn, err = d.DialContext(ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	c, err := ch.Connect(ctx, conn, p.cfg.insertOptions())
	if err != nil {
		_ = conn.Close() // the handshake's error says more
		return nil, err
	}
	return c, nil
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.Close() // idle: nothing to lose
	}
	p.idle = nil
}
