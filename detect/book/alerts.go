package book

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/detect/alert"
)

// States of an alert.
const (
	Open         = "open"
	Acknowledged = "acknowledged"
	Closed       = "closed"
)

// Alert is an alert as a whole, and what was done about it.
type Alert struct {
	alert.Part
	Found   time.Time // when it was first written
	Updated time.Time
	State   string
	Who     string // who set the state last, and why
	Note    string
	Changed time.Time
}

// Filter says which alerts are wanted. Zero values ask for nothing.
type Filter struct {
	ID         string
	State      string // one of the states
	Least      string // level at least
	Rule       string
	Sources    []string  // of one of these sources; empty: of any
	Since      time.Time // last match at or after
	Until      time.Time // first match before
	Suppressed bool      // suppressed ones too
	Drills     bool      // those of exercises too
	Found      time.Time // written at or after
	Gravest    bool      // those of the highest level first, and then the newest
	Limit      int       // default 100
	After      string    // the last one of the page before, see Cursor
}

// ErrNoAlert says that there is no such alert.
var ErrNoAlert = errors.New("no such alert")

// ErrBadCursor says that a cursor is none of ours.
var ErrBadCursor = errors.New("this is no cursor of a page of alerts")

// Cursor returns what Filter.After takes to go on behind a.
func (a *Alert) Cursor() string {
	return fmt.Sprintf("%d-%d-%s", alert.Rank(a.Level), a.Last.UnixMilli(), a.ID)
}

// rank is alert.Rank as SQL.
const rank = "toInt64(if(has({all:Array(String)}, level), indexOf({all:Array(String)}, level) - 1, 1))"

