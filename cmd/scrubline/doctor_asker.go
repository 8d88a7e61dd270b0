package main

import (
	"context"
	"errors"
	"strings"

	"github.com/scrubline/scrubline/store/archive/object/s3"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
)

// asker looks at the user that asks questions of a server of one's own: without it, or
// without its row policies, conditions alone keep back what a principal may not see.
func (c *checkup) asker(ctx context.Context, where clickhouse.Config) {
	as := c.cfg.Store.ClickHouse.Asker
	fix := "name it in store.clickhouse.asker; it is made by: " + strings.Join(engine.AskerStatements(where.Database), "; ")
	if as.User == "" {
		c.add("clickhouse", s3.Remark{Grade: s3.Weak, About: "asker", Text: "questions run as the user that writes: rows of other tenants and sources are kept back by conditions only", Fix: fix})
		return
	}
	conn, err := (&node{cfg: c.cfg}).asker()
	if err != nil {
		c.broken("clickhouse", "asker", "store.clickhouse.asker: user, password_file", err)
		return
	}
	defer func() { _ = conn.Close() }()
	var readonly string
	if err := conn.QueryRow(ctx, "SELECT value FROM system.settings WHERE name = 'readonly'").Scan(&readonly); err != nil {
		c.broken("clickhouse", "asker", "store.clickhouse.asker: user, password_file", err)
		return
	}
	if readonly == "0" {
		c.broken("clickhouse", "asker", fix, errors.New("the asker may write"))
	}
	for _, w := range engine.Walls() {
		var rows uint64 // without a scope there are none
		if err := conn.QueryRow(ctx, "SELECT count() FROM (SELECT 1 FROM "+w.Table+" LIMIT 1)").Scan(&rows); err != nil {
			c.broken("clickhouse", "asker", fix, err)
			return
		}
		if rows > 0 {
			c.broken("clickhouse", "asker", fix, errors.New("the asker has no row policy on "+w.Table+": it reads all of it"))
		}
	}
}
