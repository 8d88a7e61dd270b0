package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Options of a Store.
type Options struct {
	Bucket string
	Prefix string // of every key, "" or ending in a slash
	// Keep is how long Put locks. PutFor has its own.
	Keep object.Period
	// KMSKey is the id or ARN of the key that S3 encrypts with; "" means S3's own
	// (SSE-S3). Whoever can delete the key can make every object unreadable, locked
	// or not.
	KMSKey string
}

// Store is an object.Bucket in S3.
type Store struct {
	api   *s3.Client // asks once
	pages *s3.Client // for lists: only who asks for a page can go on where it stopped
	opt   Options
}

var _ object.Bucket = (*Store)(nil)

// New returns a store that asks with a client's settings. It asks nothing yet.
func New(api *s3.Client, opt Options) *Store {
	return &Store{
		api: s3.New(api.Options(), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} }),
		pages: s3.New(api.Options(), func(o *s3.Options) {
			o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = pageTries })
		}),
		opt: opt,
	}
}

// pageTries is how often the page of a list is asked for: with the SDK's pauses,
// for more than a minute.
const pageTries = 10

func (s *Store) key(key string) *string { return aws.String(s.opt.Prefix + key) }

// Put implements object.Store.
func (s *Store) Put(ctx context.Context, key string, data []byte) error {
	return s.PutFor(ctx, key, data, s.opt.Keep)
}

// PutFor implements object.Retainer.
func (s *Store) PutFor(ctx context.Context, key string, data []byte, keep object.Period) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := s.put(ctx, key, data, keep); err != nil {
		return fmt.Errorf("storing object %s: %w", key, err)
	}
	return nil
}

// request is the PUT of an object.
func (s *Store) request(key string, data []byte, keep object.Period) *s3.PutObjectInput {
	hash := sha256.Sum256(data)
	in := &s3.PutObjectInput{
		Bucket: &s.opt.Bucket, Key: s.key(key), Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))),
		IfNoneMatch:               aws.String("*"),
		ChecksumAlgorithm:         types.ChecksumAlgorithmSha256,
		ChecksumSHA256:            aws.String(base64.StdEncoding.EncodeToString(hash[:])),
		ObjectLockMode:            types.ObjectLockModeCompliance,
		ObjectLockRetainUntilDate: aws.Time(keep.After(time.Now()).Add(slack).Truncate(time.Second)),
		ServerSideEncryption:      types.ServerSideEncryptionAes256,
	}
	if s.opt.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &s.opt.KMSKey
	}
	return in
}

func (s *Store) put(ctx context.Context, key string, data []byte, keep object.Period) error {
	in := s.request(key, data, keep)
	out, err := s.api.PutObject(ctx, in)
	if taken(err) {
		if err := s.confirm(ctx, key, nil, "", keep); err != nil {
			return err
		}
		return object.ErrExists
	}
	if err != nil {
		return known(err)
	}
	return s.confirm(ctx, key, out.VersionId, *in.ChecksumSHA256, keep)
}

// slack is added to a lock, so that a clock a little slow costs no second request.
const slack = time.Minute

// confirm reads back a version, nil for the latest, and sees to it that it is
// locked for as long as it must be. sum is its SHA-256 in base64, "" if it may be
// any.
func (s *Store) confirm(ctx context.Context, key string, version *string, sum string, keep object.Period) error {
	head, err := s.head(ctx, key, version)
	if err != nil {
		return fmt.Errorf("reading back: %w", err)
	}
	if got := aws.ToString(head.ChecksumSHA256); sum != "" && got != sum {
		return fmt.Errorf("reading back: %w: the server keeps no SHA-256, or another one", object.ErrRefused)
	}
	until := keep.After(aws.ToTime(head.LastModified))
	if locked(head, until) {
		return nil
	}
	if err := s.retain(ctx, key, head.VersionId, until); err != nil {
		return fmt.Errorf("locking what was stored without: %w", err)
	}
	if head, err = s.head(ctx, key, head.VersionId); err != nil {
		return fmt.Errorf("reading back: %w", err)
	}
	if !locked(head, until) {
		return fmt.Errorf("reading back: %w: the bucket does not keep locks", object.ErrRefused)
	}
	return nil
}

func locked(head *s3.HeadObjectOutput, until time.Time) bool {
	return head.ObjectLockMode == types.ObjectLockModeCompliance && !aws.ToTime(head.ObjectLockRetainUntilDate).Before(until.Truncate(time.Second))
}

func (s *Store) head(ctx context.Context, key string, version *string) (*s3.HeadObjectOutput, error) {
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &s.opt.Bucket, Key: s.key(key), VersionId: version, ChecksumMode: types.ChecksumModeEnabled,
	})
	return out, known(err)
}

// Get implements object.Store.
func (s *Store) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	return s.get(ctx, key, nil, buf)
}

// GetVersion implements object.Versioned.
func (s *Store) GetVersion(ctx context.Context, key, id string, buf []byte) ([]byte, error) {
	return s.get(ctx, key, &id, buf)
}

func (s *Store) get(ctx context.Context, key string, version *string, buf []byte) ([]byte, error) {
	if err := check(ctx, key); err != nil {
		return buf, err
	}
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.opt.Bucket, Key: s.key(key), VersionId: version, ChecksumMode: types.ChecksumModeEnabled,
	})
	if err != nil {
		return buf, fmt.Errorf("reading object %s: %w", key, known(err))
	}
	defer func() { _ = out.Body.Close() }()
	at, size := len(buf), int(aws.ToInt64(out.ContentLength))
	buf = slices.Grow(buf, size)[:at+size]
	if _, err = io.ReadFull(out.Body, buf[at:]); err == nil {
		_, err = io.Copy(io.Discard, out.Body) // the checksum is compared at the end
	}
	if err != nil {
		return buf[:at], fmt.Errorf("reading object %s: %w", key, err)
	}
	return buf, nil
}

// Head implements object.Store.
func (s *Store) Head(ctx context.Context, key string) (object.Info, error) {
	return s.describe(ctx, key, nil)
}

// HeadVersion implements object.Versioned.
func (s *Store) HeadVersion(ctx context.Context, key, id string) (object.Info, error) {
	return s.describe(ctx, key, &id)
}

func (s *Store) describe(ctx context.Context, key string, version *string) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	head, err := s.head(ctx, key, version)
	if err != nil {
		return object.Info{}, fmt.Errorf("describing object %s: %w", key, err)
	}
	i := object.Info{Key: key, Size: aws.ToInt64(head.ContentLength), Stored: aws.ToTime(head.LastModified)}
	switch head.ObjectLockMode {
	case types.ObjectLockModeCompliance:
		i.Mode = object.Compliance
	case types.ObjectLockModeGovernance:
		i.Mode = object.Governance
	}
	if i.Mode != object.Unlocked {
		i.LockedUntil = aws.ToTime(head.ObjectLockRetainUntilDate)
	}
	return i, nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return object.CheckKey(key)
}
