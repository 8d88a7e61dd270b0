package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// readerConfig is the user of a ClickHouse of one's own for statements that people
// write: it must be granted SELECT on the tables of the database, and nothing else.
type readerConfig struct {
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
}

// reader connects as that user; nil if there is none.
func (n *node) reader() (driver.Conn, error) {
	var o *clickhouse.Options
	switch c := n.cfg.Store.ClickHouse; {
	case n.engine != nil:
		o = n.engine.ReaderOptions()
	case c.Reader.User == "":
		return nil, nil
	default:
		password, err := os.ReadFile(c.Reader.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading the password of clickhouse's reader: %w", err)
		}
		where, _, err := n.cfg.server()
		if err != nil {
			return nil, err
		}
		o = &clickhouse.Options{Addr: where.Addr, TLS: where.TLS,
			Auth: clickhouse.Auth{Database: where.Database, Username: c.Reader.User, Password: string(bytes.TrimSpace(password))}}
	}
	o.MaxOpenConns, o.MaxIdleConns = 4, 1
	conn, err := clickhouse.Open(o)
	if err != nil {
		return nil, fmt.Errorf("connecting as clickhouse's reader: %w", err)
	}
	return conn, nil
}
