package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/scrubline/scrubline/schemas"
)

// supersedes checks that each object that stands for another is of the same records,
// with fewer tombstones, and names what is sealed as the one before it. There are few:
// the leaves are read once more for those that they stand for.
func (v *verification) supersedes(ctx context.Context) {
	if len(v.standing) == 0 || v.blind {
		return
	}
	v.replaced = map[string]bool{}
	for _, s := range v.standing {
		if batch, n, ok := batchOf(s.Key); ok && n > 0 {
			v.replaced[generationKey(batch, n-1)] = true
		}
	}
	sealed := map[string]*Sealed{}
	err := each(ctx, v.store, 0, v.Leaves, v.Leaves, func(l *Leaf) error {
		if l.Object != nil && v.replaced[l.Object.Key] {
			sealed[l.Object.Key] = l.Object
		}
		return nil
	})
	if err != nil {
		v.unreadable(tileRoot, err)
		return
	}
	for _, s := range v.standing {
		if wrong := s.standsFor(sealed); wrong != "" {
			v.add(BadSupersede, s.Key, wrong)
		}
	}
}

// standsFor says what is wrong with s as an object that stands for another of those
// sealed, by their keys.
func (s *Sealed) standsFor(sealed map[string]*Sealed) string {
	batch, n, ok := batchOf(s.Key)
	if !ok || n == 0 {
		return "its key is none of an object that stands for another"
	}
	o := sealed[generationKey(batch, n-1)]
	switch {
	case o == nil:
		return "what it stands for is not sealed"
	case o.SHA256 != s.Supersedes:
		return "it names another object as what it stands for"
	case o.Source != s.Source || o.Start != s.Start || o.End != s.End || o.Final != s.Final || o.Previous != s.Previous:
		return "it is not of the records of what it stands for"
	case s.Tombstones >= o.Tombstones:
		return "it has no fewer tombstones than what it stands for"
	}
	return ""
}

// kept says which row of the object in hand, o, differs from that of the object it
// stands for, but for tombstones that it has events for.
func (r *objectReader) kept(ctx context.Context, o *Object) string {
	now := bytes.Clone(r.codec.rows.rows)
	kinds := slices.Clone(r.batch.Nums(schemas.RowKind))
	key := generationKey(o.Meta.Key(), o.Meta.Generation-1)
	was, err := read(ctx, r.v.store, r.codec, key, r.batch)
	if err != nil || was.SHA256 != o.Supersedes || was.Rows != o.Rows {
		return "" // what it stands for is missed or found changed where it is looked at
	}
	r.codec.rows.hash(r.batch)
	for i, kind := range r.batch.Nums(schemas.RowKind) {
		if kind == schemas.KindTombstone && kinds[i] != schemas.KindTombstone {
			continue
		}
		if at := i * sha256.Size; !bytes.Equal(r.codec.rows.rows[at:at+sha256.Size], now[at:at+sha256.Size]) {
			return fmt.Sprintf("record %d differs from that of the object it stands for", o.Meta.Start+uint64(i))
		}
	}
	return ""
}
