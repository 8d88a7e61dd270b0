package book

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/detect/alert"
)

// Match is a match of a rule that correlations are made of.
type Match struct {
	Rule    string
	Version string
	Time    int64 // Unix milliseconds
	Ref     alert.Ref
	Source  string
	Names   []string // fields that correlations ask for, those the record has
	Texts   []string
	Drill   string
}

// Bundle is matches of one batch that differ in time and record only, and lie in
// one slot of BundleSpan. What a rule matches all the time is kept for little.
type Bundle struct {
	Match // the first; its Time and Ref.Record are those of the least of Spots
	Spots []Spot
}

// Spot is one match of a bundle.
type Spot struct {
	Time   int64
	Record uint64
}

const (
	// BundleSpan is the length of the slots of time that bundles lie in, which are
	// aligned to its multiples.
	BundleSpan = 10 * time.Minute
	// MaxBundle bounds the matches of one bundle.
	MaxBundle = 4096
)

func (s Spot) compare(o Spot) int {
	return cmp.Or(cmp.Compare(s.Time, o.Time), cmp.Compare(s.Record, o.Record))
}

// Sort puts the spots into order and makes the first the bundle's own.
func (b *Bundle) Sort() {
	slices.SortFunc(b.Spots, Spot.compare)
	b.Time, b.Ref.Record = b.Spots[0].Time, b.Spots[0].Record
}

// Matches writes bundles, column by column. They must be sorted.
func (b *Book) Matches(ctx context.Context, bs []*Bundle) error {
	if len(bs) == 0 {
		return nil
	}
	now := b.now()
	n := len(bs)
	var (
		tenants, rules, versions, batches, sources, drills = make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		first, last, seen                                  = make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
		record                                             = make([]uint64, n)
		times, records                                     = make([][]int64, n), make([][]uint64, n)
		names, texts                                       = make([][]string, n), make([][]string, n)
	)
	for i, m := range bs {
		tenants[i], rules[i], versions[i], batches[i], sources[i], drills[i] = b.tenant, m.Rule, m.Version, m.Ref.Batch, m.Source, m.Drill
		first[i], last[i], seen[i] = time.UnixMilli(m.Time), time.UnixMilli(m.Spots[len(m.Spots)-1].Time), now
		record[i], names[i], texts[i] = m.Ref.Record, m.Names, m.Texts
		for _, s := range m.Spots {
			times[i], records[i] = append(times[i], s.Time), append(records[i], s.Record)
		}
	}
	return b.write(ctx, "rule_matches", "tenant_id, rule_id, rule_version, event_time, last_time, batch, record_no, times, records, source, names, texts, drill, seen",
		func(in driver.Batch) error {
			for i, column := range []any{tenants, rules, versions, first, last, batches, record, times, records, sources, names, texts, drills, seen} {
				if err := in.Column(i).Append(column); err != nil {
					return err
				}
			}
			return nil
		})
}

// MatchesOf calls each for the matches of rules, given by key and version, in
// [from, to) (Unix milliseconds) in the order of time, then of the rules as given,
// then of rows, each once. The Match is lent. In memory are the bundles of one
// BundleSpan.
func (b *Book) MatchesOf(ctx context.Context, rules, versions []string, from, to int64, each func(*Match) error) error {
	if to <= from {
		return nil
	}
	// Sorting goes to disk before it takes much memory.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_bytes_before_external_sort": 128 << 20}))
	order := map[string]int{}
	for i, r := range rules {
		order[r] = i
	}
	open := &bundles{from: from, to: to, each: each}
	err := b.each(ctx, "matches", func(r driver.Rows) error {
		l := &openBundle{}
		var times []int64
		var records []uint64
		if err := r.Scan(&l.Rule, &l.Version, &l.Time, &l.Ref.Batch, &l.Ref.Record, &times, &records, &l.Source, &l.Names, &l.Texts, &l.Drill); err != nil {
			return err
		}
		l.rule, l.Spots = order[l.Rule], []Spot{{l.Time, l.Ref.Record}}
		if len(times) == len(records) && len(times) > 0 {
			l.Spots = l.Spots[:0]
			for i, t := range times {
				l.Spots = append(l.Spots, Spot{t, records[i]})
			}
		}
		if err := open.before(l); err != nil {
			return err
		}
		heap.Push(open, l)
		return nil
	}, `SELECT rule_id, rule_version, toUnixTimestamp64Milli(event_time), batch, record_no, times, records, source, names, texts, drill
FROM rule_matches
WHERE tenant_id = {tenant:String} AND rule_id IN {rules:Array(String)}
  AND has(arrayZip({rules:Array(String)}, {versions:Array(String)}), (rule_id, rule_version))
  AND event_time >= fromUnixTimestamp64Milli({slot:Int64}) AND event_time < fromUnixTimestamp64Milli({to:Int64})
  AND last_time >= fromUnixTimestamp64Milli({from:Int64})
ORDER BY event_time, indexOf({rules:Array(String)}, rule_id), batch, record_no`, b.mine(),
		clickhouse.Named("rules", rules), clickhouse.Named("versions", versions), clickhouse.Named("from", from), clickhouse.Named("to", to),
		clickhouse.Named("slot", from-BundleSpan.Milliseconds()))
	if err != nil {
		return err
	}
	return open.before(nil)
}

// openBundle is a bundle with matches left: Match is the next one.
type openBundle struct {
	Bundle
	rule int // place among the rules asked for
}

func (l *openBundle) compare(o *openBundle) int {
	return cmp.Or(cmp.Compare(l.Time, o.Time), cmp.Compare(l.rule, o.rule), strings.Compare(l.Ref.Batch, o.Ref.Batch), cmp.Compare(l.Ref.Record, o.Ref.Record))
}

// bundles is a heap of open bundles, the one with the next match on top.
type bundles struct {
	list     []*openBundle
	from, to int64
	last     Match
	each     func(*Match) error
}

func (h *bundles) Len() int           { return len(h.list) }
func (h *bundles) Less(i, j int) bool { return h.list[i].compare(h.list[j]) < 0 }
func (h *bundles) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *bundles) Push(x any)         { h.list = append(h.list, x.(*openBundle)) }
func (h *bundles) Pop() any {
	l := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return l
}

// before hands out the matches that stand before l, all for nil.
func (h *bundles) before(l *openBundle) error {
	for len(h.list) > 0 && (l == nil || h.list[0].compare(l) < 0) {
		top := h.list[0]
		// A copy that no merge has dropped yet, or that was bundled otherwise.
		again := top.Time == h.last.Time && top.Ref == h.last.Ref && top.Rule == h.last.Rule
		if !again && top.Time >= h.from && top.Time < h.to {
			h.last = top.Match
			if err := h.each(&top.Match); err != nil {
				return err
			}
		}
		if top.Spots = top.Spots[1:]; len(top.Spots) == 0 {
			heap.Pop(h)
			continue
		}
		top.Time, top.Ref.Record = top.Spots[0].Time, top.Spots[0].Record
		heap.Fix(h, 0)
	}
	return nil
}
