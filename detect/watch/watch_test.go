package watch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect/drill"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

const three = `
title: Bucket deleted
id: deleted
level: high
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: DeleteBucket}, condition: s}
---
title: Many reads
id: many
level: medium
correlation: {type: event_count, rules: [read], group-by: [userIdentity.arn], timespan: 10s, condition: {gte: 3}}
---
title: Different reads
id: kinds
level: low
correlation: {type: value_count, rules: [read], group-by: [userIdentity.arn], timespan: 20s, condition: {field: eventName, gte: 2}}
---
title: Look, then delete
id: then
level: high
correlation: {type: temporal_ordered, rules: [read, gone], group-by: [userIdentity.arn], timespan: 15s}
---
title: Few reads
id: few
level: low
correlation: {type: event_count, rules: [read], group-by: [userIdentity.arn], timespan: 30s, condition: {lte: 2}}
---
title: Read
name: read
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName|startswith: Get}, condition: s}
---
title: Gone
name: gone
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: DeleteObject}, condition: s}
`

// TestAlertsFollowFromRows: in whatever order rows come, however they are cut into
// batches, however often a batch is given again, and wherever the watcher died and
// was started anew, the alerts are the same.
func TestAlertsFollowFromRows(t *testing.T) {
	rules := rulesOf(t, three)
	names := []string{"GetObject", "GetItem", "DeleteObject", "DeleteBucket", "Other"}
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) call {
			return call{
				sec:  rapid.IntRange(0, 120).Draw(t, "sec"),
				user: rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "user"), name: rapid.SampledFrom(names).Draw(t, "name"),
				kind: rapid.SampledFrom([]uint64{0, 0, 0, 0, schemas.KindHeader, schemas.KindGap}).Draw(t, "kind"),
			}
		}), 1, 40).Draw(t, "calls")
		// Rows keep their identity: the payload is one, cut into batches: of one row for
		// the calm run, anyhow for the other.
		calm := newMemory()
		w := watch.New(rules, watch.Options{Book: calm})
		for i := range calls {
			if err := w.Watch(t.Context(), []*event.Batch{batchOf("p", i, calls[i:i+1])}); err != nil {
				t.Fatal(err)
			}
		}
		cuts := []int{0}
		for cuts[len(cuts)-1] < len(calls) {
			cuts = append(cuts, rapid.IntRange(cuts[len(cuts)-1]+1, len(calls)).Draw(t, "cut"))
		}
		one := func(i int) *event.Batch { return batchOf("p", cuts[i], calls[cuts[i]:cuts[i+1]]) }
		if err := w.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}

		wild := newMemory()
		w = watch.New(rules, watch.Options{Book: wild})
		order := rapid.Permutation(seq(len(cuts)-1)).Draw(t, "order")
		for len(order) > 0 {
			n := rapid.IntRange(1, len(order)).Draw(t, "group")
			var batches []*event.Batch
			for _, i := range order[:n] {
				batches = append(batches, one(i))
			}
			if rapid.Bool().Draw(t, "dies") { // somewhere in the writes of Watch, or of the correlations
				wild.writes, wild.fail = 0, rapid.IntRange(1, 8).Draw(t, "writes")
				_ = w.Watch(t.Context(), batches)
				_ = w.Finish(t.Context())
				wild.fail = 0
				w = watch.New(rules, watch.Options{Book: wild})
				if err := w.Recover(t.Context()); err != nil {
					t.Fatal(err)
				}
				continue // the batches come again
			}
			if err := w.Watch(t.Context(), batches); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "evaluate") {
				if err := w.Finish(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			order = order[n:]
		}
		if err := w.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		drop := func(rows []string) []string { // what may become untrue was run too early: see below
			return slices.DeleteFunc(rows, func(s string) bool {
				return strings.Contains(s, " few ") || strings.Contains(s, "detection-gap")
			})
		}
		if d := cmp.Diff(drop(calm.found()), drop(wild.found()), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("alerts of a calm run against these:\n%s", d)
		}
		for _, b := range wild.watched {
			if !b.Done {
				t.Fatalf("%s is not done with", b.Batch)
			}
		}
	})
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestSlidesAsDefined: event_count is true in an aligned window exactly if at some
// match in it the timespan before holds enough.
func TestSlidesAsDefined(t *testing.T) {
	rules := rulesOf(t, three)
	rapid.Check(t, func(t *rapid.T) {
		secs := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 30).Draw(t, "secs")
		var calls []call
		for _, s := range secs {
			calls = append(calls, call{sec: s, user: "alice", name: "GetObject"})
		}
		m := newMemory()
		w := watch.New(rules, watch.Options{Book: m})
		if err := w.Watch(t.Context(), []*event.Batch{batchOf("p", 0, calls)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[int64]bool{}
		for _, s := range secs {
			n := 0
			for _, o := range secs {
				if o <= s && s-o <= 10 {
					n++
				}
			}
			if n >= 3 {
				want[base.Unix()+int64(s)/10*10] = true
			}
		}
		got := map[int64]bool{}
		for _, p := range m.alerts {
			if p.Rule == "many" {
				got[p.From.Unix()] = true
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestWaitsForWhatMayComeUntrue: a correlation with an upper bound fires when its
// window is over and the lateness has passed, by newer events or by the clock; not by
// what a canary planted.
func TestWaitsForWhatMayComeUntrue(t *testing.T) {
	for _, how := range []string{"newer", "clock"} {
		now := base.Add(time.Minute)
		m := newMemory()
		w := watch.New(rulesOf(t, three), watch.Options{Book: m, Lateness: time.Minute, Now: func() time.Time { return now }})
		see := func(payload string, calls ...call) {
			t.Helper()
			if err := w.Watch(t.Context(), []*event.Batch{batchOf(payload, 0, calls)}); err != nil {
				t.Fatal(err)
			}
			if err := watch.Correlate(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		fired := func() (n int) {
			for _, p := range m.alerts {
				if p.Rule == "few" && p.From.Equal(base) {
					n++
				}
			}
			return n
		}
		see("a", call{sec: 1, user: "alice", name: "GetObject"})
		if fired() != 0 {
			t.Fatalf("%s: fired before its window was over", how)
		}
		now = base.Add(100 * time.Second)
		canary := batchOf("canary/cloudtrail", 0, []call{{sec: 100, name: "Other"}})
		canary.PayloadID = "c/1"
		if err := w.Watch(t.Context(), []*event.Batch{canary}); err != nil {
			t.Fatal(err)
		}
		if err := watch.Correlate(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if fired() != 0 {
			t.Fatalf("%s: a canary closed a window", how)
		}
		switch how {
		case "newer":
			now = base.Add(2 * time.Minute)
			see("b", call{sec: 100, user: "bob", name: "Other"})
		case "clock":
			now = base.Add(10 * time.Minute)
			if err := watch.Correlate(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		if fired() != 1 {
			t.Errorf("%s: fired %d times when its window was over", how, fired())
		}
	}
}

// TestNoStorm: a thousand matches of one person within the hour are one alert.
func TestNoStorm(t *testing.T) {
	m := newMemory()
	w := watch.New(rulesOf(t, three), watch.Options{Book: m})
	var calls []call
	for i := range 5000 {
		calls = append(calls, call{sec: i % 3000, user: fmt.Sprint("u", i%2), name: "DeleteBucket"})
	}
	if err := w.Watch(t.Context(), []*event.Batch{batchOf("p", 0, calls)}); err != nil {
		t.Fatal(err)
	}
	if len(m.alerts) != 2 {
		t.Fatalf("%d alerts", len(m.alerts))
	}
	for _, p := range m.alerts {
		if p.Matches != 2500 || len(p.Evidence) != 10 || !strings.Contains(p.Summary, "did DeleteBucket") {
			t.Errorf("%+v", p)
		}
	}
}

// TestGroupsAreBounded: a rule that groups by something unique makes no flood.
func TestGroupsAreBounded(t *testing.T) {
	m := newMemory()
	w := watch.New(rulesOf(t, strings.Replace(three, "id: deleted", "id: deleted\ngroup_by: userIdentity.arn", 1)), watch.Options{Book: m})
	var calls []call
	for i := range 5000 {
		calls = append(calls, call{user: fmt.Sprint("u", i), name: "DeleteBucket"})
	}
	if err := w.Watch(t.Context(), []*event.Batch{batchOf("p", 0, calls)}); err != nil {
		t.Fatal(err)
	}
	total := uint64(0)
	for _, p := range m.alerts {
		total += p.Matches
	}
	if len(m.alerts) != 1001 || total != 5000 {
		t.Errorf("%d alerts of %d matches", len(m.alerts), total)
	}
}

// TestGapsAreAlerts: a hole in the log is an alert, and so is a run over a window
// that failed, once the store answers again.
func TestGapsAreAlerts(t *testing.T) {
	m := newMemory()
	w := watch.New(rulesOf(t, three), watch.Options{Book: m})
	b := batchOf("p", 0, []call{{kind: schemas.KindGap}, {user: "a", name: "GetObject"}})
	if err := w.Watch(t.Context(), []*event.Batch{b}); err != nil {
		t.Fatal(err)
	}
	count := func(rule string) (n int) {
		for _, p := range m.alerts {
			if p.Rule == rule {
				n++
			}
		}
		return n
	}
	if count(watch.LogGap.Rule) != 1 {
		t.Error("a gap in the log raised no alert")
	}
	m.fail, m.writes = 1, 2
	if err := w.Finish(t.Context()); err == nil {
		t.Fatal("the store is down and nobody says so")
	}
	m.fail = 0
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, r := range m.runs {
		if r.Status == "failed" {
			failed++
		}
	}
	if failed == 0 || count(watch.DetectionGap.Rule) == 0 {
		t.Errorf("%d failed runs, %d alerts about it", failed, count(watch.DetectionGap.Rule))
	}
}

// TestDrillsAreApart: events of an exercise raise alerts of their own, and count
// into no real one.
func TestDrillsAreApart(t *testing.T) {
	marks := drill.New([]byte("key"))
	d := drill.NewDrill()
	m := newMemory()
	w := watch.New(rulesOf(t, three), watch.Options{Book: m, Drills: marks})
	calls := []call{
		{sec: 1, user: "a", name: "DeleteBucket"}, {sec: 2, user: "a", name: "DeleteBucket", id: marks.ID(d, 0)},
		{sec: 1, user: "a", name: "GetObject"}, {sec: 2, user: "a", name: "GetObject"}, {sec: 3, user: "a", name: "GetObject", id: marks.ID(d, 1)},
	}
	if err := w.Watch(t.Context(), []*event.Batch{batchOf("p", 0, calls)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, p := range m.alerts {
		if p.Rule != "few" {
			got[p.Rule+" "+p.Drill] += p.Matches
		}
	}
	if d := cmp.Diff(map[string]uint64{"deleted ": 1, "deleted " + d: 1}, got); d != "" {
		t.Error(d)
	}
}

// TestPlantedRecordsRaiseNothing: rules do not run over what a canary planted, by the
// payload's scheme, which no input can give; a folder of that name hides nothing.
func TestPlantedRecordsRaiseNothing(t *testing.T) {
	rules := rulesOf(t, three)
	f := func(id, origin string, want int) {
		t.Helper()
		m := newMemory()
		b := batchOf(origin, 0, []call{{name: "DeleteBucket"}})
		b.PayloadID = id
		if err := watch.New(rules, watch.Options{Book: m}).Watch(t.Context(), []*event.Batch{b}); err != nil {
			t.Fatal(err)
		}
		if len(m.alerts) != want || len(m.watched) != 1 {
			t.Errorf("%s of %s: %d alerts, want %d", id, origin, len(m.alerts), want)
		}
	}
	f("c/1", "canary/cloudtrail", 0)
	f("c/1", "canary/result", 1)
	f("f/1", "canary/cloudtrail", 1)
	f("k/1", "canary/0", 1)
}
