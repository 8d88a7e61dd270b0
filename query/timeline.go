package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// TimelineQuery asks for the story of a subject: what happened on each day, by
// source and action.
type TimelineQuery struct {
	Subject
	Filter *Query         // more conditions and the time range; nil: none
	Step   string         // minute, hour or day; "": day
	Zone   *time.Location // in which days begin; nil: UTC
}

// Moment counts what a subject did, or what was done to it, in one step by one
// source and action. A record that its source delivered twice counts once, in
// Duplicates the other times.
type Moment struct {
	Start      time.Time // of the step; it is shorter than 24 h or longer where clocks are changed
	Source     string
	Action     string
	Count      uint64
	Duplicates uint64
	Success    uint64
	Failure    uint64
	Actors     uint64 // different ones
	Patients   uint64
}

// Timeline is a subject's story, the oldest first.
type Timeline struct {
	Filter  *Query
	Step    string
	Moments []Moment
	More    bool // the story is longer: the latest moments are there
}

// ErrStep means that a timeline has no such steps.
var ErrStep = errors.New("steps are minute, hour and day")

// maxMoments bounds a timeline: twenty kinds of action a day for a year.
const maxMoments = 7300

var stepSQL = map[string]string{"minute": "toStartOfMinute", "hour": "toStartOfHour", "day": "toStartOfDay"}

// Timeline tells the story of a subject.
func (s *Service) Timeline(ctx context.Context, a TimelineQuery) (*Timeline, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	subject, err := a.term()
	if err != nil {
		return nil, err
	}
	if a.Step == "" {
		a.Step = "day"
	}
	start, ok := stepSQL[a.Step]
	if !ok {
		return nil, ErrStep
	}
	if a.Filter == nil {
		a.Filter = &Query{}
	}
	if a.Zone == nil {
		a.Zone = time.UTC
	}
	r := a.Filter.And(subject).reading(schemas.Events, sc, s.opt.Tokens)
	r.where += people
	if r.from != accessTable {
		r.where += fmt.Sprintf(" AND row_kind = %d", schemas.KindEvent)
	}
	inner := r.sql(fmt.Sprintf("event_time, source, status_id, %s, bitTest(flags, %d) AS dup",
		r.read(schemas.Action, schemas.ActorName, schemas.ActorID, schemas.PatientToken), bitOf(schemas.FlagDuplicate)), "LIMIT 1 BY batch, record_no")
	sql := fmt.Sprintf(`SELECT %s(toDateTime(event_time, %s)) AS start, toString(source) AS source, toString(action) AS action,
	countIf(NOT dup), countIf(dup), countIf(NOT dup AND status_id = 1), countIf(NOT dup AND status_id = 2),
	uniqExactIf(if(actor_name != '', actor_name, actor_id) AS actor, actor != ''), uniqExactIf(patient_token, patient_token != '')
FROM (%s) GROUP BY start, source, action ORDER BY start DESC, source, action LIMIT %s`,
		start, r.text(a.Zone.String()), inner, r.param("UInt64", maxMoments+1))
	if r.err != nil {
		return nil, r.err
	}
	t := &Timeline{Filter: a.Filter, Step: a.Step}
	err = s.each(ctx, sql, r.params, maxMoments+1, func(rows driver.Rows) error {
		var m Moment
		err := rows.Scan(&m.Start, &m.Source, &m.Action, &m.Count, &m.Duplicates, &m.Success, &m.Failure, &m.Actors, &m.Patients)
		t.Moments = append(t.Moments, m)
		return err
	})
	if t.More = len(t.Moments) > maxMoments; t.More {
		t.Moments = t.Moments[:maxMoments]
	}
	slices.Reverse(t.Moments)
	return t, err
}
