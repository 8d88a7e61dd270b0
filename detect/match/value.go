package match

import (
	"math"
	"net/netip"
	"strconv"

	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

type valueKind uint8

const (
	str    valueKind = iota // raw is what stands between the quotes
	word                    // true, false
	num                     // raw is a JSON number
	null                    // has no text
	array                   // stands for the array itself, beside its elements; has no text
	object                  // raw is JSON text
	plain                   // raw is the text
)

// value is one value of a slot. Its text and folded text are made when asked for
// first and lie in the record or in the scanner's scratch.
type value struct {
	raw    []byte
	text   []byte
	folded []byte
	next   int32 // of the same slot, -1 for none
	kind   valueKind
}

// add notes a value of a slot.
func (s *Scanner) add(slot int32, v value) {
	v.next = -1
	n := int32(len(s.values))
	s.values = append(s.values, v)
	h := &s.heads[slot]
	if h.epoch != s.epoch {
		*h = head{epoch: s.epoch, first: n, last: n}
		s.seen = append(s.seen, slot)
		return
	}
	s.values[h.last].next = n
	h.last = n
}

// text returns the value's text; ok is false if it has none.
func (s *Scanner) text(v *value) (b []byte, ok bool) {
	if v.text != nil {
		return v.text, true
	}
	switch v.kind {
	case null, array:
		return nil, false
	case str:
		v.text = v.raw
		if escaped(v.raw) {
			from := len(s.scratch)
			s.scratch = appendUnquoted(s.scratch, v.raw)
			v.text = s.scratch[from:len(s.scratch):len(s.scratch)]
		}
	case num:
		v.text = v.raw
		if !digits(v.raw) {
			from := len(s.scratch)
			s.scratch = sigma.AppendNumber(s.scratch, v.raw)
			v.text = s.scratch[from:len(s.scratch):len(s.scratch)]
		}
	case object:
		from := len(s.scratch)
		s.scratch = appendCompact(s.scratch, v.raw)
		v.text = s.scratch[from:len(s.scratch):len(s.scratch)]
	default:
		v.text = v.raw
	}
	if v.text == nil {
		v.text = none
	}
	return v.text, true
}

var none = []byte{}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// fold returns the value's text for comparisons without case.
func (s *Scanner) fold(v *value) (b []byte, ok bool) {
	if v.folded != nil {
		return v.folded, true
	}
	b, ok = s.text(v)
	if !ok {
		return nil, false
	}
	v.folded = b
	for _, c := range b {
		if c >= 'A' && c <= 'Z' || c >= 0x80 {
			from := len(s.scratch)
			s.scratch = sigma.AppendFold(s.scratch, b)
			v.folded = s.scratch[from:len(s.scratch):len(s.scratch)]
			break
		}
	}
	return v.folded, true
}

// column notes the values that a slot has in the row's column.
func (s *Scanner) column(rec *Record, n int32, sl *slot) {
	b, c := rec.Batch, sl.column
	switch c.Info().Kind {
	case schemas.KString:
		if col := b.Str(c); rec.Row < col.Len() {
			s.plain(n, col.At(rec.Row))
		}
	case schemas.KDict:
		if col := b.Dict(c); rec.Row < len(col.Keys) {
			from := len(s.scratch)
			s.scratch = append(s.scratch, col.At(rec.Row)...)
			s.plain(n, s.scratch[from:len(s.scratch):len(s.scratch)])
		}
	case schemas.KStrings:
		s.strings(rec, n, c)
	case schemas.KIP:
		col := b.Addrs(c)
		if rec.Row < len(col) && s.present(rec, sl) {
			from := len(s.scratch)
			s.scratch = netip.AddrFrom16(col[rec.Row]).Unmap().AppendTo(s.scratch)
			s.plain(n, s.scratch[from:len(s.scratch):len(s.scratch)])
		}
	case schemas.KF32:
		col := b.Nums(c)
		if rec.Row < len(col) && s.present(rec, sl) {
			from := len(s.scratch)
			s.scratch = strconv.AppendFloat(s.scratch, float64(math.Float32frombits(uint32(col[rec.Row]))), 'f', -1, 32)
			s.plain(n, s.scratch[from:len(s.scratch):len(s.scratch)])
		}
	default:
		col := b.Nums(c)
		if rec.Row < len(col) && s.present(rec, sl) {
			from := len(s.scratch)
			if c.Info().Kind == schemas.KTime {
				s.scratch = strconv.AppendInt(s.scratch, int64(col[rec.Row]), 10)
			} else {
				s.scratch = strconv.AppendUint(s.scratch, col[rec.Row], 10)
			}
			s.plain(n, s.scratch[from:len(s.scratch):len(s.scratch)])
		}
	}
}

// lookUp notes what lists have of the record's values.
func (s *Scanner) lookUp(rec *Record) {
	at := int64(0)
	if rec.Batch != nil {
		at = int64(rec.Batch.Nums(schemas.EventTime)[rec.Row])
	}
	for _, n := range s.p.lists {
		l := s.p.slots[n].list
		h := s.heads[l.key]
		if h.epoch != s.epoch {
			continue
		}
		for i := h.first; i >= 0; i = s.values[i].next {
			if key, ok := s.fold(&s.values[i]); ok {
				if text, ok := s.m.lists.Value(l.list, l.column, key, at); ok {
					s.add(n, value{raw: []byte(text), kind: plain})
				}
			}
		}
	}
}

// present says whether the row has a number in the slot's column.
func (s *Scanner) present(rec *Record, sl *slot) bool {
	if sl.bit == 0 {
		return true
	}
	p := rec.Batch.Nums(schemas.Present)
	return rec.Row < len(p) && p[rec.Row]&sl.bit != 0
}

// plain notes a text, unless it is empty: an empty column is an absent one.
func (s *Scanner) plain(n int32, b []byte) {
	if len(b) > 0 {
		s.add(n, value{raw: b, kind: plain})
	}
}

// strings notes the elements of a list column.
func (s *Scanner) strings(rec *Record, n int32, c schemas.Column) {
	col := rec.Batch.Strs(c)
	if rec.Row >= len(col.End) {
		return
	}
	for from, to := col.Row(rec.Row); from < to; from++ {
		s.plain(n, col.Items.At(from))
	}
}
