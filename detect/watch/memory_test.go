package watch_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// memory is a book in memory. Copies collapse as in ClickHouse. fail, if above
// zero, is the number of writes after which all fail.
type memory struct {
	alerts  map[[2]string]*alert.Part // by id and batch
	matches map[string]book.Match
	watched map[string]book.Watched
	runs    []book.Run
	seen    map[string]seenRow
	fail    int
	writes  int
}

func newMemory() *memory {
	return &memory{alerts: map[[2]string]*alert.Part{}, matches: map[string]book.Match{}, watched: map[string]book.Watched{}, seen: map[string]seenRow{}}
}

var errDown = errors.New("the store is down")

func (m *memory) down() error {
	if m.writes++; m.fail > 0 && m.writes > m.fail {
		return errDown
	}
	return nil
}

func (m *memory) Tenant() string { return "test" }

func (m *memory) Alerts(_ context.Context, parts []*alert.Part) error {
	if err := m.down(); err != nil {
		return err
	}
	for _, p := range parts {
		c := *p
		m.alerts[[2]string{p.ID, p.Batch}] = &c
	}
	return nil
}

func (m *memory) Matches(_ context.Context, bs []*book.Bundle) error {
	if err := m.down(); err != nil {
		return err
	}
	for _, b := range bs {
		for _, s := range b.Spots {
			x := book.Match{Rule: b.Rule, Version: b.Version, Time: s.Time, Ref: alert.Ref{Batch: b.Batch, Record: s.Record}, Source: b.Source, Drill: b.Drill}
			for i, name := range b.Names {
				if text, ok := strings.CutPrefix(b.Texts[int(s.Who)*len(b.Names)+i], "="); ok {
					x.Names, x.Texts = append(x.Names, name), append(x.Texts, text)
				}
			}
			m.matches[fmt.Sprint(x.Rule, x.Version, x.Time, x.Ref)] = x
		}
	}
	return nil
}

func (m *memory) Watch(_ context.Context, ws []book.Watched) error {
	if err := m.down(); err != nil {
		return err
	}
	for _, w := range ws {
		if !m.watched[w.Batch].Done {
			m.watched[w.Batch] = w
		}
	}
	return nil
}

func (m *memory) Runs(_ context.Context, rs []book.Run) error {
	if err := m.down(); err != nil {
		return err
	}
	m.runs = append(m.runs, rs...)
	return nil
}

func (m *memory) HasWatched(_ context.Context, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, k := range keys {
		if _, ok := m.watched[k]; ok {
			out[k] = true
		}
	}
	return out, nil
}

func (m *memory) Unfinished(context.Context) ([]book.Watched, error) {
	var out []book.Watched
	for _, w := range m.watched {
		if !w.Done {
			out = append(out, w)
		}
	}
	return out, nil
}

func (m *memory) MatchesOf(_ context.Context, rules, versions []string, from, to int64, each func(*book.Match) error) error {
	if m.fail > 0 && m.writes > m.fail {
		return errDown
	}
	var found []book.Match
	for _, x := range m.matches {
		i := slices.Index(rules, x.Rule)
		if i >= 0 && versions[i] == x.Version && x.Time >= from && x.Time < to {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b book.Match) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(slices.Index(rules, a.Rule), slices.Index(rules, b.Rule)),
			cmp.Compare(a.Ref.Batch, b.Ref.Batch), cmp.Compare(a.Ref.Record, b.Ref.Record))
	})
	for i := range found {
		if err := each(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Raised(_ context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for k := range m.alerts {
		if slices.Contains(ids, k[0]) && !strings.HasPrefix(k[1], book.ScheduledBatch) {
			out[k[0]] = true
		}
	}
	return out, nil
}

func (m *memory) See(_ context.Context, rule, version string, window time.Time, seen []book.Seen) error {
	if err := m.down(); err != nil {
		return err
	}
	for _, s := range seen {
		m.seen[fmt.Sprint(rule, version, window.UnixMilli(), s.Whose, s.What)] = seenRow{rule + version, window, s}
	}
	return nil
}

func (m *memory) Seen(_ context.Context, rule, version string, whose []string, from, to time.Time, each func(book.Seen) error) error {
	for _, s := range m.seen {
		if s.rule == rule+version && slices.Contains(whose, s.Whose) && !s.window.Before(from) && s.window.Before(to) {
			if err := each(s.Seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// seenRow is a row of what was seen.
type seenRow struct {
	rule   string
	window time.Time
	book.Seen
}

// found lists the alerts: id, rule, group and matches, in the order of ids.
func (m *memory) found() []string {
	sum := map[string]uint64{}
	rest := map[string]string{}
	for _, p := range m.alerts {
		sum[p.ID] += p.Matches
		rest[p.ID] = fmt.Sprint(p.ID, " ", p.Rule, " ", p.Group, " ", p.From.Unix())
	}
	var out []string
	for id, s := range rest {
		out = append(out, fmt.Sprint(s, " ", sum[id]))
	}
	slices.Sort(out)
	return out
}

func rulesOf(t testing.TB, text string) *watch.Rules {
	t.Helper()
	l := detect.NewLoader()
	l.File("rules.yml", []byte(text))
	set := l.Finish()
	for _, p := range set.Problems {
		if p.Severity == sigma.Refused {
			t.Fatal(p)
		}
	}
	return watch.NewRules(set.Rules, nil)
}

// call is a CloudTrail record of a test.
type call struct {
	sec        int // since base
	user, name string
	kind       uint64
	id         string
}

var base = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func batchOf(payload string, start int, calls []call) *event.Batch {
	b := event.NewBatch(schemas.Events)
	b.Reset(event.Meta{Table: schemas.Events, Source: "aws_cloudtrail", Origin: payload, PayloadID: "f/" + payload, Start: uint64(start), Final: true})
	for i, c := range calls {
		b.SetString(schemas.TenantID, "test")
		b.SetString(schemas.Source, "aws_cloudtrail")
		b.SetNum(schemas.EventTime, uint64(base.Add(time.Duration(c.sec)*time.Second).UnixMilli()))
		b.SetNum(schemas.RowKind, c.kind)
		b.SetString(schemas.ActorID, "arn:aws:iam::1:user/"+c.user)
		b.SetString(schemas.CloudAccount, "123456789012")
		b.SetString(schemas.Action, c.name)
		b.SetString(schemas.NativeID, c.id)
		if c.kind == schemas.KindGap {
			b.SetString(schemas.Reason, "gap")
		}
		b.SetNum(schemas.RecordNo, uint64(start+i))
		b.SetString(schemas.Native, fmt.Sprintf(`{"eventName":%q,"userIdentity":{"arn":"arn:aws:iam::1:user/%s"}}`, c.name, c.user))
		b.EndRow()
	}
	return b
}
