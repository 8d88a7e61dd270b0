package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Config says where the server is. The zero value of every field but Addr
// works.
type Config struct {
	Addr     []string // host:port of the native protocol; the first that answers is used
	User     string
	Password string
	Database string
	TLS      *tls.Config // nil: no TLS

	// AttemptTimeout bounds one try of an insert or a read-back; after it the
	// try counts as in doubt. Default 5 minutes.
	AttemptTimeout time.Duration
	// Retries is how often a failed step is tried again before Insert gives up;
	// negative means never. Default 8, over about a minute.
	Retries int
}

const (
	defaultAttemptTimeout = 5 * time.Minute
	defaultRetries        = 8
	dialTimeout           = 5 * time.Second
	queryConns            = 8 // clickhouse-go connections at most
	idleConns             = 2 // kept open, of each kind
)

// Validate checks the configuration.
func (c Config) Validate() error {
	if len(c.Addr) == 0 {
		return errors.New("clickhouse: no address")
	}
	for _, a := range c.Addr {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return fmt.Errorf("clickhouse: address: %w", err)
		}
	}
	return nil
}

// Store is a ClickHouse database. Its methods may be called from many
// goroutines.
type Store struct {
	cfg     Config
	conn    driver.Conn
	inserts *pool
	retry   retry
}

// Open connects to the server and checks that it answers. The caller closes the
// store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.AttemptTimeout == 0 {
		cfg.AttemptTimeout = defaultAttemptTimeout
	}
	switch {
	case cfg.Retries == 0:
		cfg.Retries = defaultRetries
	case cfg.Retries < 0:
		cfg.Retries = 0
	}
	conn, err := clickhouse.Open(cfg.options())
	if err != nil {
		return nil, fmt.Errorf("opening clickhouse: %w", Redact(err))
	}
	s := &Store{cfg: cfg, conn: conn, inserts: newPool(cfg), retry: newRetry(cfg.Retries)}
	if err := conn.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to clickhouse: %w", Redact(err)), s.Close())
	}
	return s, nil
}

// Conn is for queries. It stays the store's.
func (s *Store) Conn() driver.Conn { return s.conn }

// Close closes the connections. No call may be under way.
func (s *Store) Close() error {
	s.inserts.close()
	if err := s.conn.Close(); err != nil {
		return fmt.Errorf("closing clickhouse: %w", Redact(err))
	}
	return nil
}

func (c Config) options() *clickhouse.Options {
	o := &clickhouse.Options{
		Addr:             c.Addr,
		Auth:             clickhouse.Auth{Database: c.Database, Username: c.User, Password: c.Password},
		TLS:              c.TLS,
		DialTimeout:      dialTimeout,
		ReadTimeout:      c.AttemptTimeout,
		MaxOpenConns:     queryConns,
		MaxIdleConns:     idleConns,
		ConnMaxLifetime:  time.Hour,
		ConnOpenStrategy: clickhouse.ConnOpenInOrder,
	}
	if !c.loopback() {
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	return o
}

// loopback reports whether all addresses are this machine's: compressing for a
// wire that is memory costs more than it saves.
func (c Config) loopback() bool {
	for _, a := range c.Addr {
		host, _, _ := net.SplitHostPort(a)
		if host != "localhost" && !net.ParseIP(host).IsLoopback() {
			return false
		}
	}
	return true
}

func (c Config) insertOptions() ch.Options {
	o := ch.Options{
		Database:         c.Database,
		User:             c.User,
		Password:         c.Password,
		HandshakeTimeout: 2 * dialTimeout,
		ClientName:       "scrubline",
		Settings:         insertSettings,
	}
	if !c.loopback() {
		o.Compression = ch.CompressionLZ4
	}
	return o
}

// insertSettings make an insert do what it says, on any server version.
var insertSettings = []ch.Setting{
	// Wait for the parts, not for a buffer: 26.7 has it on by default.
	ch.SettingInt("async_insert", 0),
	// A block that the deduplication log knows is dropped in silence, although
	// its part may never have been renamed into place. We read back instead.
	ch.SettingInt("insert_deduplicate", 0),
	ch.SettingInt("max_partitions_per_insert_block", maxPartitions),
	ch.SettingInt("throw_on_max_partitions_per_insert_block", 1),
	// Copies within one insert are left to merges: collapsing them row by row
	// here costs every insert, and there are none.
	ch.SettingInt("optimize_on_insert", 0),
	// Skip indexes are made by the first merge. For a fresh part they cost more to
	// write, in files and time, than they save in reading it.
	ch.SettingInt("materialize_skip_indexes_on_insert", 0),
	// A view that fails fails the insert: then we know and repair.
	ch.SettingInt("materialized_views_ignore_errors", 0),
}

// maxPartitions is how many months one insert may touch. ClickHouse's default of
// 100 is soon reached by logs with odd times.
const maxPartitions = 1000
