package event

import (
	"fmt"
	"time"

	"github.com/scrubline/scrubline/schemas"
)

// Meta says what a batch is. It travels in the archived object's footer.
type Meta struct {
	Table     schemas.Table
	Source    string // name of the source
	Origin    string // where the payload came from
	PayloadID string // name of the payload in the archive: scheme and keyed hash, for example "f/3f…"
	Start     uint64 // number of the first record
	Final     bool   // the payload ends with this batch
	// Generation counts the objects of the archive that stood for the batch before
	// this one, with more tombstones: 0 is the first.
	Generation  uint32
	PolicyHash  string // hash of the treatments and recognizers in force
	KeyVersion  uint32 // token key version in force
	Scrubber    string // version of the scrubber
	Ingested    time.Time
	PayloadSize int64  // bytes of the payload as delivered, known at the end
	Error       string // code that ended the payload early, "" if it was read to its end
	// SHA256 is the hash of the archived object, hex; "" until it is archived. It
	// goes to the ledger, not into the object.
	SHA256 string
	// Stream says which part of a stream this is; nil for a payload that ends.
	Stream *Stretch
	// Matches counts what the scrubber did, by recognizer: the scrub receipt.
	Matches map[string]uint64
	// Treated is Matches by treatment too: "us_ssn/label" and so on.
	Treated map[string]uint64
}

// Batch is the rows of consecutive records of one payload: row i is record
// Start+i. The columns are those of Meta.Table. Reading a column may complete it
// in memory, so one goroutine uses a batch at a time.
type Batch struct {
	Meta
	rows  int
	size  int // see Size
	cols  [schemas.NumColumns]column
	order []schemas.Column
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
	b.rows, b.size = 0, 0
	b.order = m.Table.Columns()
	var has schemas.ColumnSet
	for _, c := range b.order {
		has.Add(c)
	}
	for i := range b.cols {
		kind := schemas.Kind(0)
		if c := schemas.Column(i); has.Has(c) {
			kind = c.Info().Kind
		}
		b.cols[i].reset(kind)
	}
}

// Rows returns the number of finished rows.
func (b *Batch) Rows() int { return b.rows }

// Columns lists the batch's columns in the table's order.
func (b *Batch) Columns() []schemas.Column { return b.order }

// Size returns the bytes of memory that the rows take, nearly. What a column
// that no row set would take does not count.
func (b *Batch) Size() int { return b.size }

// Footprint returns the bytes of memory that b holds on to, full or empty, nearly.
func (b *Batch) Footprint() int {
	n := 0
	for i := range b.cols {
		n += b.cols[i].footprint()
	}
	return n
}

// SetNum sets a numeric or time column of the row being built.
func (b *Batch) SetNum(c schemas.Column, v uint64) {
	switch k := &b.cols[c]; k.kind {
	case 0, schemas.KString, schemas.KDict, schemas.KStrings, schemas.KIP:
	default:
		if len(k.nums) > b.rows {
			k.nums[b.rows] = v
			return
		}
		b.size += k.pad(b.rows) + 8
		k.nums = append(k.nums, v)
	}
}

// SetAddr sets an address column of the row being built.
func (b *Batch) SetAddr(c schemas.Column, a [16]byte) {
	k := &b.cols[c]
	if k.kind != schemas.KIP {
		return
	}
	if len(k.addrs) > b.rows {
		k.addrs[b.rows] = a
		return
	}
	b.size += k.pad(b.rows) + 16
	k.addrs = append(k.addrs, a)
}

// SetString sets a text column of the row being built; of a list column it adds
// an element. Columns that the table lacks are ignored.
func (b *Batch) SetString(c schemas.Column, v string) {
	switch k := &b.cols[c]; k.kind {
	case schemas.KString:
		b.text(k)
		k.Buf = append(k.Buf, v...)
		b.close(k, len(v))
	case schemas.KDict:
		b.word(k)
		words := len(k.dict.Values)
		if k.dict.Keys[b.rows] = k.dict.keyString(v); len(k.dict.Values) > words {
			b.size += wordBytes + len(v)
		}
	case schemas.KStrings:
		b.item(k, len(v))
		k.strs.Items.Buf = append(k.strs.Items.Buf, v...)
		k.strs.Items.close()
	}
}

