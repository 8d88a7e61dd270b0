package clickhouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// day0 is where the tests' logs begin.
var day0 = time.Date(2026, 3, 30, 22, 0, 0, 0, time.UTC)

// shape says what a made batch looks like.
type shape struct {
	table  schemas.Table
	id     string // payload
	start  uint64
	rows   int
	values int           // different values of each dictionary column
	step   time.Duration // between rows
	native int           // bytes of the native record
}

// makeBatch makes a batch with every column filled, the same for the same shape.
// Every fifth text is empty or holds bytes that tempt a parser.
func makeBatch(sh shape) *event.Batch {
	if sh.values == 0 {
		sh.values = 7
	}
	if sh.step == 0 {
		sh.step = time.Second
	}
	rnd := rand.New(rand.NewPCG(uint64(sh.rows), uint64(len(sh.id))+sh.start))
	b := event.NewBatch(sh.table)
	b.Meta = event.Meta{Table: sh.table, Source: "aws_test", Origin: "file:" + sh.id, PayloadID: "f/" + sh.id, Start: sh.start, SHA256: "ab12"}
	fill := strings.Repeat("abcdefghij ", sh.native/11+1)[:sh.native]
	odd := []string{"", "it's", "a\tb\nc\\", "\x00\xff\xfe", "größe"}
	for i := range sh.rows {
		at := day0.Add(time.Duration(sh.start+uint64(i)) * sh.step)
		for _, c := range b.Columns() {
			switch c.Info().Kind {
			case schemas.KString:
				v := fmt.Sprintf("%s-%d", c, rnd.IntN(1000))
				if i%5 == 0 {
					v = odd[rnd.IntN(len(odd))]
				}
				b.SetString(c, v)
			case schemas.KDict:
				b.SetString(c, fmt.Sprintf("%s-%d", c, rnd.IntN(sh.values)))
			case schemas.KStrings:
				for range rnd.IntN(4) {
					b.SetString(c, fmt.Sprintf("arn:aws:s3:::bucket-%d/key", rnd.IntN(20)))
				}
			case schemas.KIP:
				var a [16]byte
				for j := range a {
					a[j] = byte(rnd.Uint32())
				}
				b.SetAddr(c, a)
			case schemas.KTime:
				b.SetNum(c, uint64(at.UnixMilli()))
			case schemas.KF32:
				b.SetNum(c, uint64(0x3fc00000+rnd.Uint32N(1000)))
			case schemas.KU8:
				b.SetNum(c, uint64(rnd.Uint32N(1<<8)))
			case schemas.KU16:
				b.SetNum(c, uint64(rnd.Uint32N(1<<16)))
			default:
				b.SetNum(c, rnd.Uint64())
			}
		}
		b.SetNum(schemas.RowKind, schemas.KindEvent)
		if i%17 == 3 {
			b.SetNum(schemas.RowKind, schemas.KindTombstone)
		}
		b.SetNum(schemas.Flags, 0)
		if i%13 == 2 {
			b.SetNum(schemas.Flags, schemas.FlagDuplicate)
		}
		b.SetString(schemas.TenantID, "t")
		b.SetString(schemas.Source, "aws_test")
		b.SetString(schemas.Batch, b.Key())
		b.SetNum(schemas.RecordNo, sh.start+uint64(i))
		if sh.native > 0 {
			b.SetString(schemas.Native, fill)
		}
		b.EndRow()
	}
	return b
}

// rowsOf prints each row of a batch as stored prints a row of a table.
func rowsOf(b *event.Batch) []string {
	out := make([]string, b.Rows())
	for row := range out {
		var s strings.Builder
		for _, c := range b.Columns() {
			switch k := c.Info().Kind; k {
			case schemas.KString:
				fmt.Fprintf(&s, "%q ", b.Str(c).At(row))
			case schemas.KDict:
				fmt.Fprintf(&s, "%q ", b.Dict(c).At(row))
			case schemas.KStrings:
				from, to := b.Strs(c).Row(row)
				for i := from; i < to; i++ {
					fmt.Fprintf(&s, "%q,", b.Strs(c).Items.At(i))
				}
				s.WriteByte(' ')
			case schemas.KIP:
				a := b.Addrs(c)[row]
				fmt.Fprintf(&s, "%s ", hex.EncodeToString(a[:]))
			default:
				fmt.Fprintf(&s, "%d ", b.Nums(c)[row])
			}
		}
		out[row] = s.String()
	}
	return out
}

