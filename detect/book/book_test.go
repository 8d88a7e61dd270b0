package book_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func open(t *testing.T) *book.Book {
	t.Helper()
	o := enginetest.Start(t).Options()
	migrate(t, clickhouse.OpenDB(o))
	conn, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return book.New(conn, "t", func(err error) error { return err })
}

func migrate(t *testing.T, db *sql.DB) {
	t.Helper()
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(goose.DialectClickHouse, db, schemas.Migrations(), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = p.Up(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

var day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func part(id, batch string, hour int, n uint64) *alert.Part {
	at := day.Add(time.Duration(hour) * time.Hour)
	return &alert.Part{
		ID: id, Batch: batch, Rule: "r-" + id, Version: "1", Title: "Title", Level: "high", Kind: alert.Record, Source: "aws_cloudtrail",
		Group: []alert.Label{{Name: "actor_id", Value: "alice"}, {Name: "cloud_account", Value: ""}}, From: at, To: at.Add(time.Hour), First: at, Last: at.Add(time.Minute),
		Matches: n, Evidence: []alert.Ref{{Batch: batch, Record: n}}, Summary: "alice did it",
	}
}

// TestPartsAreOneAlert: parts of several batches add up, a part that is written
// again counts once, and states are the newest.
func TestPartsAreOneAlert(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Alerts(ctx, []*alert.Part{part("aa", "v1/1", 1, 3), part("aa", "v1/2", 0, 4), part("bb", "v1/1", 5, 1)}))
	must(b.Alerts(ctx, []*alert.Part{part("aa", "v1/2", 0, 4)}))
	quiet := part("cc", "v1/1", 6, 1)
	quiet.Suppressed = "s1"
	exercise := part("dd", "v1/1", 7, 1)
	exercise.Drill = "d1"
	must(b.Alerts(ctx, []*alert.Part{quiet, exercise}))

	grave, odd := part("ee", "v1/1", -5, 1), part("ff", "v1/1", 8, 1)
	grave.Level, odd.Level, grave.Drill, odd.Drill = "critical", "", "d1", "d1"
	must(b.Alerts(ctx, []*alert.Part{grave, odd}))

	as, more, err := b.List(ctx, book.Filter{})
	must(err)
	if len(as) != 2 || more || as[0].ID != "bb" || as[1].ID != "aa" {
		t.Fatalf("%d alerts, more %v", len(as), more)
	}
	a := as[1]
	if a.Matches != 7 || !a.First.Equal(day) || !a.Last.Equal(day.Add(time.Hour+time.Minute)) || a.State != book.Open {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff(part("aa", "", 0, 0).Group, a.Group); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]alert.Ref{{Batch: "v1/1", Record: 3}, {Batch: "v1/2", Record: 4}}, a.Evidence); d != "" {
		t.Error(d)
	}
	must(b.Set(ctx, "aa", book.Change{At: day, State: book.Acknowledged, Who: "eve", Note: "looking"}))
	must(b.Set(ctx, "aa", book.Change{At: day.Add(time.Second), State: book.Closed, Who: "bob", Note: "nothing"}))
	for _, c := range []struct {
		f    book.Filter
		want []string
	}{
		{book.Filter{State: book.Open}, []string{"bb"}},
		{book.Filter{State: book.Closed}, []string{"aa"}},
		{book.Filter{Suppressed: true, Drills: true}, []string{"ff", "dd", "cc", "bb", "aa", "ee"}},
		{book.Filter{Suppressed: true, Drills: true, Gravest: true}, []string{"ee", "dd", "cc", "bb", "aa", "ff"}},
		{book.Filter{Suppressed: true, Drills: true, Gravest: true, After: as[0].Cursor()}, []string{"aa", "ff"}},
		{book.Filter{Drills: true, Gravest: true, After: (&book.Alert{Part: *grave}).Cursor()}, []string{"dd", "bb", "aa", "ff"}},
		{book.Filter{Rule: "r-bb"}, []string{"bb"}},
		{book.Filter{Least: "critical"}, nil},
		{book.Filter{Least: "medium", Since: day.Add(4 * time.Hour)}, []string{"bb"}},
		{book.Filter{Until: day.Add(4 * time.Hour)}, []string{"aa"}},
		{book.Filter{After: as[0].Cursor()}, []string{"aa"}},
		{book.Filter{Limit: 1}, []string{"bb"}},
		{book.Filter{Found: time.Now().Add(time.Hour)}, nil},
	} {
		as, _, err := b.List(ctx, c.f)
		must(err)
		var got []string
		for _, a := range as {
			got = append(got, a.ID)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v: %s", c.f, d)
		}
	}
	found, err := b.Find(ctx, "a")
	must(err)
	if found.ID != "aa" || found.State != book.Closed || found.Who != "bob" || found.Note != "nothing" {
		t.Errorf("%+v", found)
	}
	changes, err := b.Changes(ctx, "aa")
	must(err)
	if len(changes) != 2 || changes[0].Who != "eve" {
		t.Errorf("%+v", changes)
	}
	if _, err := b.Find(ctx, "zz"); !errors.Is(err, book.ErrNoAlert) {
		t.Error(err)
	}
	if _, _, err := b.List(ctx, book.Filter{After: "x"}); !errors.Is(err, book.ErrBadCursor) {
		t.Error(err)
	}
}

// TestMatchesComeInOrder: of the rules and versions asked for, copies once, and
// half-open in time.
func TestMatchesComeInOrder(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	names := []string{"u", "w"}
	bs := []*book.Bundle{
		{Rule: "b", Version: "1", Batch: "x", Names: names, Texts: []string{"=v", ""}, Spots: []book.Spot{{2000, 1, 0}}},
		{Rule: "a", Version: "1", Batch: "y", Spots: []book.Spot{{2000, 1, 0}}},
		{Rule: "a", Version: "1", Batch: "x", Names: names, Texts: []string{"=p", "=", "", "=q"}, Spots: []book.Spot{{2500, 7, 1}, {999, 8, 0}, {1000, 0, 0}, {2000, 5, 1}}},
		{Rule: "a", Version: "2", Batch: "x", Spots: []book.Spot{{1500, 9, 0}}},
		{Rule: "a", Version: "1", Batch: "x", Spots: []book.Spot{{3000, 3, 0}}},
	}
	// The same matches, bundled otherwise.
	bs = append(bs, &book.Bundle{Rule: "a", Version: "1", Batch: "x", Names: names, Texts: []string{"=p", "=", "", "=q"}, Spots: []book.Spot{{1000, 0, 0}, {2000, 5, 1}}})
	for range 2 {
		for _, b := range bs {
			b.Sort()
		}
		if err := b.Matches(ctx, bs); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err := b.MatchesOf(ctx, []string{"b", "a"}, []string{"1", "1"}, 1000, 3000, func(m *book.Match) error {
		got = append(got, fmt.Sprintf("%d %s %s %d %q %q", m.Time, m.Rule, m.Ref.Batch, m.Ref.Record, m.Names, m.Texts))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1000 a x 0 ["u" "w"] ["p" ""]`, `2000 b x 1 ["u"] ["v"]`, `2000 a x 5 ["w"] ["q"]`, `2000 a y 1 [] []`, `2500 a x 7 ["w"] ["q"]`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestMarks: a batch that correlations have seen is unfinished no more, whatever
// is written after it.
func TestMarks(t *testing.T) {
	b := open(t)
	ctx := context.WithoutCancel(t.Context())
	for _, w := range []book.Watched{
		{Batch: "v1/1", Bases: []string{"r"}, From: 1000, To: 2000}, {Batch: "v1/2", Done: true}, {Batch: "v1/3"}, {Batch: "v1/3", Done: true}, {Batch: "v1/3"},
	} {
		if err := b.Watch(ctx, []book.Watched{w}); err != nil {
			t.Fatal(err)
		}
	}
	left, err := b.Unfinished(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Batch != "v1/1" || left[0].From != 1000 || left[0].To != 2000 || len(left[0].Bases) != 1 {
		t.Errorf("%+v", left)
	}
	has, err := b.HasWatched(ctx, []string{"v1/1", "v1/2", "v1/4"})
	if err != nil || len(has) != 2 {
		t.Errorf("%v, %v", has, err)
	}
}

// TestUnresolved: of the alerts that a route delivered by themselves, those that are
// closed now and of which it was not told.
func TestUnresolved(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	now := time.Now()
	var ds []book.Delivery
	for _, d := range []book.Delivery{
		{Alert: "closed", Status: book.Delivered}, {Alert: "open", Status: book.Delivered}, {Alert: "again", Status: book.Delivered},
		{Alert: "told", Status: book.Delivered}, {Alert: "told", Status: book.Resolved}, {Alert: "never", Status: book.GivenUp},
		{Alert: "summed", Status: book.Delivered, Code: "summary"},
	} {
		d.Route, d.At = "pager", now
		ds = append(ds, d)
	}
	if err := b.Deliver(ctx, ds); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"closed", "again", "told", "never", "summed"} {
		if err := b.Set(ctx, id, book.Change{At: now, State: book.Closed, Who: "ann", Note: "done"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Set(ctx, "again", book.Change{At: now.Add(time.Second), State: book.Acknowledged, Who: "ann", Note: "not done"}); err != nil {
		t.Fatal(err)
	}
	got, err := b.Unresolved(ctx, "pager")
	if d := cmp.Diff([]string{"closed"}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if h, err := b.Routes(ctx); err != nil || h["pager"].GivenUp != 1 || h["pager"].Delivered != 5 {
		t.Errorf("%+v, %v", h, err)
	}
}
