package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"unicode/utf8"

	"github.com/scrubline/scrubline/scrub/event"
)

// text writes a column of text: with a dictionary if its values come again often,
// in plain pages if not.
func (e *Encoder) text(k *chunk, s *event.Str) {
	n := s.Len()
	k.binary = !utf8.Valid(s.Buf[:s.End[n-1]])
	if e.fewTexts(s) {
		e.indices(k, n, e.texts.len())
		return
	}
	k.codec, k.encoding = cZstd, ePlain
	k.data = len(e.out) - e.base
	from := 0
	for row := range n {
		e.page = appendPlain(e.page, s.At(row))
		if len(e.page) >= pageBytes || row == n-1 {
			e.write(k, gData, row+1-from, e.page)
			e.page, from = e.page[:0], row+1
		}
	}
}

// fewTexts fills e.keys and e.dict if a quarter of the values or less differ. It
// gives up early: the first rows tell.
func (e *Encoder) fewTexts(s *event.Str) bool {
	const look = 512
	n := s.Len()
	e.texts.reset(n/4 + 1)
	e.keys = e.keys[:0]
	var last []byte
	key := uint32(0)
	for row := range n {
		v := s.At(row)
		if row == 0 || !bytes.Equal(v, last) {
			var ok bool
			if key, e.dict, ok = e.texts.add(e.dict, v); !ok || len(e.dict) > pageBytes || row == look && e.texts.len() > look/2 {
				e.dict = e.dict[:0]
				return false
			}
			last = v
		}
		e.keys = append(e.keys, key)
	}
	return true
}

func appendPlain(dst, v []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
	return append(dst, v...)
}

// textSet numbers different texts in the order it meets them; the texts stand in
// a dictionary page, each behind its length. It gives up beyond a limit.
type textSet struct {
	seed  maphash.Seed
	slots []uint32 // number of a text plus one
	at    []uint32 // where each text's length stands in the page
	limit int
}

// reset empties the set for up to limit texts.
func (s *textSet) reset(limit int) {
	if s.slots == nil {
		s.seed = maphash.MakeSeed()
	}
	s.at, s.limit = s.at[:0], limit
	size := 16
	for size < 2*limit {
		size *= 2
	}
	s.slots = zeroed(s.slots, size)
}

func (s *textSet) len() int { return len(s.at) }

// add returns the number of v and the page, with v behind it if it is new; false
// if the set is full.
func (s *textSet) add(page, v []byte) (uint32, []byte, bool) {
	mask := uint64(len(s.slots) - 1)
	for i := maphash.Bytes(s.seed, v) & mask; ; i = (i + 1) & mask {
		k := s.slots[i]
		if k == 0 {
			if len(s.at) == s.limit {
				return 0, page, false
			}
			s.at = append(s.at, uint32(len(page)))
			s.slots[i] = uint32(len(s.at))
			return uint32(len(s.at) - 1), appendPlain(page, v), true
		}
		at := s.at[k-1]
		if n := binary.LittleEndian.Uint32(page[at:]); int(n) == len(v) && string(page[at+4:at+4+n]) == string(v) {
			return k - 1, page, true
		}
	}
}