// stored prints the rows of a batch as its table has them, copies once, in the
// order of their numbers.
func stored(t testing.TB, s *Store, tab schemas.Table, key string) []string {
	t.Helper()
	exprs := make([]string, len(tab.Columns()))
	for i, c := range tab.Columns() {
		switch k := c.Info().Kind; k {
		case schemas.KTime:
			exprs[i] = "reinterpretAsUInt64(toUnixTimestamp64Milli(" + c.String() + "))"
		case schemas.KF32:
			exprs[i] = "toUInt64(reinterpretAsUInt32(" + c.String() + "))"
		case schemas.KU8, schemas.KU16, schemas.KU32:
			exprs[i] = "toUInt64(" + c.String() + ")"
		default:
			exprs[i] = c.String()
		}
	}
	var out []string
	err := s.each(t.Context(), func(r driver.Rows) error {
		dest := make([]any, len(exprs))
		for i, c := range tab.Columns() {
			switch c.Info().Kind {
			case schemas.KString, schemas.KDict:
				dest[i] = new(string)
			case schemas.KStrings:
				dest[i] = new([]string)
			case schemas.KIP:
				dest[i] = new(net.IP)
			default:
				dest[i] = new(uint64)
			}
		}
		if err := r.Scan(dest...); err != nil {
			t.Errorf("scanning: %v", err)
			return err
		}
		var s strings.Builder
		for _, d := range dest {
			switch d := d.(type) {
			case *string:
				fmt.Fprintf(&s, "%q ", *d)
			case *[]string:
				for _, v := range *d {
					fmt.Fprintf(&s, "%q,", v)
				}
				s.WriteByte(' ')
			case *net.IP:
				fmt.Fprintf(&s, "%s ", hex.EncodeToString(d.To16()))
			case *uint64:
				fmt.Fprintf(&s, "%d ", *d)
			}
		}
		out = append(out, s.String())
		return nil
	}, "SELECT "+strings.Join(exprs, ", ")+" FROM "+tab.String()+
		" WHERE batch = {key:String} ORDER BY batch, record_no LIMIT 1 BY batch, record_no", clickhouse.Named("key", key))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same fails the test unless the table holds exactly the batches' rows.
func same(t testing.TB, s *Store, batches ...*event.Batch) {
	t.Helper()
	for _, b := range batches {
		got, want := stored(t, s, b.Table, b.Key()), rowsOf(b)
		if len(got) != len(want) {
			t.Errorf("%s: %d rows, want %d", b.Key(), len(got), len(want))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s row %d:\n got %s\nwant %s", b.Key(), i, got[i], want[i])
				break
			}
		}
		if b.Table == schemas.Events {
			sameAccess(t, s, b)
		}
	}
}

// sameAccess fails the test unless access_by_subject has the batch's subjects.
func sameAccess(t testing.TB, s *Store, b *event.Batch) {
	t.Helper()
	want := 0
	for row := range b.Rows() {
		if b.Nums(schemas.RowKind)[row] != schemas.KindEvent {
			continue
		}
		things := map[string]bool{}
		for i, to := b.Strs(schemas.ResourceIDs).Row(row); i < to; i++ {
			things["r:"+string(b.Strs(schemas.ResourceIDs).Items.At(i))] = true
		}
		for c, kind := range map[schemas.Column]string{schemas.PatientToken: "p:", schemas.SessionIDCol: "s:"} {
			if v := b.Str(c).At(row); len(v) > 0 {
				things[kind+string(v)] = true
			}
		}
		for _, v := range []string{string(b.Str(schemas.ActorID).At(row)), string(b.Str(schemas.ActorName).At(row)),
			string(b.Str(schemas.ActorSession).At(row)), b.Dict(schemas.ActorRole).At(row)} {
			if v != "" {
				things["a:"+v[strings.LastIndexAny(v, "/:")+1:]] = true
			}
		}
		want += len(things)
	}
	if got := number(t, s, "SELECT uniqExact(record_no, subject) FROM access_by_subject WHERE batch = '"+b.Key()+"'"); got != uint64(want) {
		t.Errorf("%s: %d rows in access_by_subject, want %d", b.Key(), got, want)
	}
}

// number runs a query that answers with one number.
func number(t testing.TB, s *Store, query string) uint64 {
	t.Helper()
	var n uint64
	if err := s.Conn().QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
