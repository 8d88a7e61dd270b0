package ingest

import (
	"fmt"
	"math"
	"net/netip"

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
	nums    [schemas.NumColumns]uint64
	set     [schemas.NumColumns]bool
	addrs   [schemas.NumColumns][16]byte
	derived [schemas.NumColumns]string
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
	clear(r.nums[:])
	clear(r.set[:])
	clear(r.derived[:])
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
	r.Fields = append(r.Fields, Field{Start: uint32(start), End: uint32(end), Field: fd, Enc: enc})
	return &r.Fields[len(r.Fields)-1]
}

// AddAlias appends a field that fills column from [start,end), bytes which other
// fields treat: the column gets what the scrubber leaves of them.
func (r *Record) AddAlias(start, end int, column schemas.Column, enc Encoding) {
	f := r.Add(start, end, schemas.Field{Column: column}, enc)
	f.Alias = true
}

// SetNum sets a numeric column and its presence. Time columns take Unix
// milliseconds.
func (r *Record) SetNum(c schemas.Column, v uint64) { r.nums[c], r.set[c] = v, true }

// SetFloat sets a Float32 column.
func (r *Record) SetFloat(c schemas.Column, v float32) { r.SetNum(c, uint64(math.Float32bits(v))) }

// SetFlag adds a bit of the column flags.
func (r *Record) SetFlag(bit uint64) { r.nums[schemas.Flags] |= bit }

// SetAddr sets an address column; IPv4 is stored as IPv4-mapped IPv6.
func (r *Record) SetAddr(c schemas.Column, a netip.Addr) {
	r.addrs[c], r.set[c] = a.As16(), true
}

// SetDerived sets a text column to a value that the decoder chose from a fixed
// set of its own, never to bytes of the record.
func (r *Record) SetDerived(c schemas.Column, v string) { r.derived[c] = v }

// Num returns a numeric column and whether it was set.
func (r *Record) Num(c schemas.Column) (uint64, bool) { return r.nums[c], r.set[c] }

// Addr returns an address column and whether it was set.
func (r *Record) Addr(c schemas.Column) ([16]byte, bool) { return r.addrs[c], r.set[c] }

// Derived returns a text column set by SetDerived, or "".
func (r *Record) Derived(c schemas.Column) string { return r.derived[c] }
