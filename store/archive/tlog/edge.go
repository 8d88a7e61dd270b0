package tlog

import (
	"errors"
	"slices"
)

// errEdge says that tiles are not those of one tree.
var errEdge = errors.New("tiles do not belong together")

// Edge makes the Tree of a log of size leaves from its partial tiles: at most one of
// each level, and one of the entries. get returns a tile's bytes, which are Edge's
// then. Whether the tiles are those of a certain log says the Root; the entries are
// compared with their hashes.
func Edge(size uint64, get func(Tile) ([]byte, error)) (*Tree, error) {
	t := &Tree{}
	var hashes [][]byte // the roots of the full subtrees, from the right
	for level := 0; size>>(8*level) > 0; level++ {
		of := size >> (8 * level)
		w := int(of % Width)
		t.edge = append(t.edge, nil)
		if w == 0 {
			continue
		}
		data, err := get(Tile{level, of / Width, w})
		if err != nil {
			return nil, err
		}
		if len(data) != w*len(Hash{}) {
			return nil, errEdge
		}
		t.edge[level] = data
		for bit := range 8 {
			n := 1 << bit
			if w&n == 0 {
				continue
			}
			end := w &^ (n - 1) * len(Hash{}) // what is right of it are smaller subtrees
			hashes = append(hashes, fold(data[end-n*len(Hash{}):end]))
		}
	}
	if w := int(size % Width); w > 0 {
		var err error
		if t.entries, err = get(Tile{Entries, size / Width, w}); err != nil {
			return nil, err
		}
		rest := t.edge[0]
		err = SplitBundle(t.entries, w, func(leaf []byte) error {
			if h := LeafHash(leaf); h != Hash(rest[:len(h)]) {
				return errEdge
			}
			rest = rest[len(Hash{}):]
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Reverse(hashes)
	var err error
	if t.rng, err = ranges.NewRange(0, size, hashes); err != nil {
		return nil, err
	}
	return t, nil
}
