package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// TestSpansOfYears: pages, streams and counts over rows that lie years apart, the times
// of clocks that were never set and of ones that run ahead among them, are whole and in
// order, whatever the range and wherever a page ends.
func TestSpansOfYears(t *testing.T) {
	store := querytest.Open(t)
	var rows []querytest.Row
	var want []string // newest first
	add := func(at time.Time) {
		id := fmt.Sprintf("r%03d", len(rows))
		rows = append(rows, querytest.Row{Time: at, Source: "aws_cloudtrail", Num: nums{schemas.StatusID: 1}, Text: text{schemas.RequestID: id, schemas.Action: "A" + id}})
		want = append(want, id)
	}
	add(time.Date(2105, 3, 1, 0, 0, 0, 0, time.UTC))
	for month := range 15 {
		for day := range 3 {
			first := time.Date(2026, time.December-time.Month(month), 1, 0, 0, 0, 0, time.UTC)
			add(first.AddDate(0, 0, 20-10*day).Add(-time.Duration(day) * time.Millisecond))
		}
	}
	add(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC))
	querytest.Insert(t, store, schemas.Events, "years", rows)
	s := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})

	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			at = time.Time{}
		}
		return at
	}
	for _, ask := range [][3]string{{"", "", ""}, {"", "2026-06-02", ""}, {"", "", "2026-06-01"}, {"", "2026-02-12", "2026-11-01"}, {"", "2026-12-21", ""}, {"", "", "1990-01-01"}, {"action:Ar03*", "", ""}} {
		q := parse(t, ask[0])
		q.Since, q.Until = day(ask[1]), day(ask[2])
		var meant []string
		for i, id := range want {
			at := rows[i].Time
			if (q.Since.IsZero() || !at.Before(q.Since)) && (q.Until.IsZero() || at.Before(q.Until)) && (ask[0] == "" || strings.HasPrefix(id, "r03")) {
				meant = append(meant, id)
			}
		}
		var streamed []string
		if err := s.Stream(t.Context(), q, func(r *query.Row) error {
			streamed = append(streamed, r.Text(schemas.RequestID))
			return nil
		}); err != nil || !slices.Equal(streamed, meant) {
			t.Errorf("stream of %q: %v, %v, want %v", ask, streamed, err, meant)
		}
		for _, limit := range []int{1, 4, 100} {
			var paged []string
			for page := (query.Page{Limit: limit}); ; {
				e, err := s.Events(t.Context(), q, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range e.Rows {
					paged = append(paged, r.Text(schemas.RequestID))
				}
				if page.Cursor = e.Next; !e.More {
					break
				}
			}
			if !slices.Equal(paged, meant) {
				t.Errorf("pages of %d of %q: %v, want %v", limit, ask, paged, meant)
			}
		}
		f, err := s.Facets(t.Context(), q, []string{"source"})
		if err != nil || !f.All || f.Rows != uint64(len(meant)) || len(meant) > 0 && f.Values["source"][0].Count != f.Rows {
			t.Errorf("facets of %q: %+v, %v, want %d rows", ask, f, err, len(meant))
		}
	}
}
