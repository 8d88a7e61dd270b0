package objecttest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Weak says what a server of others does not keep of S3's promises: the suite
// checks that it is so, and no more.
type Weak struct {
	// MarkedIsTaken: a key under a delete marker can not be put to again.
	MarkedIsTaken bool
}

// RunBucket runs the suite of a store that locks. open returns one on an empty
// place of its own that locks for keep, and a function that puts a delete marker
// over a key as others can.
func RunBucket(t *testing.T, keep object.Period, weak Weak, open func(t *testing.T) (b object.Bucket, mark func(key string))) {
	Run(t, func(t *testing.T) object.Store { b, _ := open(t); return b })
	b := bucket{keep: keep, weak: weak}
	for _, c := range []struct {
		name string
		test func(*testing.T, object.Bucket, func(string))
	}{
		{"what is put is locked", b.putLocks},
		{"a lock for a time of its own", b.putFor},
		{"locks are extended, never shortened", b.extends},
		{"holds are placed and lifted", b.holds},
		{"one version of what is only put", b.oneVersion},
		{"delete markers are seen", b.markers},
		{"versions are read", b.reads},
		{"versions by prefix, in order", b.order},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, mark := open(t)
			c.test(t, s, mark)
		})
	}
}

type bucket struct {
	keep object.Period
	weak Weak
}

