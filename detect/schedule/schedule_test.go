package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/schedule"
	"github.com/scrubline/scrubline/detect/watch"
)

const rules = `
title: Every hour
id: hourly
schedule: 1h
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: A}, condition: s}
---
title: New
id: new
schedule: 1h
novel: {for: [who], of: [what], settle: 3h, within: 2d}
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: A}, condition: s}
---
title: Not asked for
id: other
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: B}, condition: s}
`

func compiled(t testing.TB, text string) *watch.Rules {
	l := detect.NewLoader()
	l.File("rules.yml", []byte(text))
	set := l.Finish()
	if set.Refused() > 0 {
		t.Fatal(set.Problems)
	}
	return watch.NewRules(set.Rules, nil)
}

var base = time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)

func (w *world) scheduler(rules *watch.Rules, back time.Duration) *schedule.Scheduler {
	now := func() time.Time { return w.now }
	return schedule.New(schedule.Options{
		Watcher: watch.New(rules, watch.Options{Book: w, Now: now}), Finder: w, Book: w, Now: now, Back: back, Lateness: 15 * time.Minute,
	})
}

// TestNothingIsLost: however late events come, wherever a scheduler dies or the store
// does not answer, in the end each window was run when all of its events were there,
// and the alerts are those of one undisturbed run over all of them.
func TestNothingIsLost(t *testing.T) {
	compiled := compiled(t, rules)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(base)
		for i := range rapid.IntRange(1, 30).Draw(t, "hits") {
			at := base.Add(time.Duration(rapid.IntRange(-120, 600).Draw(t, "minute")) * time.Minute)
			w.hits = append(w.hits, hit{
				at: at, batch: fmt.Sprintf("b%d", i/3), no: uint64(i), who: rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "who"),
				what: rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "what"),
				came: maxTime(base, at.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "late"))*time.Minute)),
			})
		}
		w.unwatched = rapid.SampledFrom([]string{"b0", "b1", ""}).Draw(t, "unwatched")
		s := w.scheduler(compiled, 0)
		for w.now.Before(base.Add(20 * time.Hour)) {
			if rapid.IntRange(0, 5).Draw(t, "disturbed") == 0 {
				w.writes, w.fail = 0, rapid.IntRange(1, 12).Draw(t, "writes")
				_ = s.Turn(t.Context())
				if w.fail = 0; rapid.Bool().Draw(t, "dies") {
					s = w.scheduler(compiled, 0)
				}
			} else if err := s.Turn(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "wait")) * time.Minute)
		}
		for range 3 {
			if err := s.Turn(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(30 * time.Minute)
		}

		calm := newWorld(w.now)
		calm.hits = w.hits
		if err := calm.scheduler(compiled, 0).Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(calm.found("hourly"), w.found("hourly")); d != "" {
			t.Fatalf("alerts of a calm run against these:\n%s", d)
		}
		for _, h := range w.hits {
			if !slices.ContainsFunc(w.runs, func(r book.Run) bool {
				return r.Rule == "hourly" && r.Status == "ok" && !h.at.Before(r.From) && h.at.Before(r.To) && !r.At.Before(h.came)
			}) {
				t.Fatalf("no run saw what came at %s", h.came)
			}
		}
		for _, r := range w.runs {
			if r.Rule == "other" {
				t.Fatal("a rule ran that did not ask for it")
			}
		}
	})
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// found lists a rule's alerts with the sums of their matches.
func (w *world) found(rule string) []string {
	sum := map[string]uint64{}
	for k, p := range w.alerts {
		if p.Rule == rule {
			sum[k[0]] += p.Matches
		}
	}
	var out []string
	for id, n := range sum {
		out = append(out, fmt.Sprint(id, " ", n))
	}
	slices.Sort(out)
	return out
}

// TestWhatTheStreamRaisedIsNotRaisedAgain: an alert that the stream wrote gets no part
// of a schedule.
func TestWhatTheStreamRaisedIsNotRaisedAgain(t *testing.T) {
	w := newWorld(base.Add(5 * time.Hour))
	w.hits = []hit{{at: base, batch: "b", who: "ann", came: base}}
	s := w.scheduler(compiled(t, rules), 0)
	if err := s.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.found("hourly")) != 1 {
		t.Fatal(w.found("hourly"))
	}
	for k := range w.alerts {
		w.stream[k[0]] = true
	}
	clear(w.alerts)
	w.runs = nil
	if err := w.scheduler(compiled(t, rules), 0).Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.alerts) != 0 {
		t.Errorf("%d parts", len(w.alerts))
	}
}

