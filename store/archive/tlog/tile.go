package tlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Width is how many hashes a full tile holds, and how many leaves a full bundle.
const Width = 256

// Entries is the level of tiles that hold leaves, not hashes.
const Entries = -1

// maxLevel is the level of the tile that holds the roots of 2^56 leaves each.
const maxLevel = 7

// MaxLeaf is the longest leaf in bytes: a bundle has two bytes for the length.
const MaxLeaf = 1<<16 - 1

// Hash is a node of the tree: RFC 6962 over SHA-256.
type Hash [32]byte

// Tile names a tile: the N-th of a level, of W hashes or leaves.
type Tile struct {
	Level int
	N     uint64
	W     int
}

// Path is the tile's name below the log's prefix: tile/<level>/<N>[.p/<W>], the
// number in groups of three digits, all but the last behind an x.
func (t Tile) Path() string {
	level := "entries"
	if t.Level != Entries {
		level = strconv.Itoa(t.Level)
	}
	n := fmt.Sprintf("%03d", t.N%1000)
	for rest := t.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	if t.W == Width {
		return "tile/" + level + "/" + n
	}
	return fmt.Sprintf("tile/%s/%s.p/%d", level, n, t.W)
}

// ParsePath reads what Path writes, and nothing else.
func ParsePath(path string) (Tile, bool) {
	t := Tile{W: Width}
	rest, ok := strings.CutPrefix(path, "tile/")
	level, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return Tile{}, false
	}
	var err error
	if level == "entries" {
		t.Level = Entries
	} else if t.Level, err = strconv.Atoi(level); err != nil {
		return Tile{}, false
	}
	if n, w, partial := strings.Cut(rest, ".p/"); partial {
		if t.W, err = strconv.Atoi(w); err != nil {
			return Tile{}, false
		}
		rest = n
	}
	digits := strings.ReplaceAll(strings.ReplaceAll(rest, "x", ""), "/", "")
	if t.N, err = strconv.ParseUint(digits, 10, 64); err != nil || t.Level < Entries || t.Level > maxLevel || t.W < 1 || t.W > Width {
		return Tile{}, false
	}
	return t, t.Path() == path
}

// Covering is the widest tile of a level that holds the index-th hash or leaf of
// it in a tree of size leaves. ok is false if the tree has no such node.
func Covering(level int, index, size uint64) (t Tile, ok bool) {
	n := size
	if level > 0 {
		n = size >> (8 * level)
	}
	if index >= n {
		return Tile{}, false
	}
	first := index - index%Width
	return Tile{Level: level, N: index / Width, W: int(min(Width, n-first))}, true
}

// Tiles calls fn for the tiles that a tree of size leaves consists of, level by
// level, beginning with the entries.
func Tiles(size uint64, fn func(Tile) error) error {
	for level := Entries; level <= maxLevel; level++ {
		for index := uint64(0); ; index += Width {
			t, ok := Covering(level, index, size)
			if !ok {
				break
			}
			if err := fn(t); err != nil {
				return err
			}
		}
	}
	return nil
}

var errBundle = errors.New("bundle of leaves is malformed")

// AppendEntry appends a leaf as it stands in a bundle: its length in two bytes,
// big-endian, and the leaf.
func AppendEntry(bundle, leaf []byte) []byte {
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(leaf)))
	return append(bundle, leaf...)
}

// SplitBundle calls fn for the leaves of a bundle, which must be n. They are parts of it.
func SplitBundle(bundle []byte, n int, fn func(leaf []byte) error) error {
	for range n {
		if len(bundle) < 2 {
			return errBundle
		}
		size := int(binary.BigEndian.Uint16(bundle))
		if bundle = bundle[2:]; len(bundle) < size {
			return errBundle
		}
		if err := fn(bundle[:size]); err != nil {
			return err
		}
		bundle = bundle[size:]
	}
	if len(bundle) > 0 {
		return errBundle
	}
	return nil
}
