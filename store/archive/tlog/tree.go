package tlog

import (
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

var hasher = rfc6962.DefaultHasher

var ranges = &compact.RangeFactory{Hash: hasher.HashChildren}

// File is a tile and its bytes.
type File struct {
	Tile
	Data []byte
}

// Tree is the right edge of a log: what it takes to append to it. The zero Tree
// is the empty log. It is for one goroutine.
type Tree struct {
	rng     *compact.Range
	edge    [][]byte // of each level the hashes of its unfinished tile
	entries []byte   // the unfinished bundle
}

// LeafHash is the hash of a leaf.
func LeafHash(leaf []byte) Hash { return Hash(hasher.HashLeaf(leaf)) }

// Size is the number of leaves.
func (t *Tree) Size() uint64 {
	if t.rng == nil {
		return 0
	}
	return t.rng.End()
}

// Root is the tree's root.
func (t *Tree) Root() Hash {
	if t.Size() == 0 {
		return Hash(hasher.EmptyRoot())
	}
	root, err := t.rng.GetRootHash(nil)
	if err != nil {
		panic(err) // the range starts at 0: it cannot be
	}
	return Hash(root)
}

// Append appends a leaf of at most MaxLeaf bytes. Tiles that become full are
// appended to full.
func (t *Tree) Append(leaf []byte, full []File) []File {
	if t.rng == nil {
		t.rng = ranges.NewEmptyRange(0)
	}
	n := t.rng.End()
	h := hasher.HashLeaf(leaf)
	if err := t.rng.Append(h, nil); err != nil {
		panic(err) // one hash to the right of the range: it cannot be
	}
	t.entries = AppendEntry(t.entries, leaf)
	if (n+1)%Width == 0 {
		full = append(full, File{Tile{Entries, n / Width, Width}, t.entries})
		t.entries = nil
	}
	for level := 0; ; level++ {
		if level == len(t.edge) {
			t.edge = append(t.edge, nil)
		}
		t.edge[level] = append(t.edge[level], h...)
		if len(t.edge[level]) < Width*len(Hash{}) {
			return full
		}
		data := t.edge[level]
		full = append(full, File{Tile{level, n >> (8 * (level + 1)), Width}, data})
		t.edge[level] = nil
		h = fold(data)
	}
}

// Partial returns the partial tiles at the tree's right edge, without those that
// the tree of before leaves has too. Their bytes are the caller's.
func (t *Tree) Partial(before uint64) []File {
	var files []File
	size := t.Size()
	if w := int(size % Width); w > 0 && size > before {
		files = append(files, File{Tile{Entries, size / Width, w}, slices.Clone(t.entries)})
	}
	for level, data := range t.edge {
		if w := len(data) / len(Hash{}); w > 0 && size>>(8*level) > before>>(8*level) {
			files = append(files, File{Tile{level, size >> (8 * (level + 1)), w}, slices.Clone(data)})
		}
	}
	return files
}

// fold is the root of the hashes in data, a power of two of them.
func fold(data []byte) []byte {
	const size = len(Hash{})
	level := make([][]byte, len(data)/size)
	for i := range level {
		level[i] = data[i*size : (i+1)*size]
	}
	for ; len(level) > 1; level = level[:len(level)/2] {
		for i := range len(level) / 2 {
			level[i] = hasher.HashChildren(level[2*i], level[2*i+1])
		}
	}
	return level[0]
}
