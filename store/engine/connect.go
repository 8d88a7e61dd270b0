package engine

import (
	"context"
	"errors"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// errStranger means that another server sits on the engine's port.
var errStranger = errors.New("another server answered on the engine's port")

// Options are the driver's options for this engine; the caller may change them.
// The database must exist: see the package comment.
func (e *Engine) Options() *clickhouse.Options {
	return &clickhouse.Options{
		Addr:        []string{e.Addr},
		Auth:        clickhouse.Auth{Database: e.Database, Username: e.User, Password: e.Password},
		DialTimeout: 5 * time.Second,
		ReadTimeout: 5 * time.Minute,
		// async_insert answers before the rows are stored.
		Settings: clickhouse.Settings{"async_insert": 0},
	}
}

// ReaderOptions are the driver's options for the user Reader.
func (e *Engine) ReaderOptions() *clickhouse.Options {
	o := e.Options()
	o.Auth.Username, o.Auth.Password = Reader, readerPassword(e.Password)
	o.Settings = nil
	return o
}

// AskerOptions are the driver's options for the user Asker.
func (e *Engine) AskerOptions() *clickhouse.Options {
	o := e.Options()
	o.Auth.Username, o.Auth.Password = Asker, askerPassword(e.Password)
	o.Settings = nil
	return o
}

// connect opens one connection to a database that always exists.
func (e *Engine) connect() (driver.Conn, error) {
	o := e.Options()
	o.Auth.Database = "system"
	o.MaxOpenConns, o.MaxIdleConns = 1, 1
	return clickhouse.Open(o)
}

// answers makes sure that our own child answers and that the database exists.
func (e *Engine) answers(ctx context.Context, nonce string) error {
	conn, err := e.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	if nonce != "" {
		var got string
		if err := conn.QueryRow(ctx, "SELECT getSetting('log_comment')").Scan(&got); err != nil {
			return err
		}
		if got != nonce {
			return errStranger
		}
	}
	return conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+e.Database)
}

// drain waits until no query but its own runs, or until drainDeadline. It is
// a courtesy to queries under way, not needed for safety: a part of a table is
// either whole on disk or not there.
func (e *Engine) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), drainDeadline)
	defer cancel()
	conn, err := e.connect()
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		var running uint64
		err := conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE user = currentUser()").Scan(&running)
		if err != nil || running <= 1 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
