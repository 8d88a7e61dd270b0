package event

import (
	"slices"

	"github.com/scrubline/scrubline/schemas"
)

// column has one of its parts in use, by the column's kind. It may hold fewer
// values than the batch has rows: a record sets a third of the columns, and rows
// that do not set one cost nothing in it. pad adds what is missing.
type column struct {
	kind schemas.Kind // 0: the table lacks the column
	Str
	dict  Dict
	strs  Strs
	nums  []uint64
	addrs [][16]byte

	unset   bool   // no value was ever there, nor a filling
	fillNum uint64 // what pad adds
	fillKey uint32
}

func (k *column) reset(kind schemas.Kind) {
	k.kind, k.unset, k.fillNum, k.fillKey = kind, true, 0, 0
	k.Str.Buf, k.Str.End = k.Str.Buf[:0], k.Str.End[:0]
	k.strs.Items.truncate(0)
	k.strs.End = k.strs.End[:0]
	k.nums, k.addrs = k.nums[:0], k.addrs[:0]
	if kind == schemas.KDict {
		k.dict.reset()
	}
}

// pad gives the column at least n values, and returns the bytes it grew by.
func (k *column) pad(n int) int {
	k.unset = false
	switch k.kind {
	case 0:
	case schemas.KString:
		if m := n - len(k.Str.End); m > 0 {
			k.Str.End = extend(k.Str.End, m, uint32(len(k.Str.Buf)))
			return 4 * m
		}
	case schemas.KDict:
		if m := n - len(k.dict.Keys); m > 0 {
			k.dict.Keys = extend(k.dict.Keys, m, k.fillKey)
			return 4 * m
		}
	case schemas.KStrings:
		if m := n - len(k.strs.End); m > 0 {
			k.strs.End = extend(k.strs.End, m, uint32(k.strs.Items.Len()))
			return 4 * m
		}
	case schemas.KIP:
		if m := n - len(k.addrs); m > 0 {
			k.addrs = extend(k.addrs, m, [16]byte{})
			return 16 * m
		}
	default:
		if m := n - len(k.nums); m > 0 {
			k.nums = extend(k.nums, m, k.fillNum)
			return 8 * m
		}
	}
	return 0
}

// extend appends n times v.
func extend[T any](s []T, n int, v T) []T {
	s = slices.Grow(s, n)
	at := len(s)
	s = s[:at+n]
	for i := range s[at:] {
		s[at+i] = v
	}
	return s
}

// truncate leaves at most n values; words says to forget those that only the
// next row brought into the dictionary.
func (k *column) truncate(n int, words bool) {
	switch k.kind {
	case schemas.KString:
		if len(k.Str.End) > n {
			k.Str.truncate(n)
		}
	case schemas.KDict:
		if len(k.dict.Keys) > n {
			k.dict.Keys = k.dict.Keys[:n]
			if words {
				k.dict.drop()
			}
		}
	case schemas.KStrings:
		if len(k.strs.End) > n {
			k.strs.truncate(n)
		}
	case schemas.KIP:
		k.addrs = k.addrs[:min(n, len(k.addrs))]
	default:
		k.nums = k.nums[:min(n, len(k.nums))]
	}
}

func (k *column) footprint() int {
	return cap(k.Str.Buf) + cap(k.strs.Items.Buf) + 8*cap(k.nums) + 16*cap(k.addrs) +
		4*(cap(k.Str.End)+cap(k.dict.Keys)+cap(k.strs.End)+cap(k.strs.Items.End))
}
