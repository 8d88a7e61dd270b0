package tlog

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/note"
	oracle "golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// log is a tree and the tiles that it wrote.
type log struct {
	Tree
	files map[Tile][]byte
}

func (l *log) read(t Tile) ([]byte, error) {
	if b, ok := l.files[t]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("no tile %s", t.Path())
}

func (l *log) keep(files []File) {
	for _, f := range files {
		l.files[f.Tile] = f.Data
	}
}

// hashes is the oracle's storage: the Go project's own implementation.
type hashes []oracle.Hash

func (h hashes) ReadHashes(at []int64) ([]oracle.Hash, error) {
	var out []oracle.Hash
	for _, i := range at {
		out = append(out, h[i])
	}
	return out, nil
}

func leaf(n uint64) []byte { return fmt.Appendf(nil, `{"n":%d}`, n) }

// Roots, tiles and proofs are those of golang.org/x/mod/sumdb/tlog, which shares
// no code with the library in use here.
func TestAgreesWithAnotherImplementation(t *testing.T) {
	l := log{files: map[Tile][]byte{}}
	var other hashes
	var roots []Hash
	sizes := uint64(70_000) // more than 256² leaves: three levels of tiles
	if testing.Short() {
		sizes = 1500
	}
	r := mathrand.New(mathrand.NewPCG(1, 2))
	for n := range sizes {
		roots = append(roots, l.Root())
		l.keep(l.Append(leaf(n), nil))
		add, err := oracle.StoredHashes(int64(n), leaf(n), other)
		if err != nil {
			t.Fatal(err)
		}
		other = append(other, add...)
		size := n + 1
		if size > 600 && r.IntN(997) > 0 && size != sizes {
			continue
		}
		l.keep(l.Partial(0))
		want, err := oracle.TreeHash(int64(size), other)
		if err != nil || l.Root() != Hash(want) {
			t.Fatalf("%d leaves: root %x, want %x, %v", size, l.Root(), want, err)
		}
		err = Tiles(size, func(tile Tile) error {
			b, err := l.read(tile)
			if err != nil || tile.Level == Entries {
				return err
			}
			theirs, err := oracle.ReadTileData(oracle.Tile{H: 8, L: tile.Level, N: int64(tile.N), W: tile.W}, other)
			if err == nil && string(theirs) != string(b) {
				err = fmt.Errorf("tile %s differs", tile.Path())
			}
			return err
		})
		if err != nil {
			t.Fatalf("%d leaves: %v", size, err)
		}
		index, old := r.Uint64N(size), r.Uint64N(size)
		path, err := ProveInclusion(l.read, index, size)
		if err == nil {
			err = CheckInclusion(LeafHash(leaf(index)), index, size, path, l.Root())
		}
		theirs, err2 := oracle.ProveRecord(int64(size), int64(index), other)
		if err != nil || err2 != nil || len(theirs) != len(path) {
			t.Fatalf("leaf %d of %d: %v %v", index, size, err, err2)
		}
		for i := range path {
			if path[i] != Hash(theirs[i]) {
				t.Fatalf("leaf %d of %d: hash %d of the proof differs", index, size, i)
			}
		}
		path, err = ProveConsistency(l.read, old, size)
		if err == nil {
			err = CheckConsistency(old, size, path, roots[old], l.Root())
		}
		if err != nil {
			t.Fatalf("from %d to %d: %v", old, size, err)
		}
	}
}

func TestWrongProofsAreRefused(t *testing.T) {
	t.Parallel()
	l := log{files: map[Tile][]byte{}}
	roots := []Hash{l.Root()}
	for n := range uint64(300) {
		l.keep(l.Append(leaf(n), nil))
		l.keep(l.Partial(0))
		roots = append(roots, l.Root())
	}
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Uint64Range(2, 300).Draw(rt, "size")
		index := rapid.Uint64Range(0, size-1).Draw(rt, "index")
		old := rapid.Uint64Range(1, size-1).Draw(rt, "old")
		in, err := ProveInclusion(l.read, index, size)
		if err != nil {
			rt.Fatal(err)
		}
		con, err := ProveConsistency(l.read, old, size)
		if err != nil {
			rt.Fatal(err)
		}
		hit := rapid.IntRange(0, len(in)-1).Draw(rt, "hash")
		in[hit][3] ^= 4
		if CheckInclusion(LeafHash(leaf(index)), index, size, in, roots[size]) == nil {
			rt.Fatal("a changed proof passes")
		}
		in[hit][3] ^= 4
		if CheckInclusion(LeafHash(leaf(index+1)), index, size, in, roots[size]) == nil {
			rt.Fatal("another leaf passes")
		}
		if CheckConsistency(old, size, con, roots[old-1], roots[size]) == nil {
			rt.Fatal("another old root passes")
		}
	})
}

func TestTileNames(t *testing.T) {
	t.Parallel()
	for want, tile := range map[string]Tile{
		"tile/0/000":                    {0, 0, 256},
		"tile/1/x001/x234/067":          {1, 1234067, 256},
		"tile/0/x001/000.p/7":           {0, 1000, 7},
		"tile/entries/x001/x234/067":    {Entries, 1234067, 256},
		"tile/entries/999.p/255":        {Entries, 999, 255},
		"tile/7/x018/x446/x744/073.p/1": {7, 18446744073, 1},
	} {
		got, ok := ParsePath(want)
		if tile.Path() != want || !ok || got != tile {
			t.Errorf("%s: %s, %+v, %v", want, tile.Path(), got, ok)
		}
	}
	for _, bad := range []string{"", "tile/0/0", "tile/0/000.p/256", "tile/0/000.p/0", "tile/8/000", "tile/-1/000", "tile/0/x000/001", "tile/0/000/", "tile/00/000", "tile/0/1000", "tile/0/001.p/08", "tiles/0/000", "tile/0"} {
		if got, ok := ParsePath(bad); ok {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("tile/0/x001/000.p/7")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, ok := ParsePath(path); ok && tile.Path() != path {
			t.Errorf("%q is %+v", path, tile)
		}
	})
}

func FuzzSplitBundle(f *testing.F) {
	f.Add(AppendEntry(AppendEntry(nil, []byte("a")), nil), 2)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		var back []byte
		if SplitBundle(b, n%300, func(l []byte) error { back = AppendEntry(back, l); return nil }) == nil && string(back) != string(b) {
			t.Errorf("%q is not what its leaves make", b)
		}
	})
}

func key(t *testing.T, name string) (note.Signer, note.Verifier) {
	t.Helper()
	s, v, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(s)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(v)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	s, v := key(t, "log")
	s2, v2 := key(t, "log")
	c := Checkpoint{"log", 12, Hash{1, 2}}
	one, err := c.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	two, err := c.Sign(s, s2)
	if err != nil {
		t.Fatal(err)
	}
	f := func(signed []byte, want error, by ...note.Verifier) {
		t.Helper()
		if got, err := ParseCheckpoint(signed, by...); !errors.Is(err, want) || err == nil && got != c {
			t.Errorf("%+v %v", got, err)
		}
	}
	f(one, nil, v)
	f(one, ErrSignature, v2)
	f(one, ErrSignature, v, v2)
	f(two, nil, v2, v)
	f(two, nil, v2)
	elsewhere, err := Checkpoint{"other", 12, Hash{1, 2}}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	f(elsewhere, ErrMalformed, v)
	for _, text := range []string{"log\n012\n" + "AQIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "log\n1\nAQI=\n", "log\n1\n", "log\n1\nAQIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n"} {
		if _, err := ParseText(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q passes", text)
		}
	}
}
