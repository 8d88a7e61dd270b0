package pipeline

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// TestJoin: whoever joins two stored tables, over whatever columns, gets no row
// with a visitor's session or patient on one side and their address on the other.
//
//  1. Ingest the logs of 100,000 requests, flow logs first.
//  2. Read all rows back. A row names a visitor if their token stands in any
//     column, and shows one if their address does.
//  3. Join each column of each table with each column of each table: no pair of
//     rows with equal values may name and show the same visitor. Columns that are
//     the same for everybody join too: so an address that was linked may stand
//     nowhere at all.
//  4. The addresses of visitors whom nobody named are all there.
//
// The same without a window must fail, else the test proves nothing.
func TestJoin(t *testing.T) {
	requests := 100_000
	if testing.Short() {
		requests = 8_000
	}
	vs := visitors(requests / 25)
	t.Run("linked", func(t *testing.T) {
		found := joins(t, vs, requests, true)
		if len(found.pairs) > 0 {
			t.Errorf("%d pairs of columns bring a session or a patient to an address: %q", len(found.pairs), found.pairs[:min(20, len(found.pairs))])
		}
		if found.named == 0 || found.shown == 0 || found.flows != found.ours {
			t.Errorf("%d rows name somebody, %d show somebody; of %d flows of unnamed visitors %d show them", found.named, found.shown, found.flows, found.ours)
		}
		t.Logf("%d rows, %d joins", found.rows, found.joins)
	})
	t.Run("alone", func(t *testing.T) {
		found := joins(t, visitors(100), 2_000, false)
		for _, want := range []string{"events.src_port = flows.src_port", "events.request_id = events.request_id", "events.tenant_id = flows.tenant_id"} {
			if !slices.Contains(found.pairs, want) {
				t.Errorf("%s brings nothing together", want)
			}
		}
	})
}

// joined is what joins found.
type joined struct {
	pairs        []string // columns whose values bring a name and an address together
	rows, joins  int
	named, shown int // rows
	flows, ours  int // flow rows of unnamed visitors: made, and found
}

// stored is a row as a join sees it: its values, whom it names and shows.
type stored struct {
	table  schemas.Table
	values []uint64 // by column of the table
	who    []int
}

func joins(t *testing.T, vs []visitor, requests int, linked bool) joined {
	store := clickHouse(t)
	r := newRig(t, store)
	cfg := r.config()
	cfg.BatchRows = 0
	if linked {
		w, err := link.Open(filepath.Join(r.dir, "linked"), make([]byte, 32), link.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Linked = w
	}
	ps, unnamed := visits(vs, requests)
	r.mustRun(cfg, ps...)

	names, addrs := marks(t, r, vs)
	var found joined
	var named, shown []stored
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		readBack(t, store, table, func(text []string, values []uint64) {
			found.rows++
			a, b := stored{table: table, values: values}, stored{table: table, values: values}
			for _, s := range text {
				a.who, b.who = whose(names, tokens(s), a.who), whose(addrs, addresses(s), b.who)
			}
			if len(a.who) > 0 {
				named = append(named, a)
			}
			if len(b.who) > 0 {
				shown = append(shown, b)
				if table == schemas.Flows && vs[b.who[0]].way == byNothing {
					found.ours++
				}
			}
		})
	}
	found.named, found.shown = len(named), len(shown)
	found.flows = unnamed
	left, right := columnsOf(named), columnsOf(shown)
	for _, l := range left {
		names := map[uint64]map[int]bool{}
		for v := range l.values {
			if names[v.value] == nil {
				names[v.value] = map[int]bool{}
			}
			names[v.value][v.who] = true
		}
		for _, r := range right {
			found.joins++
			for v := range r.values {
				if whom := names[v.value]; whom[v.who] {
					found.pairs = append(found.pairs, l.name+" = "+r.name)
					break
				}
			}
		}
	}
	return found
}

// column is a column of a table, with the values it has beside each visitor.
type column struct {
	name   string
	values map[valueOf]bool
}

type valueOf struct {
	value uint64
	who   int
}

// columnsOf turns rows into columns.
func columnsOf(rows []stored) (cs []column) {
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		for i, c := range table.Columns() {
			col := column{fmt.Sprintf("%s.%s", table, c), map[valueOf]bool{}}
			for _, r := range rows {
				for _, w := range r.who {
					if r.table == table {
						col.values[valueOf{r.values[i], w}] = true
					}
				}
			}
			cs = append(cs, col)
		}
	}
	return cs
}

// marks returns the tokens that name visitors and the addresses that show them.
func marks(t *testing.T, r *rig, vs []visitor) (names, addrs map[string]int) {
	tk, err := token.New(r.keys, "mercy")
	if err != nil {
		t.Fatal(err)
	}
	defer tk.Close()
	names, addrs = map[string]int{}, map[string]int{}
	for i, v := range vs {
		addrs[v.addr] = i
		names[string(tk.AppendRaw(nil, token.Session, []byte(v.session)))] = i
		names[string(tk.AppendRaw(nil, token.MRN, []byte(v.mrn)))] = i
		names[string(tk.AppendRaw(nil, token.Patient, []byte(v.mrn)))] = i
	}
	return names, addrs
}

// readBack gives each row of a table: its columns as text, and hashed.
func readBack(t *testing.T, s *clickhouse.Store, table schemas.Table, f func(text []string, values []uint64)) {
	t.Helper()
	cols := table.Columns()
	exprs := make([]string, len(cols))
	for i, c := range cols {
		exprs[i] = "toString(" + c.String() + ")"
	}
	rows, err := s.Conn().Query(t.Context(), "SELECT "+strings.Join(exprs, ", ")+" FROM "+table.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	text, into := make([]string, len(cols)), make([]any, len(cols))
	for i := range text {
		into[i] = &text[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		values := make([]uint64, len(cols))
		for i, s := range text {
			values[i] = maphash.String(hashSeed, s)
		}
		f(text, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

var hashSeed = maphash.MakeSeed()

// tokens calls yield for each token in s.
func tokens(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			i := strings.Index(s, "t1.")
			if i < 0 {
				return
			}
			s = s[i:]
			end := strings.IndexFunc(s, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' })
			if end < 0 {
				end = len(s)
			}
			if !yield(strings.TrimRight(s[:end], ".")) {
				return
			}
			s = s[3:]
		}
	}
}

// addresses calls yield for each address in s, as it is usually written.
func addresses(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		part := func(c rune) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c == '.' || c == ':' }
		for len(s) > 0 {
			i := strings.IndexFunc(s, part)
			if i < 0 {
				return
			}
			s = s[i:]
			end := strings.IndexFunc(s, func(c rune) bool { return !part(c) })
			if end < 0 {
				end = len(s)
			}
			word := s[:end]
			s = s[end:]
			if strings.Count(word, ".") == 3 && strings.Count(word, ":") == 1 {
				word = word[:strings.IndexByte(word, ':')] // its port
			}
			if a, err := netip.ParseAddr(word); err == nil && !yield(a.Unmap().String()) {
				return
			}
		}
	}
}

func whose(m map[string]int, words func(func(string) bool), who []int) []int {
	for w := range words {
		if i, ok := m[w]; ok && !slices.Contains(who, i) {
			who = append(who, i)
		}
	}
	return who
}
