package correlate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/sigma"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden: each case has rules, matches (seconds, name of the rule, fields)
// in the order they come, and the alerts: seconds and rule.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	if len(files) < 5 {
		t.Fatalf("%d cases", len(files))
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, string(a.Files[0].Data), string(a.Files[1].Data))
			if *update {
				a.Files[2].Data = []byte(got)
				if err := os.WriteFile(f, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(a.Files[2].Data); got != want {
				t.Errorf("alerts\n%swant\n%s", got, want)
			}
		})
	}
}

func rulesOf(t interface{ Fatalf(string, ...any) }, text string) []*sigma.Rule {
	var l sigma.Loader
	l.File("rules.yml", []byte(text))
	s := l.Finish()
	for _, p := range s.Problems {
		t.Fatalf("%s", p)
	}
	return s.Rules
}

func run(t *testing.T, rules, events string) string {
	set := rulesOf(t, rules)
	e := correlate.New(set, correlate.Options{})
	var out strings.Builder
	fire := func(a correlate.Alert) { fmt.Fprintf(&out, "%d %s\n", a.Time/1000, a.Rule.Key()) }
	for _, line := range strings.Split(strings.TrimSpace(events), "\n") {
		w := strings.Fields(line)
		sec, err := strconv.Atoi(w[0])
		if err != nil {
			t.Fatal(err)
		}
		ev := &correlate.Event{Time: int64(sec) * 1000, Field: func(name string) ([]byte, bool) {
			for _, f := range w[2:] {
				if k, v, _ := strings.Cut(f, "="); k == name {
					return []byte(v), true
				}
			}
			return nil, false
		}}
		for _, r := range set {
			if r.Name == w[1] {
				ev.Rule = r
			}
		}
		e.Add(ev, fire)
	}
	e.Finish(fire)
	return out.String()
}

const counting = `
title: many
id: many
correlation: {type: event_count, rules: [one], group-by: [user], timespan: %ds, condition: {gte: %d}}
---
title: one
name: one
logsource: {product: aws, service: cloudtrail}
detection: {s: {a: b}, condition: s}
`

// TestCountsAsDefined: event_count fires exactly when the number of matches of a
// group within the timespan reaches the bound and had not before, whatever order
// the matches come in.
func TestCountsAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span, least := rapid.IntRange(1, 20).Draw(t, "span"), rapid.IntRange(1, 5).Draw(t, "least")
		set := rulesOf(t, fmt.Sprintf(counting, span, least))
		times := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 40).Draw(t, "times")
		e := correlate.New(set, correlate.Options{})
		var got []int64
		fire := func(a correlate.Alert) { got = append(got, a.Time/1000) }
		for _, s := range times {
			e.Add(&correlate.Event{Rule: set[0], Time: int64(s) * 1000, Field: func(string) ([]byte, bool) { return nil, false }}, fire)
		}
		e.Finish(fire)
		var want []int64
		active, counts := false, [61]int{}
		for _, s := range times {
			counts[s]++
		}
		for s := range counts {
			for k := 1; k <= counts[s]; k++ {
				n := k
				for b := max(0, s-span); b < s; b++ {
					n += counts[b]
				}
				if n >= least && !active {
					want = append(want, int64(s))
				}
				active = n >= least
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("fired at %v, want %v", got, want)
		}
	})
}

// TestMemoryIsBounded: neither groups nor waiting matches grow without end, and
// what is given up is counted.
func TestMemoryIsBounded(t *testing.T) {
	set := rulesOf(t, fmt.Sprintf(counting, 86400, 3))
	e := correlate.New(set, correlate.Options{Pending: 1000, Groups: 500, Lateness: time.Minute})
	alerts := 0
	fire := func(correlate.Alert) { alerts++ }
	for i := range 50_000 {
		user := []byte("u" + strconv.Itoa(i))
		if i%100 < 3 {
			user = []byte("loud")
		}
		e.Add(&correlate.Event{Rule: set[0], Time: int64(i) * 100, Field: func(string) ([]byte, bool) { return user, true }}, fire)
	}
	e.Finish(fire)
	if e.Dropped < 40_000 || e.Late > 0 {
		t.Errorf("%d groups given up, %d late", e.Dropped, e.Late)
	}
	if alerts == 0 {
		t.Error("the loud group did not fire")
	}
}

// TestLateMatchesCount: a match that comes after its time was taken is taken all
// the same, and counted as late.
func TestLateMatchesCount(t *testing.T) {
	set := rulesOf(t, fmt.Sprintf(counting, 10, 2))
	e := correlate.New(set, correlate.Options{})
	alerts := 0
	fire := func(correlate.Alert) { alerts++ }
	add := func(sec int64) {
		e.Add(&correlate.Event{Rule: set[0], Time: sec * 1000, Field: func(string) ([]byte, bool) { return nil, false }}, fire)
	}
	add(100)
	e.Advance(200_000, fire)
	add(95)
	if e.Late != 1 || alerts != 1 {
		t.Errorf("%d late, %d alerts", e.Late, alerts)
	}
}
