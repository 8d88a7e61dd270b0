// Package s3test makes buckets for tests on a server that speaks S3, and does to
// them what an intruder with the account's keys would.
package s3test

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/scrubline/scrubline/store/archive/object"
	store "github.com/scrubline/scrubline/store/archive/object/s3"
)

// Region of all buckets.
const Region = "us-east-1"

// Keep is how long the tests' stores lock: the shortest time there is.
var Keep = object.Period{Days: 1}

// Bucket is a bucket without a default rule.
type Bucket struct {
	Name   string
	Client *s3.Client
}

// Client returns a client of a server.
func Client(endpoint, user, password string) *s3.Client {
	return s3.New(s3.Options{
		Region: Region, BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(user, password, ""),
	})
}

// New makes a bucket with a name of its own.
func New(t testing.TB, c *s3.Client) *Bucket {
	t.Helper()
	return create(t, c, true)
}

// Plain makes a bucket without Object Lock and without versions.
func Plain(t testing.TB, c *s3.Client) *Bucket {
	t.Helper()
	return create(t, c, false)
}

func create(t testing.TB, c *s3.Client, lock bool) *Bucket {
	b := &Bucket{Name: "test-" + strings.ToLower(rand.Text()), Client: c}
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &b.Name, ObjectLockEnabledForBucket: &lock})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Store opens a store in the bucket, below a prefix that may be "".
func (b *Bucket) Store(prefix string) *store.Store {
	return store.New(b.Client, store.Options{Bucket: b.Name, Prefix: prefix, Keep: Keep})
}

// Rewrite stores other bytes under a key: its second version. Object Lock allows
// that; only a bucket policy forbids it.
func (b *Bucket) Rewrite(t testing.TB, key string, data []byte) {
	t.Helper()
	b.write(t, &Object{Key: key, Data: data})
}

// Delete puts a delete marker over a key, which Object Lock allows.
func (b *Bucket) Delete(t testing.TB, key string) {
	t.Helper()
	if _, err := b.Client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &b.Name, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// Object is an object as Forge found it, or is to leave it.
type Object struct {
	Key   string
	Data  []byte
	Mode  types.ObjectLockMode // "" for no lock
	Until time.Time
}

// Forge stands for somebody who could get around the locks, the provider or
// whoever restores from a copy: it makes another bucket with the same objects and
// locks, but what change makes of them. An object for which change returns false is
// left out.
func (b *Bucket) Forge(t testing.TB, change func(*Object) bool) *Bucket {
	t.Helper()
	to := New(t, b.Client)
	pages := s3.NewListObjectsV2Paginator(b.Client, &s3.ListObjectsV2Input{Bucket: &b.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Contents {
			o := b.read(t, *page.Contents[i].Key)
			if change(o) {
				to.write(t, o)
			}
		}
	}
	return to
}

func (b *Bucket) read(t testing.TB, key string) *Object {
	out, err := b.Client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &b.Name, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &Object{Key: key, Data: data, Mode: out.ObjectLockMode, Until: aws.ToTime(out.ObjectLockRetainUntilDate)}
}

func (b *Bucket) write(t testing.TB, o *Object) {
	in := &s3.PutObjectInput{Bucket: &b.Name, Key: &o.Key, Body: bytes.NewReader(o.Data)}
	if o.Mode != "" {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = o.Mode, &o.Until
	}
	if _, err := b.Client.PutObject(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}
