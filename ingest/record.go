package ingest

import (
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/scrubline/scrubline/schemas"
)

// Encoding says how the bytes of a field are written in the record.
type Encoding uint8

const (
	Plain     Encoding = iota
	JSONText           // inside a JSON string: backslash escapes
	JSONValue          // an unquoted JSON number or literal; a replacement adds the quotes
	SlashX             // inside a quoted field of ALB, CLF: \x22 and \" escapes
	Percent            // the whole field is percent-encoded (CloudFront)
)

// Field is a span of the record's bytes. Fields that are not aliases do not
// overlap; bytes in no field pass as they are, so a decoder leaves out only
// what is punctuation, a key its schema names, or a value whose treatment is
// Keep and that fills no column.
type Field struct {
	Start, End       uint32 // the value, without quotes
	KeyStart, KeyEnd uint32 // the key or name in the record that announces it; empty if none
	schemas.Field           // treatment, hint, column, type
	Enc              Encoding
	Alias            bool // fills a column from bytes another field treats: never scanned itself
}

// Record is one raw entry, decoded. It is lent: see the package comment.
type Record struct {
	Ordinal uint64        // number of the record in its payload, from 0
	Source  string        // name of the source, for example aws_alb
	Table   schemas.Table // where its row goes
	raw     *rawBytes     // a pointer, so that no format verb prints it

	Fields  []Field
	nums    [schemas.NumColumns]uint64 // of the columns in set
	addrs   [schemas.NumColumns][16]byte
	derived [schemas.NumColumns]string // of the columns in words
	flags   uint64
	set     schemas.ColumnSet
	words   schemas.ColumnSet
}

// rawBytes holds its bytes behind a second pointer: of a value behind one
// pointer in an unexported field, %s and %q print what it points to.
type rawBytes struct{ b *[]byte }

func (*rawBytes) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[raw]")) }

// Reset makes r an empty record over raw, which stays the caller's.
func (r *Record) Reset(source string, table schemas.Table, raw []byte) {
	if r.raw == nil {
		r.raw = &rawBytes{b: new([]byte)}
	}
	*r.raw.b = raw
	r.Source, r.Table = source, table
	r.Fields = r.Fields[:0]
	r.flags, r.set, r.words = 0, schemas.ColumnSet{}, schemas.ColumnSet{}
}

// Reveal returns the record's bytes. Only package scrub calls it (a test reads
// the sources for that).
func (r *Record) Reveal() []byte { return *r.raw.b }

// Len returns the record's length in bytes.
func (r *Record) Len() int { return len(*r.raw.b) }

// Format prints no content.
func (r *Record) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "record %d of %s, %d bytes", r.Ordinal, r.Source, r.Len())
}

// Add appends a field with the treatment fd for the bytes [start,end).
func (r *Record) Add(start, end int, fd schemas.Field, enc Encoding) *Field {
	n := len(r.Fields)
	if n == cap(r.Fields) {
		r.Fields = slices.Grow(r.Fields, 1)
	}
	// Written in place: append makes the field on the stack first and copies it,
	// which takes three times as long.
	r.Fields = r.Fields[:n+1]
	f := &r.Fields[n]
	f.Start, f.End, f.KeyStart, f.KeyEnd = uint32(start), uint32(end), 0, 0
	f.Field = fd
	f.Enc, f.Alias = enc, false
	return f
}

// AddAlias appends a field that fills column from [start,end), bytes which other
// fields treat: the column gets what the scrubber leaves of them.
func (r *Record) AddAlias(start, end int, column schemas.Column, enc Encoding) {
	f := r.Add(start, end, schemas.Field{Column: column}, enc)
	f.Alias = true
}

// SetNum sets a numeric column and its presence. Time columns take Unix
// milliseconds.
func (r *Record) SetNum(c schemas.Column, v uint64) {
	r.nums[c] = v
	r.set.Add(c)
}

// SetFloat sets a Float32 column.
func (r *Record) SetFloat(c schemas.Column, v float32) { r.SetNum(c, uint64(math.Float32bits(v))) }

// SetFlag adds a bit of the column flags.
func (r *Record) SetFlag(bit uint64) { r.flags |= bit }

// SetAddr sets an address column; IPv4 is stored as IPv4-mapped IPv6.
func (r *Record) SetAddr(c schemas.Column, a netip.Addr) {
	r.addrs[c] = a.As16()
	r.set.Add(c)
}

// Unset takes back SetNum or SetAddr.
func (r *Record) Unset(c schemas.Column) { r.set[c>>6] &^= 1 << (c & 63) }

// SetDerived sets a text column to a value that the decoder chose from a fixed
// set of its own, never to bytes of the record.
func (r *Record) SetDerived(c schemas.Column, v string) {
	r.derived[c] = v
	r.words.Add(c)
}

// Num returns a numeric column and whether it was set; flags count as set if
// there is one.
func (r *Record) Num(c schemas.Column) (uint64, bool) {
	if c == schemas.Flags {
		return r.flags, r.flags != 0
	}
	if !r.set.Has(c) {
		return 0, false
	}
	return r.nums[c], true
}

// Addr returns an address column and whether it was set.
func (r *Record) Addr(c schemas.Column) ([16]byte, bool) {
	if !r.set.Has(c) {
		return [16]byte{}, false
	}
	return r.addrs[c], true
}

// Derived returns a text column set by SetDerived, or "".
func (r *Record) Derived(c schemas.Column) string {
	if !r.words.Has(c) {
		return ""
	}
	return r.derived[c]
}

// Columns returns the columns that SetNum and SetAddr have set, and those that
// SetDerived has.
func (r *Record) Columns() (set, words schemas.ColumnSet) { return r.set, r.words }