// locked fails unless an object is locked for a period since it was stored.
func locked(t *testing.T, s object.Store, key string, keep object.Period) object.Info {
	t.Helper()
	i, err := s.Head(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	until := keep.After(i.Stored).Truncate(time.Second)
	if i.Mode != object.Compliance || i.LockedUntil.Before(until) || i.LockedUntil.After(until.Add(time.Hour)) {
		t.Fatalf("%+v, want a lock until %v", i, until)
	}
	return i
}

func (b bucket) putLocks(t *testing.T, s object.Bucket, _ func(string)) {
	put(t, s, "v1/a", []byte("x"))
	locked(t, s, "v1/a", b.keep)
}

func (b bucket) putFor(t *testing.T, s object.Bucket, _ func(string)) {
	ctx := context.Background()
	short, long := object.Period{Days: 2}, object.Period{Days: 9}
	if err := s.PutFor(ctx, "v1/a", []byte("x"), short); err != nil {
		t.Fatal(err)
	}
	locked(t, s, "v1/a", short)
	// Whoever comes second gets what he asked for too: the longer lock.
	if err := s.PutFor(ctx, "v1/a", []byte("y"), long); !errors.Is(err, object.ErrExists) {
		t.Fatal(err)
	}
	locked(t, s, "v1/a", long)
	if err := s.PutFor(ctx, "v1/a", []byte("y"), short); !errors.Is(err, object.ErrExists) {
		t.Fatal(err)
	}
	locked(t, s, "v1/a", long)
}

func (b bucket) extends(t *testing.T, s object.Bucket, _ func(string)) {
	ctx := context.Background()
	put(t, s, "v1/a", []byte("x"))
	was := locked(t, s, "v1/a", b.keep)
	later := was.LockedUntil.Add(48 * time.Hour)
	for _, until := range []time.Time{later, was.LockedUntil, time.Now()} {
		if err := s.Extend(ctx, "v1/a", until); err != nil {
			t.Fatal(err)
		}
		if i, err := s.Head(ctx, "v1/a"); err != nil || !i.LockedUntil.Equal(later) || i.Mode != object.Compliance {
			t.Fatalf("%+v %v, want %v", i, err, later)
		}
	}
	if err := s.Extend(ctx, "v1/b", later); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
}

func (b bucket) holds(t *testing.T, s object.Bucket, _ func(string)) {
	ctx := context.Background()
	put(t, s, "v1/a", []byte("x"))
	for _, on := range []bool{false, true, true, false, false} {
		if err := s.Hold(ctx, "v1/a", on); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Held(ctx, "v1/a"); err != nil || got != on {
			t.Fatal(got, err)
		}
	}
	put(t, s, "v1/b", nil)
	if got, err := s.Held(ctx, "v1/b"); err != nil || got {
		t.Fatal("an object that nobody put under hold:", got, err)
	}
	if err := s.Hold(ctx, "v1/c", true); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
	if _, err := s.Held(ctx, "v1/c"); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
}

func versions(t *testing.T, s object.Bucket, prefix string) (all []object.Version) {
	t.Helper()
	err := s.Versions(context.Background(), prefix, func(v object.Version) error {
		all = append(all, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (b bucket) oneVersion(t *testing.T, s object.Bucket, _ func(string)) {
	put(t, s, "v1/a", []byte("four"))
	if err := s.Put(context.Background(), "v1/a", []byte("x")); !errors.Is(err, object.ErrExists) {
		t.Fatal(err)
	}
	all := versions(t, s, "")
	if len(all) != 1 || all[0].Key != "v1/a" || all[0].Size != 4 || all[0].Deleted || !all[0].Latest || all[0].ID == "" || all[0].Stored.IsZero() {
		t.Fatalf("%+v", all)
	}
}

func (b bucket) markers(t *testing.T, s object.Bucket, mark func(string)) {
	ctx := context.Background()
	put(t, s, "v1/a", []byte("x"))
	put(t, s, "v1/b", []byte("x"))
	mark("v1/a")
	if _, err := s.Get(ctx, "v1/a", nil); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
	if _, err := s.Head(ctx, "v1/a"); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
	all := versions(t, s, "v1/")
	if len(all) != 3 || !all[0].Deleted || !all[0].Latest || all[0].Key != "v1/a" ||
		all[1].Deleted || all[1].Latest || all[1].Key != "v1/a" || all[2].Key != "v1/b" || !all[2].Latest {
		t.Fatalf("%+v", all)
	}
	if _, err := s.GetVersion(ctx, "v1/a", all[0].ID, nil); !errors.Is(err, object.ErrNotExist) {
		t.Fatal("a marker was read:", err)
	}
	if _, err := s.HeadVersion(ctx, "v1/a", all[0].ID); !errors.Is(err, object.ErrNotExist) {
		t.Fatal("a marker was described:", err)
	}
	if got, err := s.GetVersion(ctx, "v1/a", all[1].ID, nil); err != nil || string(got) != "x" {
		t.Fatal("the object under the marker:", err)
	}
	err := s.Put(ctx, "v1/a", []byte("again"))
	if b.weak.MarkedIsTaken {
		if err == nil {
			t.Fatal("this server is said to take the key for taken")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if all := versions(t, s, "v1/a"); len(all) != 3 || all[0].Deleted || !all[1].Deleted || all[2].Deleted {
		t.Fatalf("%+v", all)
	}
}

func (b bucket) reads(t *testing.T, s object.Bucket, _ func(string)) {
	ctx := context.Background()
	put(t, s, "v1/a", []byte("value"))
	v := versions(t, s, "v1/a")[0]
	if got, err := s.GetVersion(ctx, v.Key, v.ID, []byte("a ")); err != nil || string(got) != "a value" {
		t.Fatalf("%q %v", got, err)
	}
	latest := locked(t, s, v.Key, b.keep)
	if i, err := s.HeadVersion(ctx, v.Key, v.ID); err != nil || i != latest {
		t.Fatalf("%+v %v, want %+v", i, err, latest)
	}
}

func (b bucket) order(t *testing.T, s object.Bucket, mark func(string)) {
	var want []string
	for i := range 12 {
		key := fmt.Sprintf("v1/%02d/a", i)
		put(t, s, key, nil)
		if i%3 == 0 {
			mark(key)
			want = append(want, key)
		}
		want = append(want, key)
	}
	put(t, s, "v2/a", nil)
	got := versions(t, s, "v1/")
	if len(got) != len(want) {
		t.Fatal(len(got), len(want))
	}
	for i, v := range got {
		if v.Key != want[i] {
			t.Fatalf("%d: %s, want %s", i, v.Key, want[i])
		}
	}
	stop, n := errors.New("enough"), 0
	if err := s.Versions(context.Background(), "", func(object.Version) error { n++; return stop }); err != stop || n != 1 {
		t.Fatal(err, n)
	}
}
