package main

import (
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/scrub/token"
)

// exports opens the folder of exports: exports/ of the data folder.
func (n *node) exports() (*export.Store, error) {
	return export.Open(export.Options{
		Dir: n.path("exports"), Service: n.service(), Tokens: token.NewLookup(n.keys, n.cfg.Tenant), Log: n.log, Audit: n.trail,
	})
}
