package mirror

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
	"github.com/scrubline/scrubline/store/archive/object/retry"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

func folder(t *testing.T) *local.Store {
	t.Helper()
	s, err := local.Open(filepath.Join(t.TempDir(), "store"), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t *testing.T, s object.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.List(context.Background(), "", func(i object.Info) error {
		b, err := s.Get(context.Background(), i.Key, nil)
		all[i.Key] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var last = []string{"log/", "log/checkpoint/"}

// trip is a store that fails at a certain Put.
type trip struct {
	object.Store
	left int
	keys []string // put, in their order
}

var errTrip = errors.New("tripped")

func (s *trip) Put(ctx context.Context, key string, data []byte) error {
	if s.left--; s.left < 0 {
		return errTrip
	}
	s.keys = append(s.keys, key)
	return s.Store.Put(ctx, key, data)
}

// However often a copy is interrupted, it ends as the original, and on the way it
// never has a checkpoint without the log before it, nor the log without objects.
func TestInterrupted(t *testing.T) {
	from := &objecttest.Memory{}
	ctx := context.Background()
	for i := range 6 {
		for _, key := range []string{"v1/a/%d", "log/tile/%d", "log/checkpoint/%d"} {
			if err := from.Put(ctx, fmt.Sprintf(key, i), []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := content(t, from)
	rapid.Check(t, func(rt *rapid.T) {
		to := &trip{Store: &objecttest.Memory{}}
		for {
			to.left = rapid.IntRange(1, 8).Draw(rt, "puts")
			r, err := Run(ctx, from, to, Options{Last: last, Workers: 1})
			if err == nil {
				if !r.Complete || r.Missing != 0 || r.Objects != 18 {
					rt.Fatalf("%+v", r)
				}
				break
			}
			if !errors.Is(err, errTrip) || r.Complete || r.Missing == 0 || r.Lag <= 0 {
				rt.Fatalf("%+v %v", r, err)
			}
		}
		if got := content(t, to.Store); len(got) != len(want) {
			rt.Fatal(got)
		}
		rank := func(key string) int {
			return slices.IndexFunc([]string{"v1/", "log/tile/", "log/checkpoint/"}, func(p string) bool { return under(key, []string{p}) })
		}
		if !slices.IsSortedFunc(to.keys, func(a, b string) int { return rank(a) - rank(b) }) {
			rt.Fatal(to.keys)
		}
	})
}

// What the copy has and should not, and what it has otherwise, is named and left.
func TestDifferences(t *testing.T) {
	from, to := folder(t), folder(t)
	ctx := context.Background()
	put := func(s object.Store, key, value string) {
		if err := s.Put(ctx, key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"v1/a", "v1/b", "v1/c", "log/x"} {
		put(from, key, key)
	}
	put(to, "v1/b", "other bytes")
	put(to, "v1/bb", "extra")
	put(to, "log/y", "extra")
	put(to, "v2", "extra")
	r, err := Run(ctx, from, to, Options{Last: last})
	if err != nil || r.Complete || r.Copied != 3 || r.Objects != 4 || !slices.Equal(r.Differ, []string{"v1/b"}) {
		t.Fatalf("%+v %v", r, err)
	}
	slices.Sort(r.Extra)
	if !slices.Equal(r.Extra, []string{"log/y", "v1/bb", "v2"}) {
		t.Fatal(r.Extra)
	}
	if got := content(t, to)["v1/b"]; got != "other bytes" {
		t.Fatal("it was overwritten")
	}
}

// liar stores other bytes than it was given.
type liar struct{ object.Store }

func (s liar) Put(ctx context.Context, key string, data []byte) error {
	return s.Store.Put(ctx, key, append(data, '!'))
}

func TestReadsBack(t *testing.T) {
	from := folder(t)
	if err := from.Put(context.Background(), "v1/a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), from, liar{folder(t)}, Options{})
	if err != nil || r.Complete || r.Copied != 0 || len(r.Differ) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
}

// Between buckets the lock is no shorter and a hold comes along; a folder is copied
// to a bucket and back.
func TestBuckets(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	c := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	open := func() object.Bucket { return retry.New(s3test.New(t, c).Store("audit/"), retry.Options{}) }
	one, two, disk := open(), open(), folder(t)
	ctx := context.Background()
	for i, keep := range []int{3, 40} {
		if err := one.PutFor(ctx, fmt.Sprintf("v1/%d", i), []byte("x"), object.Period{Days: keep}); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.Hold(ctx, "v1/1", true); err != nil {
		t.Fatal(err)
	}
	if r, err := Run(ctx, one, two, Options{Last: last}); err != nil || !r.Complete || r.Copied != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	for i := range 2 {
		key := fmt.Sprintf("v1/%d", i)
		a, err := one.Head(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.Head(ctx, key)
		if err != nil || b.Mode != object.Compliance || b.LockedUntil.Before(a.LockedUntil) || b.LockedUntil.After(a.LockedUntil.AddDate(0, 0, 2)) {
			t.Fatalf("%+v %v, original %+v", b, err, a)
		}
		if held, err := two.Held(ctx, key); err != nil || held != (i == 1) {
			t.Fatal(key, held, err)
		}
	}
	if r, err := Run(ctx, two, disk, Options{}); err != nil || !r.Complete || r.Copied != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err := Run(ctx, disk, two, Options{}); err != nil || !r.Complete || r.Copied != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	third := open()
	if r, err := Run(ctx, disk, third, Options{}); err != nil || !r.Complete || r.Copied != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if i, err := third.Head(ctx, "v1/0"); err != nil || i.Mode != object.Compliance {
		t.Fatalf("%+v %v", i, err)
	}
}
