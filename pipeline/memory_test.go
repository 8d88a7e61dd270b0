package pipeline

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// memory is a sink in memory that keeps what it is given and complains about
// what ClickHouse would keep badly: a row with another content than before, a
// row twice although nobody doubted.
type memory struct {
	t     testing.TB
	races bool // two processes are at it: what one archived the other may insert first

	mu      sync.Mutex
	rows    map[string]string // content by identity
	ledger  map[string]clickhouse.Held
	natives map[clickhouse.NativeKey]map[string]bool // batches that have the id
	origins map[string]uint64                        // rows by origin
	marked  map[string]bool                          // identities of rows with FlagDuplicate
	stones  map[string]bool                          // identities of tombstones
	inserts int
	doubts  int // batches offered in doubt
}

func newMemory(t testing.TB) *memory {
	return &memory{
		t: t, rows: map[string]string{}, ledger: map[string]clickhouse.Held{}, origins: map[string]uint64{},
		natives: map[clickhouse.NativeKey]map[string]bool{}, marked: map[string]bool{}, stones: map[string]bool{},
	}
}

func content(b *event.Batch, row int) string {
	var s strings.Builder
	for _, c := range b.Columns() {
		fmt.Fprintf(&s, "%q ", batchtest.Cell(b, c, row))
	}
	return s.String()
}

func (m *memory) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inserts++
	given := map[string]bool{}
	for _, b := range batches {
		if given[b.Key()] {
			return clickhouse.ErrBadBatch
		}
		given[b.Key()] = true
		if doubt {
			m.doubts++
		}
		bad := ""
		each(b, func(row int, id, content string) {
			had, ok := m.rows[id]
			switch {
			case batchtest.Cell(b, schemas.RecordNo, row) != fmt.Sprint(b.Start+uint64(row)), batchtest.Cell(b, schemas.Batch, row) != b.Key():
				bad = id + " does not say who it is"
			case ok && !doubt && !m.races:
				bad = id + " is there already and nobody doubted"
			case ok && had != content && b.Generation > 0 && m.stones[id]:
			case ok && had != content:
				bad = id + " has another content"
			case !ok:
				m.origins[b.Origin]++
			}
			m.rows[id], m.stones[id] = content, b.Nums(schemas.RowKind)[row] == schemas.KindTombstone
			if b.Nums(schemas.Flags)[row]&schemas.FlagDuplicate != 0 {
				m.marked[id] = true
			}
			if b.Table == schemas.Events {
				if native := string(b.Str(schemas.NativeID).At(row)); native != "" {
					k := clickhouse.NativeKey{Account: b.Dict(schemas.RecipientAccount).At(row), ID: native}
					if m.natives[k] == nil {
						m.natives[k] = map[string]bool{}
					}
					m.natives[k][b.Key()] = true
				}
			}
		})
		if bad != "" {
			m.t.Error(bad)
		}
		m.ledger[b.Key()] = clickhouse.Held{Rows: uint64(b.Rows()), SHA256: b.SHA256, Final: b.Final}
	}
	return nil
}

func (m *memory) Has(_ context.Context, keys []string) (map[string]clickhouse.Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := map[string]clickhouse.Held{}
	for _, k := range keys {
		if h, ok := m.ledger[k]; ok {
			held[k] = h
		}
	}
	return held, nil
}

func (m *memory) Seen(_ context.Context, except string, ids []clickhouse.NativeKey) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := make([]bool, len(ids))
	for i, id := range ids {
		for batch := range m.natives[id] {
			seen[i] = seen[i] || batch != except
		}
	}
	return seen, nil
}

// clickHouse returns an empty database of the real engine.
func clickHouse(t testing.TB) *clickhouse.Store {
	t.Helper()
	e := enginetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSinks: what the tests of this package believe of a sink is true of
// ClickHouse too.
func TestSinks(t *testing.T) {
	for name, sink := range map[string]Sink{"memory": newMemory(t), "clickhouse": clickHouse(t)} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			b := func(id string, rows int) *event.Batch {
				b := &event.Batch{}
				b.Reset(batchtest.Meta(schemas.Events, "aws_cloudtrail", id, 0, true))
				batchtest.Events(b, rows)
				b.SHA256 = "ab" + id
				return b
			}
			one, two, none := b("0a", 5), b("0b", 3), b("0c", 0)
			for _, doubt := range []bool{false, true, true} {
				if err := sink.Insert(ctx, []*event.Batch{one, two, none}, doubt); err != nil {
					t.Fatal(err)
				}
			}
			if err := sink.Insert(ctx, []*event.Batch{one, one}, true); err == nil {
				t.Error("a batch was taken twice in one insert")
			}
			held, err := sink.Has(ctx, []string{one.Key(), none.Key(), "v1/f/0d/000000000000"})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]clickhouse.Held{one.Key(): {Rows: 5, SHA256: "ab0a", Final: true}, none.Key(): {SHA256: "ab0c", Final: true}}
			if d := cmp.Diff(want, held); d != "" {
				t.Error(d)
			}
			// The batches have the same ids, because they start at the same record.
			id := func(row int) clickhouse.NativeKey {
				return clickhouse.NativeKey{Account: one.Dict(schemas.RecipientAccount).At(row), ID: string(one.Str(schemas.NativeID).At(row))}
			}
			other := id(0)
			other.Account = "another"
			seen, err := sink.Seen(ctx, one.Key(), []clickhouse.NativeKey{id(0), id(4), other, {}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]bool{true, false, false, false}, seen); d != "" {
				t.Error(d)
			}
			over, cancel := context.WithCancel(ctx)
			cancel()
			if err := sink.Insert(over, []*event.Batch{b("0e", 1)}, false); err == nil {
				t.Error("inserted after the context ended")
			}
		})
	}
}
