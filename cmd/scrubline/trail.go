package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/token"
)

// openTrail opens what people do with a data folder is put on record in, until the
// pipeline has carried it into the archive.
func (g *globals) openTrail(cfg *config, keys *token.Keyring) (*audit.Spool, error) {
	said := &saidText{g: g, cfg: cfg, keys: keys, known: map[string]string{}}
	return audit.Open(g.Data+"/audit", audit.Options{Most: cfg.Audit.Spool << 20, Scrub: said.scrub})
}

// saidText takes patient data out of what people say, as the pipeline would.
type saidText struct {
	g    *globals
	cfg  *config
	keys *token.Keyring

	mu    sync.Mutex
	known map[string]string // reasons are given once and hold for hours
}

const mostSaid = 1000

func (s *saidText) scrub(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if out, ok := s.known[text]; ok {
		return out
	}
	out, err := s.fresh(text)
	if err != nil {
		return "[text]"
	}
	if len(s.known) == mostSaid {
		clear(s.known)
	}
	s.known[text] = out
	return out
}

func (s *saidText) fresh(text string) (string, error) {
	pol, err := s.g.rules(s.cfg)
	if err != nil {
		return "", err
	}
	f := pipeline.Filter{Keys: s.keys, Tenant: s.cfg.Tenant, Policy: pol}
	if f.Roster, err = openRosterIfThere(s.g.Data, s.keys, s.cfg.Tenant); err != nil {
		return "", err
	}
	in, err := json.Marshal(map[string]string{"id": "", "format": "text", "text": text})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := f.Lines(context.Background(), bytes.NewReader(in), &b); err != nil {
		return "", err
	}
	var out struct{ Text string }
	err = json.Unmarshal(b.Bytes(), &out)
	return out.Text, err
}

// auditing is the part that carries the trail into the archive. It holds up nobody:
// what it cannot carry waits, and is refused when the spool is full.
func (n *node) auditing() part {
	waits := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "scrubline_audit_spool_bytes", Help: "Bytes of the audit log that wait to be carried into the archive."}, func() float64 {
		bytes, _, _ := n.trail.Waiting()
		return float64(bytes)
	})
	age := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "scrubline_audit_spool_age_seconds", Help: "How long the oldest part of the audit log has waited for that."}, func() float64 {
		if _, since, _ := n.trail.Waiting(); !since.IsZero() {
			return time.Since(since).Seconds()
		}
		return 0
	})
	n.metrics.MustRegister(waits, age)
	return part{"audit log", func(ctx context.Context) error {
		busy, err := n.lockTrail()
		if err != nil {
			return err
		}
		if busy == nil {
			n.log.Warn().Msg("another process carries the audit log")
			<-ctx.Done()
			return nil
		}
		defer func() { _ = busy.Close() }()
		every := n.cfg.Audit.Every
		if every <= 0 {
			every = defaultAuditEvery
		}
		in := &spooled{spool: n.trail, every: every, log: n.log}
		for {
			r, done, err := n.aside(ctx)
			if err == nil {
				return errors.Join(n.carry(ctx, r, in), done())
			}
			if ctx.Err() != nil {
				return nil
			}
			n.log.Error().Str("error", err.Error()).Msg("the audit log cannot be carried into the archive: it is tried again")
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(lastPause):
			}
		}
	}}
}

// aside is a runner for a few small payloads beside what is taken in, if anything is.
func (n *node) aside(ctx context.Context) (r *pipeline.Runner, done func() error, err error) {
	c, done := n.taking, func() error { return nil }
	if c == nil {
		if c, err = n.carrierWith(ctx, &lateJail{open: n.openQuarantine}, "", 0, 0); err != nil {
			return nil, nil, err
		}
		sealing, stop := context.WithCancel(ctx)
		sealed := make(chan struct{})
		go func() {
			defer close(sealed)
			_ = c.archive.SealOnTime(sealing, func(err error) {
				n.log.Error().Str("error", err.Error()).Msg("the archive was not sealed and will be")
			})
		}()
		done = func() error {
			stop()
			<-sealed
			return c.close(ctx)
		}
	}
	cfg := c.config
	cfg.Workers, cfg.BatchBytes, cfg.Known, cfg.Format = 1, 1<<20, nil, "" // entries do not repeat
	if r, err = pipeline.New(cfg); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return r, done, nil
}

// lockTrail makes this process the one that carries the trail; nil if another is.
func (n *node) lockTrail() (*os.File, error) {
	f, err := os.OpenFile(n.path("audit.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the audit log: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("locking the audit log: %w", err)
	}
	return f, nil
}

// lastCarry is how long the end of a process waits for the archive and ClickHouse to
// take the trail. Together with inputs.stop it is less than what service managers give.
const lastCarry = 15 * time.Second

// carryTrail carries what the trail holds now, unless another process does. What it
// cannot carry, because the embedded ClickHouse has ended for example, waits for the next.
func (n *node) carryTrail(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastCarry)
	defer cancel()
	if n.engine != nil {
		go func() {
			select {
			case <-n.engine.Done():
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	if err := n.carriedTrail(ctx); err != nil && ctx.Err() == nil {
		n.log.Warn().Str("error", err.Error()).Msg("what was asked is on record, and not in the archive yet")
	}
}

func (n *node) carriedTrail(ctx context.Context) error {
	if bytes, _, err := n.trail.Waiting(); bytes == 0 {
		return err
	}
	busy, err := n.lockTrail()
	if busy == nil {
		return err
	}
	defer func() { _ = busy.Close() }()
	r, done, err := n.aside(ctx)
	if err != nil {
		return err
	}
	err = r.Run(ctx, &spooled{spool: n.trail, log: n.log}, n.noteResult)
	if err == nil {
		err = n.finishWatching(ctx)
	}
	return errors.Join(err, done())
}
