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

// Bundle is matches of one rule in one batch, in one slot of BundleSpan. What a rule
// matches all the time is kept for little.
type Bundle struct {
	Rule    string
	Version string
	Batch   string
	Source  string
	Drill   string
	Names   []string // fields that correlations ask for
	Texts   []string // of the Names, again and again: "=" and the text, or "" of a record without
	Spots   []Spot
}

// Spot is one match of a bundle: its texts are the Who-th of the bundle's.
type Spot struct {
	Time   int64
	Record uint64
	Who    uint32
}

const (
	// BundleSpan is the length of the slots of time that bundles lie in, which are
	// aligned to its multiples.
	BundleSpan = time.Hour
	// MaxBundle bounds the matches of one bundle.
	MaxBundle = 4096
)

// Sort puts the spots into order.
func (b *Bundle) Sort() {
	slices.SortFunc(b.Spots, func(s, o Spot) int { return cmp.Or(cmp.Compare(s.Time, o.Time), cmp.Compare(s.Record, o.Record)) })
}

// of returns the names and texts that who has.
func (b *Bundle) of(who uint32) (names, texts []string) {
	n := len(b.Names)
	from := int(who) * n
	if from+n > len(b.Texts) {
		return nil, nil
	}
	for i, t := range b.Texts[from : from+n] {
		if t, ok := strings.CutPrefix(t, "="); ok {
			names, texts = append(names, b.Names[i]), append(texts, t)
		}
	}
	return names, texts
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
		times, records, who                                = make([][]int64, n), make([][]uint64, n), make([][]uint32, n)
		names, texts                                       = make([][]string, n), make([][]string, n)
	)
	for i, m := range bs {
		tenants[i], rules[i], versions[i], batches[i], sources[i], drills[i] = b.tenant, m.Rule, m.Version, m.Batch, m.Source, m.Drill
		first[i], last[i], seen[i] = time.UnixMilli(m.Spots[0].Time), time.UnixMilli(m.Spots[len(m.Spots)-1].Time), now
		record[i], names[i], texts[i] = m.Spots[0].Record, m.Names, m.Texts
		for _, s := range m.Spots {
			times[i], records[i], who[i] = append(times[i], s.Time), append(records[i], s.Record), append(who[i], s.Who)
		}
	}
	return b.write(ctx, "rule_matches", "tenant_id, rule_id, rule_version, event_time, last_time, batch, record_no, times, records, who, source, names, texts, drill, seen",
		func(in driver.Batch) error {
			for i, column := range []any{tenants, rules, versions, first, last, batches, record, times, records, who, sources, names, texts, drills, seen} {
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
		var first Spot
		var times []int64
		var records []uint64
		var who []uint32
		if err := r.Scan(&l.Rule, &l.Version, &first.Time, &l.Batch, &first.Record, &times, &records, &who, &l.Source, &l.Names, &l.Texts, &l.Drill); err != nil {
			return err
		}
		l.rule = order[l.Rule]
		for i := range min(len(times), len(records), len(who)) {
			l.Spots = append(l.Spots, Spot{times[i], records[i], who[i]})
		}
		if len(l.Spots) == 0 { // of before there were bundles
			l.Spots = []Spot{first}
			for i := range l.Texts {
				l.Texts[i] = "=" + l.Texts[i]
			}
		}
		if err := open.before(l); err != nil {
			return err
		}
		heap.Push(open, l)
		return nil
	}, `SELECT rule_id, rule_version, toUnixTimestamp64Milli(event_time), batch, record_no, times, records, who, source, names, texts, drill
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

// openBundle is a bundle with matches left.
type openBundle struct {
	Bundle
	rule  int // place among the rules asked for
	texts map[uint32][2][]string
}

func (l *openBundle) compare(o *openBundle) int {
	return cmp.Or(cmp.Compare(l.Spots[0].Time, o.Spots[0].Time), cmp.Compare(l.rule, o.rule), strings.Compare(l.Batch, o.Batch),
		cmp.Compare(l.Spots[0].Record, o.Spots[0].Record))
}

// of is Bundle.of, remembered.
func (l *openBundle) of(who uint32) (names, texts []string) {
	if t, ok := l.texts[who]; ok {
		return t[0], t[1]
	}
	if l.texts == nil {
		l.texts = map[uint32][2][]string{}
	}
	names, texts = l.Bundle.of(who)
	l.texts[who] = [2][]string{names, texts}
	return names, texts
}

// bundles is a heap of open bundles, the one with the next match on top.
type bundles struct {
	list     []*openBundle
	from, to int64
	match    Match // handed out last
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
		s, m := top.Spots[0], &h.match
		// A copy that no merge has dropped yet, or that was bundled otherwise.
		again := m.Time == s.Time && m.Ref.Record == s.Record && m.Ref.Batch == top.Batch && m.Rule == top.Rule
		if !again && s.Time >= h.from && s.Time < h.to {
			*m = Match{Rule: top.Rule, Version: top.Version, Time: s.Time, Ref: alert.Ref{Batch: top.Batch, Record: s.Record}, Source: top.Source, Drill: top.Drill}
			m.Names, m.Texts = top.of(s.Who)
			if err := h.each(m); err != nil {
				return err
			}
		}
		if top.Spots = top.Spots[1:]; len(top.Spots) == 0 {
			heap.Pop(h)
			continue
		}
		heap.Fix(h, 0)
	}
	return nil
}