// List returns alerts, those whose last match is newest first unless the filter says
// otherwise, and whether there are more.
func (b *Book) List(ctx context.Context, f Filter) (out []*Alert, more bool, err error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	parts, having := []string{"1"}, []string{"1"}
	args := []any{b.mine(), clickhouse.Named("limit", f.Limit+1)}
	ask := func(to *[]string, condition, name string, value any) {
		*to = append(*to, condition)
		if name != "" {
			args = append(args, clickhouse.Named(name, value))
		}
	}
	if f.ID != "" {
		ask(&parts, "p.alert_id = {id:String}", "id", f.ID)
	}
	if f.Rule != "" {
		ask(&parts, "p.rule_id = {rule:String}", "rule", f.Rule)
	}
	if len(f.Sources) > 0 {
		ask(&parts, "p.source IN {sources:Array(String)}", "sources", f.Sources)
	}
	if f.Least != "" {
		ask(&parts, "if(p.level = '', 'low', p.level) IN {levels:Array(String)}", "levels", alert.Levels[alert.Rank(f.Least):])
	}
	if !f.Suppressed {
		ask(&parts, "p.suppression = ''", "", nil)
	}
	if !f.Drills {
		ask(&parts, "p.drill = ''", "", nil)
	}
	if f.State != "" {
		ask(&having, "state = {state:String}", "state", f.State)
	}
	if !f.Since.IsZero() {
		ask(&having, "last >= fromUnixTimestamp64Milli({since:Int64})", "since", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		ask(&having, "first < fromUnixTimestamp64Milli({until:Int64})", "until", f.Until.UnixMilli())
	}
	if !f.Found.IsZero() {
		ask(&having, "updated >= fromUnixTimestamp64Milli({found:Int64})", "found", f.Found.UnixMilli())
	}
	order := "toInt64(0)"
	if f.Gravest {
		order = rank
		args = append(args, clickhouse.Named("all", alert.Levels))
	}
	if f.After != "" {
		var level int
		var last int64
		var id string
		if n, err := fmt.Sscanf(f.After, "%d-%d-%s", &level, &last, &id); err != nil || n != 3 {
			return nil, false, ErrBadCursor
		}
		if !f.Gravest {
			level = 0
		}
		ask(&having, "("+order+", last, alert_id) < ({rank:Int64}, fromUnixTimestamp64Milli({last:Int64}), {after:String})", "last", last)
		args = append(args, clickhouse.Named("after", id), clickhouse.Named("rank", level))
	}
	err = b.each(ctx, "alerts", func(r driver.Rows) error {
		if len(out) == f.Limit {
			more = true
			return nil
		}
		a := &Alert{}
		var names, values, batches []string
		var records []uint64
		if err := r.Scan(&a.ID, &a.Rule, &a.Version, &a.Title, &a.Level, &a.Kind, &a.Source, &names, &values, &a.From, &a.To, &a.First, &a.Last,
			&a.Matches, &batches, &records, &a.Summary, &a.Suppressed, &a.Drill, &a.Found, &a.Updated, &a.State, &a.Who, &a.Note, &a.Changed); err != nil {
			return err
		}
		for i := range names {
			a.Group = append(a.Group, alert.Label{Name: names[i], Value: values[i]})
		}
		for i := range batches {
			a.Evidence = append(a.Evidence, alert.Ref{Batch: batches[i], Record: records[i]})
		}
		out = append(out, a)
		return nil
	}, fmt.Sprintf(listAlerts, strings.Join(parts, " AND "), strings.Join(having, " AND "), order), args...)
	return out, more, err
}

// listAlerts puts parts together, one row an alert, and the last state beside it.
const listAlerts = `SELECT a.alert_id AS alert_id, rule, version, title, level, kind, source, names, texts, wfrom, wto, first, last, matches,
	arrayMap(e -> e.1, evidence), arrayMap(e -> e.2, evidence), summary, suppression, drill, found, updated,
	if(s.state = '', 'open', s.state) AS state, s.who, s.note, s.at
FROM (
	SELECT alert_id, argMin(p.rule_id, p.first_time) rule, argMin(p.rule_version, p.first_time) version, argMin(p.title, p.first_time) title,
		argMin(p.level, p.first_time) level, argMin(p.kind, p.first_time) kind, argMin(p.source, p.first_time) source, argMin(p.group_names, p.first_time) names,
		argMin(p.group_values, p.first_time) texts, min(p.window_from) wfrom, max(p.window_to) wto, min(p.first_time) first, max(p.last_time) last,
		sum(p.matches) matches, arraySlice(arraySort(groupArrayArray(p.evidence)), 1, 20) evidence, argMin(p.summary, p.first_time) summary,
		argMin(p.suppression, p.first_time) suppression, argMin(p.drill, p.first_time) drill, min(p.written) found, max(p.written) updated
	FROM (SELECT * FROM alerts WHERE tenant_id = {tenant:String} ORDER BY alert_id, batch, written DESC LIMIT 1 BY alert_id, batch) p
	WHERE %s GROUP BY alert_id
) a LEFT JOIN (
	SELECT alert_id, argMax(t.state, t.at) state, argMax(t.who, t.at) who, argMax(t.note, t.at) note, max(t.at) at
	FROM alert_states t WHERE t.tenant_id = {tenant:String} GROUP BY alert_id
) s ON a.alert_id = s.alert_id
WHERE %s
ORDER BY %s DESC, last DESC, alert_id DESC LIMIT {limit:Int64}`

// Find returns the alert whose id is or begins with id.
func (b *Book) Find(ctx context.Context, id string) (*Alert, error) {
	var full []string
	err := b.each(ctx, "alerts", func(r driver.Rows) error {
		var s string
		err := r.Scan(&s)
		full = append(full, s)
		return err
	}, "SELECT DISTINCT alert_id FROM alerts WHERE tenant_id = {tenant:String} AND startsWith(alert_id, {id:String}) LIMIT 2", b.mine(), clickhouse.Named("id", id))
	if err != nil {
		return nil, err
	}
	if id == "" || len(full) != 1 {
		return nil, ErrNoAlert
	}
	as, _, err := b.List(ctx, Filter{ID: full[0], Suppressed: true, Drills: true})
	if err != nil {
		return nil, err
	}
	if len(as) != 1 {
		return nil, ErrNoAlert
	}
	return as[0], nil
}

// Change is one thing that was done about an alert.
type Change struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	Who   string    `json:"who"`
	Note  string    `json:"note"`
}

// Set notes that somebody set an alert's state.
func (b *Book) Set(ctx context.Context, id string, c Change) error {
	return b.write(ctx, "alert_states", "tenant_id, alert_id, at, state, who, note", func(in driver.Batch) error {
		return in.Append(b.tenant, id, c.At, c.State, c.Who, c.Note)
	})
}

// Changes lists what was done about an alert, the oldest first.
func (b *Book) Changes(ctx context.Context, id string) (out []Change, err error) {
	err = b.each(ctx, "changes of an alert", func(r driver.Rows) error {
		var c Change
		err := r.Scan(&c.At, &c.State, &c.Who, &c.Note)
		out = append(out, c)
		return err
	}, "SELECT DISTINCT at, state, who, note FROM alert_states WHERE tenant_id = {tenant:String} AND alert_id = {id:String} ORDER BY at", b.mine(), clickhouse.Named("id", id))
	return out, err
}
