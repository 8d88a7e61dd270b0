package clickhouse

import (
	"encoding/binary"
	"slices"

	"github.com/scrubline/scrubline/scrub/event"
)

// Flags of a LowCardinality column's data: the block brings its own dictionary,
// which replaces the one before.
const (
	dictHasKeys = 1 << 9
	dictUpdate  = 1 << 10
)

// compactDict writes dictionary columns. A block of a batch sends of the batch's
// dictionary only what its rows use, if that is worth the look.
type compactDict struct {
	remap []uint32 // of a batch's key: its key in the block plus one
	used  []uint32 // of a block's key: the batch's key
}

// append writes c's rows as LowCardinality(String): flags with the width of the
// keys, the dictionary, the keys, in the smallest width that holds them.
func (d *compactDict) append(dst []byte, c *event.Dict, rows []uint32) []byte {
	whole := len(c.Values) <= 256 || len(c.Values) <= len(rows)/8
	size := len(c.Values)
	if !whole {
		d.collect(c, rows)
		size = len(d.used)
	}
	keyWidth, keyCode := 1, uint64(0)
	switch {
	case size > 1<<16:
		keyWidth, keyCode = 4, 2
	case size > 1<<8:
		keyWidth, keyCode = 2, 1
	}
	dst = binary.LittleEndian.AppendUint64(dst, dictHasKeys|dictUpdate|keyCode)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(size))
	if whole {
		for _, v := range c.Values {
			dst = appendValue(dst, v)
		}
	} else {
		for _, k := range d.used {
			dst = appendValue(dst, c.Values[k])
		}
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(rows)))
	n := len(dst)
	dst = slices.Grow(dst, keyWidth*len(rows))[:n+keyWidth*len(rows)]
	out := dst[n:]
	for i, r := range rows {
		k := c.Keys[r]
		if !whole {
			k = d.remap[k] - 1
		}
		switch keyWidth {
		case 1:
			out[i] = byte(k)
		case 2:
			binary.LittleEndian.PutUint16(out[2*i:], uint16(k))
		default:
			binary.LittleEndian.PutUint32(out[4*i:], k)
		}
	}
	return dst
}

// collect numbers the values that rows use in the order of their first use.
func (d *compactDict) collect(c *event.Dict, rows []uint32) {
	d.remap = slices.Grow(d.remap[:0], len(c.Values))[:len(c.Values)]
	clear(d.remap)
	d.used = d.used[:0]
	for _, r := range rows {
		k := c.Keys[r]
		if d.remap[k] == 0 {
			d.used = append(d.used, k)
			d.remap[k] = uint32(len(d.used))
		}
	}
}

func appendValue(dst []byte, v string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}
