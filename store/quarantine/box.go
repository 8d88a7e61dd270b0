package quarantine

import (
	"context"
	"encoding/binary"
	"hash/crc32"

	"github.com/scrubline/scrubline/scrub/seal"
)

// sealer is what a box needs of seal.Sealer.
type sealer interface {
	Header() []byte
	Seal(dst, plaintext, aad []byte) []byte
}

// box makes frames. It is for one goroutine at a time.
type box struct {
	names
	sealer sealer
	buffer []byte // plaintext of one entry; cleared after use
}

// cut returns what is kept of a record and the flags that say so.
func (o *Options) cut(e *Entry, raw []byte) (kept []byte, flags byte) {
	kept = raw[:min(len(raw), o.MaxRecord)]
	if e.Cut || len(kept) < len(raw) {
		flags = flagCut
	}
	return kept, flags
}

// frame appends an entry as it lies in a segment.
func (b *box) frame(dst []byte, id id, e *Entry, flags byte, raw, kept []byte) []byte {
	var prefix [prefixLen]byte
	from := len(dst)
	dst = append(dst, prefix[:]...)
	dst = appendHead(dst, id, e, flags, len(raw), b.hash(raw))
	head := len(dst) - from - prefixLen
	if flags&flagOmitted == 0 {
		b.buffer = binary.LittleEndian.AppendUint16(b.buffer[:0], uint16(len(e.Origin)))
		b.buffer = append(append(b.buffer, e.Origin...), kept...)
		dst = b.sealer.Seal(dst, b.buffer, dst[from+prefixLen:])
		clear(b.buffer)
	}
	fillPrefix(dst[from:], head)
	return dst
}

// fillPrefix fills in the prefix of a frame whose head starts at prefixLen.
func fillPrefix(frame []byte, headLen int) {
	le := binary.LittleEndian
	le.PutUint16(frame, uint16(headLen))
	le.PutUint32(frame[2:], uint32(len(frame)-prefixLen-headLen))
	le.PutUint32(frame[6:], crc32.Checksum(frame[prefixLen:], castagnoli))
	le.PutUint32(frame[10:], crc32.Checksum(frame[:10], castagnoli))
}

// open decrypts a frame of a segment that has the header.
func (f *frame) open(ctx context.Context, header []byte, key seal.Key) (origin string, raw []byte, err error) {
	opener, err := key.NewOpener(ctx, header)
	if err != nil {
		return "", nil, err
	}
	plain, err := opener.Open(nil, f.body, f.head)
	if err != nil {
		return "", nil, err
	}
	if len(plain) < 2 || len(plain)-2 < int(binary.LittleEndian.Uint16(plain)) {
		return "", nil, seal.ErrDamaged
	}
	n := 2 + int(binary.LittleEndian.Uint16(plain))
	return string(plain[2:n]), plain[n:], nil
}
