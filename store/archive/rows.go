package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// rowGroup is how many rows' hashes are hashed together.
const rowGroup = 256

// rowTree hashes the rows of a batch so that one of them can be proved without
// the others: a row's hash covers its number, kind, time and scrubbed record; 256
// of them make a group's; the groups' and their number make the root. Two levels,
// not a binary tree: a node a row costs as much as a short row itself.
type rowTree struct {
	h      hash.Hash
	groups []byte // 32 bytes each
	rows   []byte // 32 bytes each
}

func newRowTree() *rowTree { return &rowTree{h: sha256.New()} }

// hash fills in the tree of b and returns its root.
func (t *rowTree) hash(b *event.Batch) Hash {
	t.rows, t.groups = t.rows[:0], t.groups[:0]
	kinds, times, native := b.Nums(schemas.RowKind), b.Nums(schemas.EventTime), b.Str(schemas.Native)
	for i := range b.Rows() {
		t.h.Reset()
		writeRow(t.h, b.Start+uint64(i), kinds[i], times[i], native.At(i))
		t.rows = t.h.Sum(t.rows)
	}
	for at := 0; at < len(t.rows); at += rowGroup * sha256.Size {
		t.h.Reset()
		writeGroup(t.h, t.rows[at:min(at+rowGroup*sha256.Size, len(t.rows))])
		t.groups = t.h.Sum(t.groups)
	}
	t.h.Reset()
	writeRoot(t.h, uint64(b.Rows()), t.groups)
	return Hash(t.h.Sum(nil))
}

// The first byte keeps hashes of the three levels apart.

func writeRow(h hash.Hash, record, kind, time uint64, native []byte) {
	var head [18]byte
	binary.LittleEndian.PutUint64(head[1:], record)
	head[9] = byte(kind)
	binary.LittleEndian.PutUint64(head[10:], time)
	h.Write(head[:])
	h.Write(native)
}

func writeGroup(h hash.Hash, rows []byte) {
	h.Write([]byte{1})
	h.Write(rows)
}

func writeRoot(h hash.Hash, rows uint64, groups []byte) {
	var head [9]byte
	head[0] = 2
	binary.LittleEndian.PutUint64(head[1:], rows)
	h.Write(head[:])
	h.Write(groups)
}
