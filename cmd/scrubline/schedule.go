package main

import (
	"context"

	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/schedule"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// finder finds stored rows that rules match.
func (n *node) finder(lists func() list.Set) *schedule.Store {
	return &schedule.Store{Conn: n.store.Conn(), Tenant: n.cfg.Tenant, Redact: clickhouse.Redact, Lists: lists}
}

// scheduler runs rules over stored events. The watcher must be open.
func (n *node) scheduler() *schedule.Scheduler {
	opt := n.cfg.Schedule.options()
	opt.Watcher, opt.Finder, opt.Book, opt.Log = n.watcher, n.finder(func() list.Set { return n.watcher.Rules().Lists() }), n.book(), n.log
	return schedule.New(opt)
}

// scheduled runs rules by schedule until ctx ends.
func (n *node) scheduled(ctx context.Context) error {
	if n.cfg.Schedule.Off {
		return nil
	}
	return n.scheduler().Run(ctx)
}
