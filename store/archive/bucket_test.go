package archive

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// bucketSample is sample in a bucket with Object Lock, and its copy in a folder.
func bucketSample(t *testing.T) (b *s3test.Bucket, data string, keys []string) {
	t.Helper()
	endpoint, _ := components.MinIO(t)
	b = s3test.New(t, s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword))
	data = tempDir(t)
	a, err := Open(context.Background(), data, Options{Store: b.Store("")})
	if err != nil {
		t.Fatal(err)
	}
	_, keys = fillSample(t, a)
	v := vandal{TB: t, dir: filepath.Join(data, Folder)}
	s := b.Store("")
	v.must(s.List(context.Background(), "", func(i object.Info) error {
		got, err := s.Get(context.Background(), i.Key, nil)
		v.write(i.Key, got)
		return err
	}))
	return b, data, keys
}

func verifyBucket(t *testing.T, b *s3test.Bucket, data string) Report {
	t.Helper()
	r, err := Verify(context.Background(), b.Store(""), pubkey(t, data), Checks{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// everything of a bucket as it is.
func everything(*s3test.Object) bool { return true }

// forged is a bucket with what a folder holds, under the locks of another bucket.
func forged(t *testing.T, b *s3test.Bucket, dir string) *s3test.Bucket {
	t.Helper()
	seen := map[string]bool{}
	v := vandal{TB: t, dir: dir}
	to := b.Forge(t, func(o *s3test.Object) bool {
		data, err := os.ReadFile(v.path(o.Key))
		o.Data, seen[o.Key] = data, true
		if strings.HasPrefix(o.Key, logRoot) { // a rewritten log may speak of objects that were put a second later
			o.Until = o.Until.Add(time.Minute)
		}
		return err == nil
	})
	for _, key := range v.list("") {
		if !seen[key] {
			v.must(to.Store("").Put(context.Background(), key, v.read(key)))
		}
	}
	return to
}

// An archive in a bucket, and its copy on a laptop.
func TestBucketVerifies(t *testing.T) {
	b, data, keys := bucketSample(t)
	if r := verifyBucket(t, b, data); r.Status != OK || r.Objects != len(keys) || r.Locks != len(keys) || r.LogLocks < 20 {
		t.Fatalf("%+v", r)
	}
	if r := mustVerify(t, data); r.Objects != len(keys) || r.Locks+r.LogLocks != 0 {
		t.Fatalf("the copy: %+v", r)
	}
	if code := second(t, data); code != 0 {
		t.Fatal("verify.py:", code)
	}
	if r := verifyBucket(t, b.Forge(t, everything), data); r.Status != OK {
		t.Fatalf("another bucket with the same: %+v", r)
	}
}

// What only a bucket has: versions, delete markers, locks.
func TestBucketTamperingIsFound(t *testing.T) {
	b, data, keys := bucketSample(t)
	v := vandal{TB: t, dir: filepath.Join(data, Folder)}
	all := v.list("")
	lists := [][]string{keys, v.list(claimRoot), v.list(tileRoot), v.list(receiptRoot), v.list(checkpointRoot)[1:]}
	lock := func(r *rand.Rand, change func(*s3test.Object)) *s3test.Bucket {
		key := pick(r, lists[r.IntN(len(lists))])
		return b.Forge(t, func(o *s3test.Object) bool {
			if o.Key == key {
				change(o)
			}
			return true
		})
	}
	for name, do := range map[string]func(r *rand.Rand) *s3test.Bucket{
		"a second version with the same bytes": func(r *rand.Rand) *s3test.Bucket {
			c, key := b.Forge(t, everything), pick(r, all)
			c.Rewrite(t, key, v.read(key))
			return c
		},
		"a second version with others": func(r *rand.Rand) *s3test.Bucket {
			c, key := b.Forge(t, everything), pick(r, all)
			c.Rewrite(t, key, append(v.read(key), '!'))
			return c
		},
		"a delete marker": func(r *rand.Rand) *s3test.Bucket {
			c := b.Forge(t, everything)
			c.Delete(t, pick(r, all))
			return c
		},
		"a delete marker and the object again": func(r *rand.Rand) *s3test.Bucket {
			c, key := b.Forge(t, everything), pick(r, all)
			c.Delete(t, key)
			c.Rewrite(t, key, v.read(key))
			return c
		},
		"a shorter lock": func(r *rand.Rand) *s3test.Bucket {
			return lock(r, func(o *s3test.Object) { o.Until = o.Until.Add(-time.Duration(1+r.IntN(20)) * time.Hour) })
		},
		"a weaker lock": func(r *rand.Rand) *s3test.Bucket {
			return lock(r, func(o *s3test.Object) { o.Mode = types.ObjectLockModeGovernance })
		},
		"no lock": func(r *rand.Rand) *s3test.Bucket {
			return lock(r, func(o *s3test.Object) { o.Mode = "" })
		},
	} {
		for place := range uint64(long(3, 50)) {
			if r := verifyBucket(t, do(rand.New(rand.NewPCG(place, 4))), data); r.Status != Tampered {
				t.Errorf("%s, place %d: %+v", name, place, r)
			}
		}
	}
}

// What is found in a folder is found in a bucket.
func TestTamperingInABucketIsFound(t *testing.T) {
	b, data, keys := bucketSample(t)
	for i, c := range tamperings {
		if strings.Contains(c.name, "link") || i%long(4, 1) != 0 {
			continue // a bucket has no links; the short form tries a few kinds
		}
		for place := range uint64(long(1, 50)) {
			bad := copyOf(t, data)
			c.do(vandal{t, filepath.Join(bad, Folder), keys}, rand.New(rand.NewPCG(place, 9)))
			if r := verifyBucket(t, forged(t, b, filepath.Join(bad, Folder)), data); r.Status != c.want {
				t.Errorf("%s, place %d: %+v", c.name, place, r)
			}
		}
	}
}
