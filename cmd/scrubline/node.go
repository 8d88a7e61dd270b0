package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/notify"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
)

// node is an open data folder: keys, archive, and ClickHouse, embedded or not.
type node struct {
	g      *globals
	dir    string
	cfg    config
	log    zerolog.Logger
	rules  func(*config) (*policy.Policy, error)
	keys   *token.Keyring
	engine *engine.Engine // nil if the user's own server is used
	store  *clickhouse.Store
	// metrics is what run shows; parts register theirs.
	metrics *prometheus.Registry
	counts  *pipeline.Metrics // of carriers; nil before the first
	ahead   int64             // pipeline.Config's RunAhead

	watcher  *watch.Watcher   // nil until sink is called, or if rules are off
	force    *force           // beside watcher
	notifier *notify.Notifier // nil if alerts go nowhere
	taking   *carrier         // what intake carries into; nil without inputs

	trail *audit.Spool // what people do, on record
	asks  driver.Conn  // as the user with row policies; nil: there is none
}

// openNode opens the data folder and its store, making what is not there yet.
func (g *globals) openNode(ctx context.Context) (_ *node, err error) {
	n := &node{g: g, metrics: prometheus.NewRegistry(), dir: g.Data, log: g.logger(), rules: g.rules}
	if n.cfg, err = g.load(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(n.dir, "keys"), 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	defer func() {
		if err != nil {
			_ = n.close()
		}
	}()
	if n.keys, err = openKeys(n.path("keys", "tokens.json")); err != nil {
		return nil, err
	}
	if n.trail, err = g.openTrail(&n.cfg, n.keys); err != nil {
		return nil, err
	}
	where, own, err := n.cfg.server()
	if err != nil {
		return nil, err
	}
	if !own {
		n.engine, err = engine.OpenOrAttach(ctx, engine.Options{
			Dir: n.path("engine"), Library: n.cfg.Store.Engine.Library,
			MemoryBytes: n.cfg.Store.Engine.Memory << 20, Log: n.log,
		})
		if err != nil {
			return nil, fmt.Errorf("starting the embedded clickhouse: %w", err)
		}
		where = clickhouse.Config{Addr: []string{n.engine.Addr}, User: n.engine.User, Password: n.engine.Password, Database: n.engine.Database}
	}
	if n.store, err = clickhouse.Open(ctx, where); err != nil {
		return nil, fmt.Errorf("connecting to clickhouse: %w", err)
	}
	if n.asks, err = n.asker(); err != nil {
		return nil, err
	}
	if err = n.store.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("making the tables: %w", err)
	}
	// Whoever comes first after an unclean end mends what it cost, before anybody
	// asks or the mark is gone.
	if n.engine != nil && n.engine.Unclean {
		if err = n.reconcile(ctx); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *node) path(elem ...string) string {
	return filepath.Join(append([]string{n.dir}, elem...)...)
}

func (n *node) close() error {
	var errs []error
	if n.trail != nil {
		errs = append(errs, n.trail.Close())
	}
	if n.asks != nil {
		errs = append(errs, n.asks.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	if n.engine != nil {
		errs = append(errs, n.engine.Close())
	}
	if n.keys != nil {
		n.keys.Close()
	}
	return errors.Join(errs...)
}

func openKeys(path string) (*token.Keyring, error) {
	keys, err := token.OpenKeyring(path)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = token.CreateKeyring(path)
		if errors.Is(err, fs.ErrExist) { // another process was quicker
			keys, err = token.OpenKeyring(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the token keys: %w", err)
	}
	return keys, nil
}

// openArchive opens the archive for writing, unless it cannot keep its promise.
func (n *node) openArchive(ctx context.Context) (*archive.Archive, error) {
	if err := n.g.trustworthy(ctx, &n.cfg); err != nil {
		return nil, err
	}
	o, err := n.g.archiveOptions(ctx, &n.cfg)
	if err != nil {
		return nil, err
	}
	a, err := archive.Open(ctx, n.dir, o)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return a, nil
}

// openLinked opens what is known of addresses that stood beside a session or a
// patient, before the archive: one that has objects already was made without it.
func (n *node) openLinked(ctx context.Context) (*link.Window, error) {
	_, noted := os.Stat(n.path("linked"))
	lost := errors.Is(noted, fs.ErrNotExist)
	if lost {
		archived, err := n.g.archived(ctx, &n.cfg)
		if err != nil {
			return nil, err
		}
		lost = archived
	}
	if lost {
		n.log.Warn().Str("folder", n.path("linked")).Msg("nothing is known of linked addresses beside an archive: every public address up to today becomes a token")
	}
	key, err := n.keys.Derive("linked addresses", n.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of linked addresses: %w", err)
	}
	return link.Open(n.path("linked"), key, link.Options{Lost: lost})
}

// apiToken reads the bearer token of the API, making it on first use.
func (n *node) apiToken() (string, error) {
	path := n.path("keys", "api.token")
	b, err := os.ReadFile(path)
	if err == nil && len(b) >= 32 {
		return string(b[:min(len(b), 64)]), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the API token: %w", err)
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	t := hex.EncodeToString(raw[:])
	if err := os.WriteFile(path, []byte(t), 0o600); err != nil {
		return "", fmt.Errorf("writing the API token: %w", err)
	}
	return t, nil
}
