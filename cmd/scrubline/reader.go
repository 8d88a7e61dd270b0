package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/store/engine"
)

// readerConfig is a user of a ClickHouse of one's own that must be granted SELECT on the
// tables of the database, and nothing else.
type readerConfig struct {
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
}

// reader connects as that user; nil if there is none.
func (n *node) reader() (driver.Conn, error) {
	return n.connect("reader", n.cfg.Store.ClickHouse.Reader, (*engine.Engine).ReaderOptions)
}

// asker connects as the user that has row policies (engine.Walls), which answers all
// questions; nil if a ClickHouse of one's own has none.
func (n *node) asker() (driver.Conn, error) {
	return n.connect("asker", n.cfg.Store.ClickHouse.Asker, (*engine.Engine).AskerOptions)
}

// connect connects as another user than the product's own; nil if there is none.
func (n *node) connect(name string, as readerConfig, embedded func(*engine.Engine) *clickhouse.Options) (driver.Conn, error) {
	var o *clickhouse.Options
	switch {
	case n.engine != nil:
		o = embedded(n.engine)
	case as.User == "":
		return nil, nil
	default:
		password, err := os.ReadFile(as.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the password of clickhouse's %s: %w", name, err)
		}
		where, _, err := n.cfg.server()
		if err != nil {
			return nil, err
		}
		o = &clickhouse.Options{Addr: where.Addr, TLS: where.TLS,
			Auth: clickhouse.Auth{Database: where.Database, Username: as.User, Password: string(bytes.TrimSpace(password))}}
	}
	o.MaxOpenConns, o.MaxIdleConns = 16, 2
	conn, err := clickhouse.Open(o)
	if err != nil {
		return nil, fmt.Errorf("connecting as clickhouse's %s: %w", name, err)
	}
	return conn, nil
}
