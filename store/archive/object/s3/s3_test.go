package s3_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
	"github.com/scrubline/scrubline/store/archive/object/retry"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// opener opens stores, in turns at the top of a bucket and below a prefix.
func opener(endpoint string) func(t *testing.T) (object.Bucket, func(string)) {
	c := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	var n atomic.Int32
	return func(t *testing.T) (object.Bucket, func(string)) {
		b, prefix := s3test.New(t, c), ""
		if n.Add(1)%2 == 0 {
			prefix = "audit/hospital/"
			if err := b.Store("").Put(context.Background(), "audit/hospital2", []byte("no object of ours")); err != nil {
				t.Fatal(err)
			}
		}
		return retry.New(b.Store(prefix), retry.Options{}), func(key string) { b.Delete(t, prefix+key) }
	}
}

func TestMinIO(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	objecttest.RunBucket(t, s3test.Keep, objecttest.Weak{}, opener(endpoint))
}

func TestVersityGW(t *testing.T) {
	endpoint, _ := components.VersityGW(t)
	objecttest.RunBucket(t, s3test.Keep, objecttest.Weak{MarkedIsTaken: true}, opener(endpoint))
}
