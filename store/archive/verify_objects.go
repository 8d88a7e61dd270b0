package archive

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/quarantine"
)

// entry is what is kept of an object's leaf, 100 bytes: a laptop holds millions.
type entry struct {
	key   [16]byte // of the key's hash
	facts [16]byte // of the hash of what the object says of itself
	sha   Hash
	size  int64
	at    int64 // sealed, Unix seconds
	until int64 // locked, Unix seconds
	n     uint32
	mode  object.Mode
	found bool
}

// sealedSet is the entries, in the order of key once it is sorted.
type sealedSet []entry

func sealedEntry(l *Leaf) entry {
	o := l.Object
	e := entry{key: short(o.Key), facts: o.facts(), sha: o.SHA256, size: o.Size, at: l.Time.Unix(), n: uint32(l.N)}
	for mode, name := range lockNames {
		if name == o.Lock && o.LockedUntil != nil {
			e.mode, e.until = mode, o.LockedUntil.Unix()
		}
	}
	return e
}

// facts is a hash of what an object says of itself.
func (s *Sealed) facts() (h [16]byte) {
	own := *s
	own.SourcePrevious, own.Lock, own.LockedUntil = Hash{}, "", nil
	text, _ := json.Marshal(own) // strings and numbers: it cannot fail
	sum := sha256.Sum256(text)
	copy(h[:], sum[:])
	return h
}

func (s sealedSet) find(key string) *entry {
	i, ok := slices.BinarySearchFunc(s, short(key), func(e entry, k [16]byte) int { return bytes.Compare(e.key[:], k[:]) })
	if !ok {
		return nil
	}
	return &s[i]
}

// objectChunk is how many objects are checked between two saves of the progress.
const objectChunk = 4096

// objects compares the list of what is stored with the leaves and reads what the
// checks say.
func (v *verification) objects(ctx context.Context) {
	slices.SortFunc(v.sealed, func(a, b entry) int {
		return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.n, b.n))
	})
	for i := 1; i < len(v.sealed); i++ {
		if v.sealed[i].key == v.sealed[i-1].key {
			v.add(Twice, "", fmt.Sprintf("leaf %d seals again what leaf %d seals", v.sealed[i].n, v.sealed[i-1].n))
			v.sealed[i].found = true
		}
	}
	if !v.resume() {
		return
	}
	before := len(v.Problems)
	var chunk []object.Info
	err := v.list(ctx, "", func(i object.Info) {
		if strings.HasPrefix(i.Key, logRoot) || strings.HasPrefix(i.Key, quarantine.Prefix) {
			return
		}
		if chunk = append(chunk, i); len(chunk) == objectChunk {
			v.check(ctx, chunk)
			chunk = chunk[:0]
		}
	})
	if err != nil {
		v.unreadable("", err)
		return
	}
	v.check(ctx, chunk)
	if ctx.Err() != nil {
		return
	}
	slices.SortStableFunc(v.Problems[before:], func(a, b Problem) int { return cmp.Compare(a.Key, b.Key) })
	v.gone(ctx)
}

// gone reports what is sealed and was not listed. The keys are in the leaves.
func (v *verification) gone(ctx context.Context) {
	missing := map[uint64]bool{}
	for i := range v.sealed {
		if !v.sealed[i].found {
			missing[uint64(v.sealed[i].n)] = true
		}
	}
	if len(missing) == 0 {
		return
	}
	err := each(ctx, v.store, 0, v.Leaves, v.Leaves, func(l *Leaf) error {
		if missing[l.N] && l.Object != nil {
			v.add(Missing, l.Object.Key, "the sealed object is not there")
			delete(missing, l.N)
		}
		return nil
	})
	if err != nil || len(missing) > 0 {
		v.add(Missing, "", fmt.Sprintf("%d sealed objects are not there", len(missing)))
	}
}

// check checks some listed objects and saves how far that is.
func (v *verification) check(ctx context.Context, chunk []object.Info) {
	if len(chunk) == 0 {
		return
	}
	jobs := make(chan listedObject)
	var group errgroup.Group
	for range min(runtime.GOMAXPROCS(0)*4, 16, len(chunk)) {
		group.Go(func() error {
			r := objectReader{v: v, codec: newCodec(), batch: event.NewBatch(0)}
			for j := range jobs {
				if ctx.Err() == nil {
					r.look(ctx, j)
				}
			}
			return nil
		})
	}
	for _, i := range chunk {
		e := v.sealed.find(i.Key)
		if e != nil {
			e.found = true
		}
		jobs <- listedObject{i, e}
	}
	close(jobs)
	_ = group.Wait()
	if v.Save != nil && ctx.Err() == nil {
		if err := v.Save(v.progress(chunk[len(chunk)-1].Key)); err != nil {
			v.add(Unreadable, "", "saving the progress: "+err.Error())
			v.Save = nil
		}
	}
}

// listedObject is an object of the list and its leaf, nil if it has none.
type listedObject struct {
	object.Info
	leaf *entry
}

