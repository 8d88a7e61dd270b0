package parquet

import (
	"encoding/binary"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// target is the column of a batch that a chunk is read into. The batch has its
// rows already, all zero or empty.
type target struct {
	kind  schemas.Kind
	row   int // rows filled
	rows  int
	str   *event.Str
	dict  *event.Dict
	strs  *event.Strs
	nums  []uint64
	addrs [][16]byte
	keys  []uint32 // number in the batch's dictionary of each value of the chunk's
}

func newTarget(b *event.Batch, c schemas.Column) *target {
	t := &target{kind: c.Info().Kind, rows: b.Rows()}
	switch t.kind {
	case schemas.KString:
		t.str = b.Str(c)
		t.str.End = t.str.End[:0]
	case schemas.KDict:
		t.dict = b.Dict(c)
	case schemas.KStrings:
		t.strs = b.Strs(c)
		t.strs.End = t.strs.End[:0]
	case schemas.KIP:
		t.addrs = b.Addrs(c)
	default:
		t.nums = b.Nums(c)
	}
	return t
}

func (t *target) left() int { return t.rows - t.row }

// size is the bytes of a value, 0 for text.
func (t *target) size() int {
	switch physical(t.kind) {
	case pINT32, pFLOAT:
		return 4
	case pINT64:
		return 8
	case pFIXED:
		return 16
	}
	return 0
}

// learn takes the values of the chunk's dictionary.
func (t *target) learn(values *event.Str) error {
	switch t.kind {
	case schemas.KStrings:
		return ErrMalformed // lists are plain
	case schemas.KDict:
		for i := range values.Len() {
			t.keys = append(t.keys, t.key(values.At(i)))
		}
	}
	return nil
}

// key enters v in the batch's dictionary.
func (t *target) key(v []byte) uint32 {
	t.dict.Append(v)
	last := len(t.dict.Keys) - 1
	k := t.dict.Keys[last]
	t.dict.Keys = t.dict.Keys[:last]
	return k
}

// indexed sets the next rows to values of the chunk's dictionary.
func (t *target) indexed(values *event.Str, keys []uint32) error {
	switch t.kind {
	case schemas.KString:
		for _, k := range keys {
			t.str.Append(values.At(int(k)))
			if len(t.str.Buf) > maxPage { // a few bytes may stand for gigabytes
				return ErrMalformed
			}
		}
	case schemas.KDict:
		for i, k := range keys {
			t.dict.Keys[t.row+i] = t.keys[k]
		}
	case schemas.KIP:
		for i, k := range keys {
			copy(t.addrs[t.row+i][:], values.At(int(k)))
		}
	default:
		for i, k := range keys {
			t.nums[t.row+i] = number(values.At(int(k)))
		}
	}
	t.row += len(keys)
	return nil
}

// fixed sets the next row to a plain value of fixed width.
func (t *target) fixed(v []byte) {
	if t.kind == schemas.KIP {
		copy(t.addrs[t.row][:], v)
	} else {
		t.nums[t.row] = number(v)
	}
	t.row++
}

// text sets the next row to a plain text.
func (t *target) text(v []byte) {
	if t.kind == schemas.KDict {
		t.dict.Keys[t.row] = t.key(v)
	} else {
		t.str.Append(v)
	}
	t.row++
}

func number(v []byte) uint64 {
	if len(v) == 8 {
		return binary.LittleEndian.Uint64(v)
	}
	return uint64(binary.LittleEndian.Uint32(v))
}
