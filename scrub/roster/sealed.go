package roster

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// The file: a header in clear and the body in sealed chunks. See FORMAT.md.
const (
	magic      = "scrblrst"
	version    = 1
	headerSize = 64
	chunkSize  = 1 << 20
	tagSize    = 16
	maxBody    = 8 << 30
)

type header struct {
	keyID   [8]byte
	salt    [saltSize]byte
	created int64 // Unix seconds
}

func newHeader(key []byte) header {
	h := header{keyID: keyID(key), created: time.Now().Unix()}
	_, _ = rand.Read(h.salt[:]) // never fails: it ends the program instead
	return h
}

func (h *header) bytes() []byte {
	b := make([]byte, headerSize)
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[8:], version)
	binary.LittleEndian.PutUint32(b[12:], chunkSize)
	copy(b[16:], h.keyID[:])
	copy(b[24:], h.salt[:])
	binary.LittleEndian.PutUint64(b[40:], uint64(h.created))
	return b
}

func parseHeader(b []byte) (h header, err error) {
	if len(b) != headerSize || string(b[:8]) != magic {
		return h, ErrDamaged
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return h, fmt.Errorf("%w: version %d, want %d", ErrVersion, v, version)
	}
	if binary.LittleEndian.Uint32(b[12:]) != chunkSize {
		return h, ErrDamaged
	}
	copy(h.keyID[:], b[16:])
	copy(h.salt[:], b[24:])
	h.created = int64(binary.LittleEndian.Uint64(b[40:]))
	return h, nil
}

// nonce of the n-th chunk. The last one has a mark of its own: a file that ends
// early is not a shorter file.
func nonce(n uint64, last bool) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[4:], n)
	if last {
		b[0] = 1
	}
	return b
}

// sealer writes a body. Its errors are the writer's.
type sealer struct {
	w      io.Writer
	k      *keys
	header []byte
	buf    []byte
	n      uint64
	size   int64
}

func newSealer(w io.Writer, k *keys, h *header) (*sealer, error) {
	s := &sealer{w: w, k: k, header: h.bytes(), buf: make([]byte, 0, chunkSize+tagSize)}
	_, err := w.Write(s.header)
	return s, err
}

func (s *sealer) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if len(s.buf) == chunkSize { // there is more: this is not the last
			if err := s.flush(false); err != nil {
				return 0, err
			}
		}
		k := min(len(b), chunkSize-len(s.buf))
		s.buf = append(s.buf, b[:k]...)
		b = b[k:]
	}
	s.size += int64(n)
	return n, nil
}

func (s *sealer) flush(last bool) error {
	out := s.k.seal.Seal(s.buf[:0], nonce(s.n, last), s.buf, s.header)
	_, err := s.w.Write(out)
	s.buf, s.n = s.buf[:0], s.n+1
	return err
}

// openBody reads a file's body into memory of its own, and returns the hash that
// names the file.
func openBody(f *os.File, key []byte) (h header, k keys, m *memory, name string, err error) {
	st, err := f.Stat()
	if err != nil {
		return h, k, nil, "", fmt.Errorf("reading the roster: %w", err)
	}
	head := make([]byte, headerSize)
	if _, err = io.ReadFull(f, head); err != nil {
		return h, k, nil, "", ErrDamaged
	}
	if h, err = parseHeader(head); err != nil {
		return h, k, nil, "", err
	}
	if h.keyID != keyID(key) {
		return h, k, nil, "", fmt.Errorf("%w: it wants %x, this is %s", ErrKey, h.keyID, KeyID(key))
	}
	if k, err = deriveKeys(key, h.salt[:]); err != nil {
		return h, k, nil, "", err
	}
	sealed := st.Size() - headerSize
	chunks := (sealed + chunkSize + tagSize - 1) / (chunkSize + tagSize)
	size := sealed - chunks*tagSize
	if !st.Mode().IsRegular() || chunks < 1 || size < 8 || size > maxBody {
		return h, k, nil, "", ErrDamaged
	}
	if m, err = newMemory(int(size)); err != nil {
		return h, k, nil, "", fmt.Errorf("making room for the roster: %w", err)
	}
	sum := sha256.New()
	_, _ = sum.Write(head)
	buf := make([]byte, chunkSize+tagSize)
	for n, at := int64(0), 0; n < chunks; n++ {
		part := buf[:min(sealed, chunkSize+tagSize)]
		sealed -= int64(len(part))
		if _, err := io.ReadFull(f, part); err != nil || len(part) < tagSize {
			m.free()
			return h, k, nil, "", errors.Join(ErrDamaged, err)
		}
		_, _ = sum.Write(part[len(part)-tagSize:])
		if _, err := k.seal.Open(m.b[at:at], nonce(uint64(n), n == chunks-1), part, head); err != nil {
			m.free()
			return h, k, nil, "", ErrDamaged
		}
		at += len(part) - tagSize
	}
	m.protect()
	return h, k, m, hex.EncodeToString(sum.Sum(nil)[:16]), nil
}