// objectReader is one goroutine's reading.
type objectReader struct {
	v     *verification
	codec *codec
	batch *event.Batch
}

func (r *objectReader) add(kind ProblemKind, key, detail string) {
	r.v.mu.Lock()
	defer r.v.mu.Unlock()
	r.v.add(kind, key, detail)
}

func (r *objectReader) look(ctx context.Context, i listedObject) {
	v, e := r.v, i.leaf
	switch {
	case e != nil:
	case v.blind && strings.HasPrefix(i.Key, root):
		return
	case strings.HasPrefix(i.Key, root) && object.CheckKey(i.Key) == nil:
		r.unsealed(ctx, i.Key)
		return
	default:
		r.add(Foreign, i.Key, "this is no object of an archive")
		return
	}
	if i.Size != e.size {
		r.add(Changed, i.Key, "the object is not the sealed one")
		return
	}
	if v.skips(i.Key, e) {
		return
	}
	r.lock(ctx, i.Key, e)
	data, err := v.store.Get(ctx, i.Key, r.codec.buf[:0])
	r.codec.buf = data
	switch {
	case errors.Is(err, object.ErrNotExist):
		r.add(Missing, i.Key, "the sealed object is not there")
		return
	case err != nil:
		if ctx.Err() == nil {
			r.add(Unreadable, i.Key, err.Error())
		}
		return
	case sum(data) != e.sha:
		r.add(Changed, i.Key, "the object is not the sealed one")
		return
	}
	o, wrong := r.decode(i.Key, data)
	if s := sealedOf(&o); wrong == "" && s.facts() != e.facts {
		wrong = "what it says of itself is not what was sealed"
	}
	if wrong == "" && o.Meta.Generation > 0 {
		wrong = r.kept(ctx, &o)
	}
	if wrong != "" {
		r.add(Disagreement, i.Key, wrong)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Objects++; v.replaced[i.Key] {
		return // its records are counted by what stands for it
	}
	v.Rows += o.Rows
	v.Events += o.Events
	v.Tombstones += o.Tombstones
}

// lock checks that an object is locked at least as it was when it was sealed. A
// copy in a folder has no locks; then nothing is said about them.
func (r *objectReader) lock(ctx context.Context, key string, e *entry) {
	if _, ok := r.v.store.(object.Retainer); !ok || e.mode == object.Unlocked {
		return
	}
	i, err := r.v.store.Head(ctx, key)
	switch {
	case err != nil:
		if ctx.Err() == nil && !errors.Is(err, object.ErrNotExist) { // Get says that
			r.add(Unreadable, key, err.Error())
		}
		return
	case i.Mode < e.mode:
		r.add(BadLock, key, "its lock is weaker than when it was sealed")
		return
	case i.LockedUntil.Unix() < e.until:
		r.add(BadLock, key, fmt.Sprintf("it is locked until %s, not %s", i.LockedUntil.UTC().Format(time.RFC3339), time.Unix(e.until, 0).UTC().Format(time.RFC3339)))
		return
	}
	r.v.mu.Lock()
	defer r.v.mu.Unlock()
	r.v.Locks++
}

// decode reads an object's footer and rows and says what is wrong with them.
func (r *objectReader) decode(key string, data []byte) (Object, string) {
	o, file, err := inspect(key, data)
	if err != nil {
		return o, err.Error()
	}
	r.batch.Reset(o.Meta)
	if err := r.codec.dec.Decode(file, r.batch); err != nil {
		return o, err.Error()
	}
	var f footer
	count(r.batch, &f)
	if f.Events != o.Events || f.Tombstones != o.Tombstones || f.Duplicates != o.Duplicates ||
		o.Rows > 0 && (f.First != o.First.UnixMilli() || f.Last != o.Last.UnixMilli()) || r.codec.rows.hash(r.batch) != o.RowsRoot {
		return o, "the rows are not as the footer says"
	}
	return o, ""
}

// unsealed checks an object that is not in the log.
func (r *objectReader) unsealed(ctx context.Context, key string) {
	data, err := r.v.store.Get(ctx, key, r.codec.buf[:0])
	r.codec.buf = data
	switch {
	case errors.Is(err, object.ErrNotExist):
		return
	case err != nil:
		r.add(Unreadable, key, err.Error())
		return
	}
	o, wrong := r.decode(key, data)
	if wrong != "" {
		r.add(Foreign, key, wrong)
		return
	}
	r.v.mu.Lock()
	r.v.loose[o.SHA256] = new(sealedOf(&o))
	r.v.mu.Unlock()
	r.add(Unsealed, key, "the object is whole, but not in the seal log")
}

// skips says whether an object is left out by the checks.
func (v *verification) skips(key string, e *entry) bool {
	if !v.Since.IsZero() && e.at < v.Since.Unix() || !v.Sample.takes(e.key) {
		return true
	}
	return v.Resume != nil && key <= v.Resume.Key && uint64(e.n) < v.Resume.Leaves
}

// order is a number that follows from a key, evenly spread.
func order(key [16]byte) uint64 { return binary.BigEndian.Uint64(key[:]) }
