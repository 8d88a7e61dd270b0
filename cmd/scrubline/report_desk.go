package main

import (
	"context"

	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/scrub/token"
)

// reporter opens the service of reports for one request, the archive with it.
func (n *node) reporter(ctx context.Context, full bool) (*reports.Service, func(), error) {
	ev, err := n.evidence(ctx, full)
	if err != nil {
		return nil, nil, err
	}
	s := reports.New(reports.Options{
		Conn: n.store.Conn(), Tenant: n.cfg.Tenant, Tokens: token.NewLookup(n.keys, n.cfg.Tenant), Archive: ev,
		Log: runLog{n.path("reports", "runs.jsonl")}, Software: software(),
	})
	return s, func() { _ = ev.archive.Close(context.WithoutCancel(ctx)) }, nil
}

// desk takes the API's requests for reports.
func (n *node) desk() (*reports.Desk, error) {
	return reports.OpenDesk(reports.DeskOptions{Dir: n.path("reports", "packs"), Open: n.reporter, Log: n.log, Audit: n.trail})
}
