package notify

import (
	"slices"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/route"
)

// Way is a route and what goes by it.
type Way struct {
	Name  string
	Route route.Route
	Least string   // level at least; "" is all
	Rules []string // only alerts of these; none is all
	Quiet Quiet
	// Drills says that alerts of exercises go by it.
	Drills bool
	// Limit is how many notices go within Per; what is more is summed up. Default 30
	// within 10 minutes.
	Limit int
	Per   time.Duration
}

// Quiet are hours of the day, in minutes since midnight, in which alerts below a
// level wait. From may be after To: over midnight. Equal: no hours are quiet.
type Quiet struct {
	From, To int
	Zone     *time.Location
	Unless   string // level that does not wait; default critical
}

// holds says whether an alert of a level waits at t.
func (q Quiet) holds(level string, t time.Time) bool {
	if q.From == q.To {
		return false
	}
	unless := q.Unless
	if unless == "" {
		unless = "critical"
	}
	if alert.Rank(level) >= alert.Rank(unless) {
		return false
	}
	if q.Zone != nil {
		t = t.In(q.Zone)
	}
	m := t.Hour()*60 + t.Minute()
	if q.From < q.To {
		return m >= q.From && m < q.To
	}
	return m >= q.From || m < q.To
}

// takes says whether an alert goes by the way at all.
func (w *Way) takes(a *book.Alert) bool {
	switch {
	case a.Suppressed != "", a.Drill != "" && !w.Drills:
		return false
	case w.Least != "" && alert.Rank(a.Level) < alert.Rank(w.Least):
		return false
	case len(w.Rules) > 0 && !slices.Contains(w.Rules, a.Rule):
		return false
	}
	return true
}