// SetBytes is SetString for bytes.
func (b *Batch) SetBytes(c schemas.Column, v []byte) {
	switch k := &b.cols[c]; k.kind {
	case schemas.KString:
		b.text(k)
		k.Buf = append(k.Buf, v...)
		b.close(k, len(v))
	case schemas.KDict:
		b.word(k)
		words := len(k.dict.Values)
		if k.dict.Keys[b.rows] = k.dict.key(v); len(k.dict.Values) > words {
			b.size += wordBytes + len(v)
		}
	case schemas.KStrings:
		b.item(k, len(v))
		k.strs.Items.Append(v)
	}
}

// wordBytes is what a word of a dictionary takes besides its text.
const wordBytes = 48

// text gets a text column ready for the value of the row being built.
func (b *Batch) text(k *column) {
	if len(k.Str.End) > b.rows {
		k.Str.truncate(b.rows)
		return
	}
	b.size += k.pad(b.rows)
}

func (b *Batch) close(k *column, n int) {
	k.Str.close()
	b.size += 4 + n
}

// word gets a dictionary column ready for the key of the row being built.
func (b *Batch) word(k *column) {
	if len(k.dict.Keys) > b.rows {
		return
	}
	b.size += k.pad(b.rows) + 4
	k.dict.kept = len(k.dict.Values)
	k.dict.Keys = append(k.dict.Keys, 0)
}

// item gets a list column ready for another element of the row being built.
func (b *Batch) item(k *column, n int) {
	if len(k.strs.End) <= b.rows {
		b.size += k.pad(b.rows) + 4
		k.strs.close()
	}
	k.strs.End[b.rows]++
	b.size += 4 + n
}

// Fill sets what rows have in a dictionary column that do not set it; rows that
// are there already included, unless a later one set the column.
func (b *Batch) Fill(c schemas.Column, v string) {
	if k := &b.cols[c]; k.kind == schemas.KDict {
		k.fillKey, k.unset = k.dict.keyString(v), false
	}
}

// FillNum is Fill for a numeric or time column.
func (b *Batch) FillNum(c schemas.Column, v uint64) {
	if k := &b.cols[c]; k.kind != 0 {
		k.fillNum, k.unset = v, false
	}
}

// EndRow finishes the row; what was not set is zero or empty, or what Fill says.
func (b *Batch) EndRow() { b.rows++ }

// DropRow forgets the row being built and what it brought into the dictionaries;
// or the last finished one, whose words stay in them.
func (b *Batch) DropRow(finished bool) {
	if finished {
		b.rows--
	}
	for _, c := range b.order {
		b.cols[c].truncate(b.rows, !finished)
	}
}

// Unset reports whether all rows have zero or nothing in a column, because none
// set it and nobody looked at it. Reading such a column makes it.
func (b *Batch) Unset(c schemas.Column) bool { return b.cols[c].unset }

// Str returns a KString column.
func (b *Batch) Str(c schemas.Column) *Str { return &b.whole(c).Str }

// Dict returns a KDict column.
func (b *Batch) Dict(c schemas.Column) *Dict { return &b.whole(c).dict }

// Strs returns a KStrings column.
func (b *Batch) Strs(c schemas.Column) *Strs { return &b.whole(c).strs }

// Nums returns a numeric or time column; see schemas.Kind for its units.
func (b *Batch) Nums(c schemas.Column) []uint64 { return b.whole(c).nums }

// Addrs returns a KIP column.
func (b *Batch) Addrs(c schemas.Column) [][16]byte { return b.whole(c).addrs }

// whole returns a column with a value for each finished row.
func (b *Batch) whole(c schemas.Column) *column {
	k := &b.cols[c]
	b.size += k.pad(b.rows)
	return k
}

// Key is the batch's name in the archive: the start of its range only, so that
// a retry that cuts elsewhere meets the object that is already there.
// The name of a stretch has its first offset.
func (m *Meta) Key() string {
	if m.Stream != nil {
		return fmt.Sprintf("v1/%s/%020d", m.PayloadID, m.Stream.From)
	}
	return fmt.Sprintf("v1/%s/%012d", m.PayloadID, m.Start)
}

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
