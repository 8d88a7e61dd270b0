package roster

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
)

const (
	spillBits  = 8 // buckets by the leading bits of the hash
	spillBlock = 512
	spillEntry = 10 // bytes
)

// spill keeps the entries of all sections on disk, in buckets, under a key that
// nobody else has and that goes with the process.
type spill struct {
	f       *os.File
	block   cipher.Block
	buckets [numSections][1 << spillBits]bucket
	counts  [numSections]uint64
	blocks  int64
	buf     []byte
}

type bucket struct {
	blocks  []int64 // numbers of full blocks
	pending []byte
}

func newSpill(dir string) (*spill, error) {
	f, err := os.CreateTemp(dir, ".roster-entries-*") // made with mode 0600
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // it goes with the process, however that ends; elsewhere close removes it
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &spill{f: f, block: block, buf: make([]byte, spillBlock*spillEntry)}, nil
}

func (s *spill) close() {
	_ = s.f.Close()
	_ = os.Remove(s.f.Name())
}

// stream is of the n-th block: the cipher's counter never meets another block's.
func (s *spill) stream(n int64) cipher.Stream {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[:], uint64(n))
	return cipher.NewCTR(s.block, iv[:])
}

func (s *spill) add(sec section, e entry) error {
	b := &s.buckets[sec][e.hash>>(64-spillBits)]
	b.pending = binary.LittleEndian.AppendUint64(b.pending, e.hash)
	b.pending = binary.LittleEndian.AppendUint16(b.pending, e.mac)
	s.counts[sec]++
	if len(b.pending) < spillBlock*spillEntry {
		return nil
	}
	s.stream(s.blocks).XORKeyStream(b.pending, b.pending)
	if _, err := s.f.WriteAt(b.pending, s.blocks*spillBlock*spillEntry); err != nil {
		return fmt.Errorf("writing entries: %w", err)
	}
	b.blocks = append(b.blocks, s.blocks)
	b.pending = b.pending[:0]
	s.blocks++
	return nil
}

// read appends the entries of the buckets [from,to) of a section to dst, sorted
// by hash, each hash once.
func (s *spill) read(dst []entry, sec section, from, to int) ([]entry, error) {
	dst = dst[:0]
	for i := from; i < to; i++ {
		b := &s.buckets[sec][i]
		for _, n := range b.blocks {
			if _, err := s.f.ReadAt(s.buf, n*spillBlock*spillEntry); err != nil {
				return nil, fmt.Errorf("reading entries: %w", err)
			}
			s.stream(n).XORKeyStream(s.buf, s.buf)
			dst = decodeEntries(dst, s.buf)
		}
		dst = decodeEntries(dst, b.pending)
	}
	slices.SortFunc(dst, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
	return slices.CompactFunc(dst, func(a, b entry) bool { return a.hash == b.hash }), nil
}

func decodeEntries(dst []entry, b []byte) []entry {
	for ; len(b) >= spillEntry; b = b[spillEntry:] {
		dst = append(dst, entry{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])})
	}
	return dst
}
