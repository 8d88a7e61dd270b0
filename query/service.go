package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Limits bound what one query may cost. The zero value of a field means its
// default.
type Limits struct {
	Time       time.Duration // default 30 s
	StreamTime time.Duration // of an export; default 1 h
	Memory     uint64        // bytes, default 1 GiB
	PageRows   int           // rows of a page at most, default 10,000
}

// Defaults of Limits, and of a page.
const (
	DefaultTime       = 30 * time.Second
	DefaultStreamTime = time.Hour
	DefaultMemory     = 1 << 30
	DefaultPageRows   = 10_000
	DefaultLimit      = 100 // rows of a page nobody gave a limit for
)

func (l Limits) withDefaults() Limits {
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	if l.StreamTime == 0 {
		l.StreamTime = DefaultStreamTime
	}
	if l.Memory == 0 {
		l.Memory = DefaultMemory
	}
	if l.PageRows == 0 {
		l.PageRows = DefaultPageRows
	}
	return l
}

// Options configure a Service.
type Options struct {
	Tenant string // only rows of this tenant are read
	Tokens Tokens // nil: raw patient numbers cannot be searched
	Limits Limits
	Asker  driver.Conn // a user that has row policies and may write nothing; nil: the service's own connection, without that wall
	Reader driver.Conn // a user that may read the tables only, for SQL; nil: there is none
}

// Service answers queries. Its methods may be called from many goroutines. Their
// errors are those of this package or a context's.
type Service struct {
	conn   driver.Conn
	opt    Options
	limits Limits
	open   bool // see WithoutConditions
	named  bool // see Named
}

// New returns a service that reads through conn, which stays the caller's.
func New(conn driver.Conn, opt Options) *Service {
	return &Service{conn: conn, opt: opt, limits: opt.Limits.withDefaults()}
}

// Tenant returns whose rows are read.
func (s *Service) Tenant() string { return s.opt.Tenant }

// MaxPage is the number of rows a page may have.
func (s *Service) MaxPage() int { return s.limits.PageRows }

// Ping reports whether the store answers.
func (s *Service) Ping(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return classify(ctx, err)
	}
	return nil
}

// limit puts a page's size between 1 and the most allowed.
func (s *Service) limit(n int) int {
	if n <= 0 {
		n = DefaultLimit
	}
	return min(n, s.limits.PageRows)
}

// rows runs a statement under the limits. maxRows breaks the query off with
// ErrTooLarge; 0 means no bound. The caller closes the rows and calls done.
func (s *Service) rows(ctx context.Context, sql string, params []driver.NamedValue, maxTime time.Duration, maxRows int) (rows driver.Rows, done func(), err error) {
	// The server's own limit comes first, because it says why.
	limited, cancel := context.WithTimeout(ctx, maxTime+5*time.Second)
	settings := clickhouse.Settings{
		"max_execution_time":    int(max(1, maxTime/time.Second)),
		"timeout_overflow_mode": "throw",
		"max_memory_usage":      s.limits.Memory,
		// Sort and group on disk beyond half of that.
		"max_bytes_before_external_sort":     s.limits.Memory / 2,
		"max_bytes_before_external_group_by": s.limits.Memory / 2,
	}
	if maxRows > 0 {
		settings["max_result_rows"] = maxRows
		settings["result_overflow_mode"] = "throw"
	}
	args := make([]any, len(params))
	for i, p := range params {
		args[i] = p
	}
	conn := s.conn
	if s.opt.Asker != nil {
		if err := s.behind(ctx, settings); err != nil {
			cancel()
			return nil, nil, err
		}
		conn = s.opt.Asker
	}
	rows, err = conn.Query(clickhouse.Context(limited, clickhouse.WithSettings(settings)), sql, args...)
	if err != nil {
		cancel()
		return nil, nil, classify(ctx, err)
	}
	return rows, cancel, nil
}

// each runs a statement and calls scan for every row.
func (s *Service) each(ctx context.Context, sql string, params []driver.NamedValue, maxRows int, scan func(driver.Rows) error) error {
	rows, done, err := s.rows(ctx, sql, params, s.limits.Time, maxRows)
	if err != nil {
		return err
	}
	defer done()
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return classify(ctx, err)
		}
	}
	return classify(ctx, rows.Err())
}