// TestARetryTakesNoLess: a window that was run over all that is there is never run over
// less again, though that the run was recorded could not be told, and whoever ran it
// again died before that was recorded.
func TestARetryTakesNoLess(t *testing.T) {
	rules := compiled(t, rules)
	w := newWorld(base.Add(2 * time.Hour))
	w.unwatched = "b1"
	w.hits = []hit{
		{at: base, batch: "b0", no: 0, who: "ann", came: base}, {at: base, batch: "b1", no: 1, who: "ann", came: base},
		{at: base, batch: "b2", no: 2, who: "ann", came: base.Add(150 * time.Minute)},
	}
	s := w.scheduler(rules, 0)
	turn := func(fail int, wait time.Duration) {
		t.Helper()
		w.writes, w.fail = 0, fail
		if err := s.Turn(t.Context()); (err == nil) != (fail == 0) {
			t.Fatalf("at %s, with %d writes: %v", w.now, fail, err)
		}
		w.now = w.now.Add(wait)
	}
	turn(0, 20*time.Minute)
	turn(0, 40*time.Minute)
	turn(5, 2*time.Minute) // three rows, the alert, and the run
	turn(4, time.Hour)     // not the run
	s = w.scheduler(rules, 0)
	turn(0, time.Hour)
	turn(0, 0)
	calm := newWorld(w.now)
	calm.hits = w.hits
	if err := calm.scheduler(rules, 0).Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(calm.found("hourly"), w.found("hourly")); d != "" {
		t.Errorf("alerts of a calm run against these:\n%s", d)
	}
}

// TestGapsAreRecorded: what is too old to be caught up with is on record as skipped,
// once, and an alert; so is a run that failed.
func TestGapsAreRecorded(t *testing.T) {
	rules := compiled(t, rules)
	w := newWorld(base)
	w.hits = []hit{{at: base.Add(-3 * time.Hour), batch: "b", who: "ann", came: base.Add(-3 * time.Hour)}}
	turn := func() {
		t.Helper()
		if err := w.scheduler(rules, 6*time.Hour).Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	turn()
	w.now = base.Add(24 * time.Hour)
	turn()
	turn()
	status := map[string]int{}
	for _, r := range w.runs {
		if r.Rule == "hourly" {
			status[r.Status]++
		}
	}
	// From -3:30 to 0, and the last six hours: those whole in them.
	if d := cmp.Diff(map[string]int{"ok": 3 + 5, "skipped": 1}, status); d != "" {
		t.Error(d)
	}
	w.writes, w.fail, w.now = 0, 1, w.now.Add(2*time.Hour)
	_ = w.scheduler(rules, 6*time.Hour).Turn(t.Context())
	gaps := 0
	for _, p := range w.alerts {
		if p.Rule == watch.DetectionGap.Rule && strings.Contains(p.Summary, "skipped") {
			gaps++
		}
	}
	if gaps != 2 { // of both rules
		t.Errorf("%d alerts about gaps", gaps)
	}
}

// TestNews: what somebody did for the first time is an alert, once they are known, and
// again when it was not seen for long.
func TestNews(t *testing.T) {
	w := newWorld(base.Add(100 * time.Hour))
	see := func(hours float64, who, what string) {
		at := base.Add(time.Duration(hours * float64(time.Hour)))
		w.hits = append(w.hits, hit{at: at, batch: "b", no: uint64(len(w.hits)), who: who, what: what, came: at})
	}
	see(0, "ann", "x")
	see(1, "ann", "y") // she is new herself
	see(5, "ann", "x")
	see(6, "ann", "Z") // new
	see(6.1, "ann", "z")
	see(7, "ann", "z")
	see(8, "bob", "z")   // he is new
	see(70, "bob", "q")  // forgotten meanwhile
	see(72, "ann", "q")  // too
	see(76, "ann", "xy") // new
	rules := compiled(t, rules)
	for range 2 { // the second time nothing is due
		if err := w.scheduler(rules, 0).Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, p := range w.alerts {
		if p.Rule == "new" {
			got = append(got, fmt.Sprint(p.Group, " ", p.First.Sub(base), " ", p.Matches))
		}
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"[{who ann}] 6h0m0s 1", "[{who ann}] 76h0m0s 1"}, got); d != "" {
		t.Error(d)
	}
}

// TestLongLife: a scheduler that lives longer than it catches up runs each window once,
// also of a rule whose windows are longer than that.
func TestLongLife(t *testing.T) {
	w := newWorld(base)
	w.hits = []hit{{at: base, batch: "b", who: "ann", came: base}}
	s := w.scheduler(compiled(t, rules+"---\n"+strings.NewReplacer("id: hourly", "id: long", "schedule: 1h", "schedule: 12h").Replace(strings.Split(rules, "---")[0])), 6*time.Hour)
	for range 48 {
		if err := s.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
	}
	seen := map[string]int{}
	for _, r := range w.runs {
		seen[r.Rule]++
		if seen[r.Rule+r.From.String()]++; r.Status != "ok" || seen[r.Rule+r.From.String()] > 1 {
			t.Errorf("%s over %s: %s, %d times", r.Rule, r.From, r.Status, seen[r.Rule+r.From.String()])
		}
	}
	if seen["hourly"] != 47 || seen["long"] != 3 {
		t.Errorf("%d and %d windows", seen["hourly"], seen["long"])
	}
}

// TestOlderEventsLater: events older than all that there were when a rule was new are
// looked at too.
func TestOlderEventsLater(t *testing.T) {
	w := newWorld(base)
	w.hits = []hit{
		{at: base, batch: "a", who: "ann", came: base},
		{at: base.Add(-3 * time.Hour), batch: "b", who: "bob", came: base.Add(2 * time.Hour)},
	}
	s := w.scheduler(compiled(t, rules), 0)
	for range 3 {
		if err := s.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(2 * time.Hour)
	}
	if got := w.found("hourly"); len(got) != 2 {
		t.Errorf("alerts: %v", got)
	}
}
