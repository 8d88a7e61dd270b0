package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// maxPage bounds a page before compression: a hostile file must not take all
// memory.
const maxPage = 1 << 30

// Decoder reads the files that Encoder writes. It keeps its memory; one
// goroutine uses it at a time. It trusts no byte: what it cannot read is
// ErrMalformed, and no input makes it panic.
type Decoder struct {
	zr   *zstd.Decoder
	page []byte
	dict event.Str // values of the dictionary page, text or fixed width
	keys []uint32
	defs []uint32
	wide []uint64
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder {
	zr, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage))
	if err != nil {
		panic(err) // the options are constants
	}
	return &Decoder{zr: zr}
}

// Decode fills into, just Reset for the file's table, with the file's rows. A
// column the file lacks stays zero or empty (the file is older than the
// column); one that into lacks is ErrColumn. On an error into is undefined.
func (d *Decoder) Decode(f *File, into *event.Batch) error {
	for range f.Rows {
		into.EndRow()
	}
	var known [schemas.NumColumns]bool
	for _, c := range into.Columns() {
		known[c] = true
	}
	for _, k := range f.chunks {
		if k.col == schemas.None || !known[k.col] {
			return ErrColumn
		}
		known[k.col] = false // a second chunk of the column is refused
		if err := d.chunk(f, k, into); err != nil {
			return fmt.Errorf("decoding column %s: %w", k.col, err)
		}
	}
	return nil
}

// page is a page's header and what follows it.
type page struct {
	typ, values, encoding int
	raw, size             int64
}

func readPage(r *reader) page {
	var p page
	r.each(func(id, typ int) {
		switch {
		case id == 1 && typ == tI32:
			p.typ = int(r.varint())
		case id == 2 && typ == tI32:
			p.raw = r.varint()
		case id == 3 && typ == tI32:
			p.size = r.varint()
		case (id == 5 || id == 7) && typ == tStruct:
			r.each(func(id, typ int) {
				switch {
				case id == 1 && typ == tI32:
					p.values = int(r.varint())
				case id == 2 && typ == tI32:
					p.encoding = int(r.varint())
				default:
					r.skip(typ)
				}
			})
		default:
			r.skip(typ)
		}
	})
	return p
}

func (d *Decoder) chunk(f *File, k found, into *event.Batch) error {
	t := newTarget(into, k.col)
	d.dict.Buf, d.dict.End = d.dict.Buf[:0], d.dict.End[:0]
	r := &reader{b: f.data[k.start : k.start+k.size]}
	for left := k.values; left > 0; {
		p := readPage(r)
		if r.err != nil || p.size < 0 || p.size > int64(len(r.b)) || p.raw < 0 || p.raw > maxPage || p.values < 0 {
			return ErrMalformed
		}
		body := r.b[:p.size]
		r.b = r.b[p.size:]
		if k.codec == cZstd {
			var err error
			if d.page, err = d.zr.DecodeAll(body, d.page[:0]); err != nil {
				return ErrMalformed
			}
			body = d.page
		} else if k.codec != cRaw {
			return ErrMalformed
		}
		if int64(len(body)) != p.raw {
			return ErrMalformed
		}
		var err error
		switch p.typ {
		case gDict:
			err = d.dictionary(t, body, p.values)
		case gData:
			if int64(p.values) > left || p.values == 0 {
				return ErrMalformed
			}
			left -= int64(p.values)
			err = d.data(t, body, p)
		default:
			err = ErrMalformed
		}
		if err != nil {
			return err
		}
	}
	if t.row != f.Rows {
		return ErrMalformed
	}
	return nil
}

// dictionary reads a dictionary page into d.dict.
func (d *Decoder) dictionary(t *target, body []byte, n int) error {
	if d.dict.Len() > 0 || n == 0 {
		return ErrMalformed
	}
	// The values outlive d.page, which the next page overwrites.
	switch size := t.size(); size {
	case 0:
		for range n {
			v, rest, err := plainText(body)
			if err != nil {
				return err
			}
			d.dict.Append(v)
			body = rest
		}
	default:
		if len(body) != n*size {
			return ErrMalformed
		}
		for ; len(body) > 0; body = body[size:] {
			d.dict.Append(body[:size])
		}
	}
	return t.learn(&d.dict)
}

func plainText(body []byte) (v, rest []byte, err error) {
	if len(body) < 4 {
		return nil, nil, ErrMalformed
	}
	n := binary.LittleEndian.Uint32(body)
	if uint64(n) > uint64(len(body)-4) {
		return nil, nil, ErrMalformed
	}
	return body[4 : 4+n], body[4+n:], nil
}

func (d *Decoder) data(t *target, body []byte, p page) error {
	if t.kind == schemas.KStrings {
		return d.lists(t, body, p.values)
	}
	if p.values > t.left() {
		return ErrMalformed
	}
	switch p.encoding {
	case eDict:
		if d.dict.Len() == 0 || len(body) == 0 {
			return ErrMalformed
		}
		d.keys = zeroed(d.keys, p.values)
		if decodeRLE(d.keys, body[1:], int(body[0])) != nil {
			return ErrMalformed
		}
		for _, k := range d.keys {
			if int(k) >= d.dict.Len() {
				return ErrMalformed
			}
		}
		return t.indexed(&d.dict, d.keys)
	case eDelta:
		if t.size() == 0 || t.kind == schemas.KIP || t.kind == schemas.KF32 {
			return ErrMalformed
		}
		if cap(d.wide) < p.values {
			d.wide = make([]uint64, p.values)
		}
		d.wide = d.wide[:p.values]
		if decodeDelta(d.wide, body, t.size() == 8) != nil {
			return ErrMalformed
		}
		copy(t.nums[t.row:], d.wide)
		t.row += p.values
		return nil
	case ePlain:
		return d.plain(t, body, p.values)
	}
	return ErrMalformed
}

func (d *Decoder) plain(t *target, body []byte, n int) error {
	size := t.size()
	if size > 0 {
		if len(body) != n*size {
			return ErrMalformed
		}
		for ; len(body) > 0; body = body[size:] {
			t.fixed(body[:size])
		}
		return nil
	}
	for range n {
		v, rest, err := plainText(body)
		if err != nil {
			return err
		}
		t.text(v)
		body = rest
	}
	if len(body) > 0 {
		return ErrMalformed
	}
	return nil
}

// lists reads a page of text lists; see Encoder.lists.
func (d *Decoder) lists(t *target, body []byte, n int) error {
	if n > MaxRows {
		return ErrMalformed
	}
	d.keys, d.defs = zeroed(d.keys, n), zeroed(d.defs, n)
	for _, levels := range [][]uint32{d.keys, d.defs} {
		v, rest, err := plainText(body)
		if err != nil || decodeRLE(levels, v, 1) != nil {
			return ErrMalformed
		}
		body = rest
	}
	for i, def := range d.defs {
		if d.keys[i] == 0 {
			if t.left() == 0 {
				return ErrMalformed
			}
			t.strs.End = append(t.strs.End, uint32(t.strs.Items.Len()))
			t.row++
		} else if t.row == 0 || def == 0 {
			return ErrMalformed
		}
		if def == 1 {
			v, rest, err := plainText(body)
			if err != nil {
				return err
			}
			t.strs.Items.Append(v)
			t.strs.End[t.row-1]++
			body = rest
		}
	}
	if len(body) > 0 {
		return ErrMalformed
	}
	return nil
}
