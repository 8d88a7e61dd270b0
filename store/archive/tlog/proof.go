package tlog

import (
	"errors"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
)

// Reader returns the bytes of a tile.
type Reader func(Tile) ([]byte, error)

var errTile = errors.New("tile has another size than its name says")

// ProveInclusion returns the proof that the index-th leaf is in the tree of size
// leaves.
func ProveInclusion(read Reader, index, size uint64) ([]Hash, error) {
	nodes, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, err
	}
	return prove(read, nodes, size)
}

// ProveConsistency returns the proof that the tree of old leaves is the beginning
// of the tree of size leaves.
func ProveConsistency(read Reader, old, size uint64) ([]Hash, error) {
	nodes, err := proof.Consistency(old, size)
	if err != nil {
		return nil, err
	}
	return prove(read, nodes, size)
}

func prove(read Reader, nodes proof.Nodes, size uint64) ([]Hash, error) {
	hashes := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		var err error
		if hashes[i], err = node(read, id, size); err != nil {
			return nil, err
		}
	}
	hashes, err := nodes.Rehash(hashes, hasher.HashChildren)
	if err != nil {
		return nil, err
	}
	out := make([]Hash, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out, nil
}

// node is a node of the tree of size leaves, from the tile that it lies in or
// whose hashes it is the root of.
func node(read Reader, id compact.NodeID, size uint64) ([]byte, error) {
	level, above := int(id.Level/8), id.Level%8
	first := id.Index << above
	t, ok := Covering(level, first, size)
	if !ok {
		return nil, fmt.Errorf("no node %d/%d in a tree of %d leaves", id.Level, id.Index, size)
	}
	data, err := read(t)
	if err != nil {
		return nil, err
	}
	at := int(first%Width) * len(Hash{})
	end := at + len(Hash{})<<above
	if len(data) != t.W*len(Hash{}) || end > len(data) {
		return nil, fmt.Errorf("%s: %w", t.Path(), errTile)
	}
	return fold(data[at:end]), nil
}

// CheckInclusion checks a proof of ProveInclusion.
func CheckInclusion(leaf Hash, index, size uint64, path []Hash, root Hash) error {
	return proof.VerifyInclusion(hasher, index, size, leaf[:], bytes(path), root[:])
}

// CheckConsistency checks a proof of ProveConsistency.
func CheckConsistency(old, size uint64, path []Hash, oldRoot, root Hash) error {
	return proof.VerifyConsistency(hasher, old, size, bytes(path), oldRoot[:], root[:])
}

func bytes(path []Hash) [][]byte {
	out := make([][]byte, len(path))
	for i := range path {
		out[i] = path[i][:]
	}
	return out
}
