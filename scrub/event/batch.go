package event

import (
	"fmt"
	"time"

	"github.com/scrubline/scrubline/schemas"
)

// Meta says what a batch is. It travels in the archived object's footer.
type Meta struct {
	Table       schemas.Table
	Source      string // name of the source
	Origin      string // where the payload came from
	PayloadID   string // name of the payload in the archive: scheme and keyed hash, for example "f/3f…"
	Start       uint64 // number of the first record
	Final       bool   // the payload ends with this batch
	PolicyHash  string // hash of the treatments and recognizers in force
	KeyVersion  uint32 // token key version in force
	Scrubber    string // version of the scrubber
	Ingested    time.Time
	PayloadSize int64  // bytes of the payload as delivered, known at the end
	Error       string // code that ended the payload early, "" if it was read to its end
	// SHA256 is the hash of the archived object, hex; "" until it is archived. It
	// goes to the ledger, not into the object.
	SHA256 string
	// Matches counts what the scrubber did, by recognizer: the scrub receipt.
	Matches map[string]uint64
}

// Batch is the rows of consecutive records of one payload: row i is record
// Start+i. The columns are those of Meta.Table.
type Batch struct {
	Meta
	rows  int
	cols  [schemas.NumColumns]column
	order []schemas.Column
}

// column has one of its parts in use, by the column's kind.
type column struct {
	kind schemas.Kind
	Str
	dict  Dict
	strs  Strs
	nums  []uint64
	addrs [][16]byte

	// the row being built
	num  uint64
	addr [16]byte
	key  uint32
}

// NewBatch returns an empty batch for a table.
func NewBatch(t schemas.Table) *Batch {
	b := &Batch{}
	b.Reset(Meta{Table: t})
	return b
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset(m Meta) {
	b.Meta = m
	b.rows = 0
	b.order = m.Table.Columns()
	for _, c := range b.order {
		k := &b.cols[c]
		k.kind = c.Info().Kind
		k.Str.Buf, k.Str.End = k.Str.Buf[:0], k.Str.End[:0]
		k.dict.reset()
		k.strs.Items.truncate(0)
		k.strs.End = k.strs.End[:0]
		k.nums, k.addrs = k.nums[:0], k.addrs[:0]
		k.num, k.addr, k.key = 0, [16]byte{}, 0
	}
}

// Rows returns the number of finished rows.
func (b *Batch) Rows() int { return b.rows }

// Columns lists the batch's columns in the table's order.
func (b *Batch) Columns() []schemas.Column { return b.order }

// Size returns the bytes that the text columns hold.
func (b *Batch) Size() int {
	n := len(b.cols[schemas.Native].Buf)
	return n + n/2
}

// SetNum sets a numeric or time column of the row being built.
func (b *Batch) SetNum(c schemas.Column, v uint64) { b.cols[c].num = v }

// SetAddr sets an address column of the row being built.
func (b *Batch) SetAddr(c schemas.Column, a [16]byte) { b.cols[c].addr = a }

// SetString sets a text column of the row being built; of a list column it adds
// an element. Columns that the table lacks are ignored.
func (b *Batch) SetString(c schemas.Column, v string) {
	k := &b.cols[c]
	switch k.kind {
	case schemas.KString:
		k.Buf = append(k.Buf[:k.mark()], v...)
	case schemas.KDict:
		k.key = k.dict.keyString(v)
	case schemas.KStrings:
		k.strs.Items.Buf = append(k.strs.Items.Buf, v...)
		k.strs.Items.close()
	}
}

// SetBytes is SetString for bytes.
func (b *Batch) SetBytes(c schemas.Column, v []byte) {
	k := &b.cols[c]
	switch k.kind {
	case schemas.KString:
		k.Buf = append(k.Buf[:k.mark()], v...)
	case schemas.KDict:
		k.key = k.dict.key(v)
	case schemas.KStrings:
		k.strs.Items.Append(v)
	}
}

// mark is where the value of the row being built starts.
func (k *column) mark() int {
	if n := len(k.Str.End); n > 0 {
		return int(k.Str.End[n-1])
	}
	return 0
}

// EndRow finishes the row; what was not set is zero or empty.
func (b *Batch) EndRow() {
	for _, c := range b.order {
		k := &b.cols[c]
		switch k.kind {
		case schemas.KString:
			k.Str.close()
		case schemas.KDict:
			k.dict.Keys = append(k.dict.Keys, k.key)
			k.dict.kept = len(k.dict.Values)
			k.key = 0
		case schemas.KStrings:
			k.strs.close()
		case schemas.KIP:
			k.addrs = append(k.addrs, k.addr)
			k.addr = [16]byte{}
		default:
			k.nums = append(k.nums, k.num)
			k.num = 0
		}
	}
	b.rows++
}

// DropRow forgets the row being built and what it brought into the dictionaries;
// or the last finished one, whose words stay in them.
func (b *Batch) DropRow(finished bool) {
	if finished {
		b.rows--
	}
	for _, c := range b.order {
		k := &b.cols[c]
		k.num, k.key, k.addr = 0, 0, [16]byte{}
		switch k.kind {
		case schemas.KString:
			k.Str.truncate(b.rows)
		case schemas.KDict:
			k.dict.Keys = k.dict.Keys[:b.rows]
			k.dict.drop()
		case schemas.KStrings:
			k.strs.truncate(b.rows)
		case schemas.KIP:
			k.addrs = k.addrs[:b.rows]
		default:
			k.nums = k.nums[:b.rows]
		}
	}
}

// Str returns a KString column.
func (b *Batch) Str(c schemas.Column) *Str { return &b.cols[c].Str }

// Dict returns a KDict column.
func (b *Batch) Dict(c schemas.Column) *Dict { return &b.cols[c].dict }

// Strs returns a KStrings column.
func (b *Batch) Strs(c schemas.Column) *Strs { return &b.cols[c].strs }

// Nums returns a numeric or time column; see schemas.Kind for its units.
func (b *Batch) Nums(c schemas.Column) []uint64 { return b.cols[c].nums }

// Addrs returns a KIP column.
func (b *Batch) Addrs(c schemas.Column) [][16]byte { return b.cols[c].addrs }

// Key is the batch's name in the archive: the start of its range only, so that
// a retry that cuts elsewhere meets the object that is already there.
func (m *Meta) Key() string { return fmt.Sprintf("v1/%s/%012d", m.PayloadID, m.Start) }

// Count returns the rows of a kind (schemas.KindEvent …).
func (b *Batch) Count(kind uint64) int {
	n := 0
	for _, k := range b.Nums(schemas.RowKind) {
		if k == kind {
			n++
		}
	}
	return n
}
