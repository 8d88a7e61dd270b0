package quarantine

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/scrubline/scrubline/scrub/seal"
)

const (
	prefixLen = 2 + 4 + 4 + 4
	maxSealed = 1<<30 + 1<<16 + seal.Overhead
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one entry as it lies in a segment. Its bytes are lent.
type frame struct {
	off  int64
	head []byte
	body []byte // sealed
	id   id
	item Item
}

// scan is the state of a walk through a segment.
type scan struct {
	r    io.ReaderAt
	size int64
	from int64 // where the first frame is

	torn    bool  // the file ends with the start of a frame, or zeros,
	tornAt  int64 // from here
	damaged int   // places that no crash explains
	buf     []byte
}

// run calls visit for every frame that is whole, in order, until visit returns
// an error or reading fails. Frames with a wrong checksum are counted and
// passed over; a wrong prefix hides all that follows.
func (s *scan) run(visit func(frame) error) error {
	var prefix [prefixLen]byte
	for off := s.from; off < s.size; {
		left := s.size - off
		if left < prefixLen {
			s.torn, s.tornAt = true, off
			return nil
		}
		if err := s.read(prefix[:], off); err != nil {
			return err
		}
		le := binary.LittleEndian
		head, body := int64(le.Uint16(prefix[:])), int64(le.Uint32(prefix[2:]))
		if le.Uint32(prefix[10:]) != crc32.Checksum(prefix[:10], castagnoli) || head > maxHead || body > maxSealed {
			zeros, err := s.zerosFrom(off)
			if s.torn, s.tornAt = zeros, off; err == nil && !zeros {
				s.damaged++
			}
			return err
		}
		n := prefixLen + head + body
		if n > left {
			s.torn, s.tornAt = true, off
			return nil
		}
		if int64(cap(s.buf)) < head+body {
			s.buf = make([]byte, head+body)
		}
		b := s.buf[:head+body]
		if err := s.read(b, off+prefixLen); err != nil {
			return err
		}
		f := frame{off: off, head: b[:head], body: b[head:]}
		ok := le.Uint32(prefix[6:]) == crc32.Checksum(b, castagnoli)
		if ok {
			f.id, f.item, ok = parseHead(f.head)
		}
		off += n
		if !ok {
			s.damaged++
			continue
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// zerosFrom tells whether only zeros follow: blocks that a file system gave the
// file but a power cut kept from being written.
func (s *scan) zerosFrom(off int64) (bool, error) {
	var b [4096]byte
	for off < s.size {
		part := b[:min(int64(len(b)), s.size-off)]
		if err := s.read(part, off); err != nil {
			return false, err
		}
		for _, c := range part {
			if c != 0 {
				return false, nil
			}
		}
		off += int64(len(part))
	}
	return true, nil
}

// read fills b; a ReaderAt may say io.EOF although it did.
func (s *scan) read(b []byte, off int64) error {
	if n, err := s.r.ReadAt(b, off); n < len(b) {
		return err
	}
	return nil
}
