package querytest

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// Tenant is the tenant of all rows.
const Tenant = "default"

// Open returns a store with empty tables in a database of its own.
func Open(t testing.TB) *clickhouse.Store {
	t.Helper()
	s, _ := OpenWithReader(t)
	return s
}

// OpenWithReader is Open, and says how the user reader connects.
func OpenWithReader(t testing.TB) (*clickhouse.Store, *driver.Options) {
	t.Helper()
	e := enginetest.Start(t)
	return open(t, e), e.ReaderOptions()
}

// OpenWalled is Open in the engine's own database, whose tables have row policies for
// the user asker, and of which the user reader reads those for statements. A test
// process has one: its tables are emptied here.
func OpenWalled(t testing.TB) (s *clickhouse.Store, asker, reader *driver.Options) {
	t.Helper()
	e := enginetest.Start(t).On(engine.Database)
	s = open(t, e)
	names, err := s.Conn().Query(t.Context(), "SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND total_rows > 0 AND NOT startsWith(name, 'goose')")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = names.Close() }()
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if err := s.Conn().Exec(t.Context(), "TRUNCATE TABLE "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	return s, e.AskerOptions(), e.ReaderOptions()
}

func open(t testing.TB, e *engine.Engine) *clickhouse.Store {
	t.Helper()
	o := e.Options()
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{
		Addr: o.Addr, User: o.Auth.Username, Password: o.Auth.Password, Database: o.Auth.Database,
	})
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

// Row is what a test says of a row: text by column, numbers by column, and the
// rest below. Times of day and identity are filled in.
type Row struct {
	Time   time.Time
	Kind   uint64
	Source string
	Text   map[schemas.Column]string
	Lists  map[schemas.Column][]string
	Num    map[schemas.Column]uint64
	Addr   map[schemas.Column]string // also the text column beside it, unless Text has that
	Flags  uint64
}

var addrText = map[schemas.Column]schemas.Column{schemas.SrcIP: schemas.SrcAddr, schemas.DstIP: schemas.DstAddr}

// Insert stores rows as one batch named after payload.
func Insert(t testing.TB, s *clickhouse.Store, table schemas.Table, payload string, rows []Row) {
	t.Helper()
	if err := s.Insert(context.WithoutCancel(t.Context()), []*event.Batch{NewBatch(table, payload, rows)}, false); err != nil {
		t.Fatal(err)
	}
}

// InsertPlanted stores rows as a canary's: planted ones of a format, or its result.
func InsertPlanted(t testing.TB, s *clickhouse.Store, format string, rows []Row) {
	t.Helper()
	b := newBatch(schemas.Events, "canary/"+format, schemas.CanaryScheme+"/"+format, rows)
	if err := s.Insert(context.WithoutCancel(t.Context()), []*event.Batch{b}, false); err != nil {
		t.Fatal(err)
	}
}

// NewBatch makes a batch of rows.
func NewBatch(table schemas.Table, payload string, rows []Row) *event.Batch {
	return newBatch(table, payload+".log.gz", "f/"+payload, rows)
}

func newBatch(table schemas.Table, origin, payload string, rows []Row) *event.Batch {
	b := event.NewBatch(table)
	source := "app"
	if len(rows) > 0 {
		source = rows[0].Source
	}
	meta := event.Meta{Table: table, Source: source, Origin: origin, PayloadID: payload, Final: true,
		KeyVersion: 1, Scrubber: "test", Ingested: time.Now().UTC().Truncate(time.Millisecond)}
	b.Reset(meta)
	for i, r := range rows {
		b.SetString(schemas.TenantID, Tenant)
		b.SetNum(schemas.EventTime, uint64(r.Time.UnixMilli()))
		b.SetNum(schemas.IngestTime, uint64(meta.Ingested.UnixMilli()))
		b.SetString(schemas.Source, r.Source)
		b.SetNum(schemas.RowKind, r.Kind)
		b.SetNum(schemas.Flags, r.Flags)
		b.SetString(schemas.Origin, meta.Origin)
		b.SetString(schemas.Batch, meta.Key())
		b.SetNum(schemas.RecordNo, uint64(i))
		present := uint64(0)
		for c, v := range r.Num {
			b.SetNum(c, v)
			present |= c.PresentBit()
		}
		for c, v := range r.Addr {
			if a, err := netip.ParseAddr(v); err == nil {
				b.SetAddr(c, a.As16())
				present |= c.PresentBit()
			}
			if text, ok := addrText[c]; ok && r.Text[text] == "" {
				b.SetString(text, v)
			}
		}
		for c, v := range r.Text {
			b.SetString(c, v)
		}
		for c, list := range r.Lists {
			for _, v := range list {
				b.SetString(c, v)
			}
		}
		b.SetNum(schemas.Present, present)
		b.EndRow()
	}
	return b
}

// Tokens is a keyring of one made-up key: the token of x under type k is
// t1.k.1. and 26 characters made of x.
type Tokens struct{}

// Candidates implements query.Tokens.
func (Tokens) Candidates(kind, raw string) []string {
	switch kind {
	case "patient", "session", "ip", "user":
		return []string{Token(kind, raw)}
	}
	return nil
}

// Token is the token Candidates gives.
func Token(kind, raw string) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	h := uint64(14695981039346656037)
	var out [26]byte
	for i := range out {
		for _, c := range []byte(raw) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		h += uint64(i)
		out[i] = alphabet[h>>40&31]
	}
	return fmt.Sprintf("t1.%s.1.%s", kind, out[:])
}
