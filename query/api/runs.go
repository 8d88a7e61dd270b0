package api

import (
	"errors"
	"slices"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
)

var errKind = errors.New("kinds are stream, schedule and retro")

// ruleRuns serves GET /v1/rules/runs: what was watched, when, and whether it was whole.
func ruleRuns(c *call, b *book.Book) error {
	p := c.r.URL.Query()
	f := book.RunFilter{Rule: p.Get("rule"), Kind: p.Get("kind")}
	if f.Kind != "" && !slices.Contains([]string{book.Stream, book.Schedule, book.Retro}, f.Kind) {
		return &paramError{"kind", errKind}
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	if f.Since, f.Until, err = query.ParseRange(p.Get("since"), p.Get("until"), c.now, zone); err != nil {
		return &paramError{"since", err}
	}
	page, _, err := c.page()
	if err != nil {
		return err
	}
	f.Limit = min(max(page.Limit, 1), 1000)
	found, err := b.LatestRuns(c.r.Context(), f)
	if err != nil {
		return err
	}
	c.audit(len(found), len(found) == f.Limit)
	rows := make([]book.RunJSON, 0, len(found))
	for i := range found {
		rows = append(rows, found[i].JSON())
	}
	return c.answer(struct {
		Rows []book.RunJSON `json:"rows"`
	}{rows})
}
