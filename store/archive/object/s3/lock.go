package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Extend implements object.Retainer.
func (s *Store) Extend(ctx context.Context, key string, until time.Time) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	head, err := s.head(ctx, key, nil)
	if err == nil && !locked(head, until) {
		err = s.retain(ctx, key, head.VersionId, until)
	}
	if err != nil {
		return fmt.Errorf("extending the lock on object %s: %w", key, err)
	}
	return nil
}

// retain locks a version until a date, which must be later than that of its lock.
func (s *Store) retain(ctx context.Context, key string, version *string, until time.Time) error {
	if until.Nanosecond() > 0 { // S3 keeps whole seconds
		until = until.Truncate(time.Second).Add(time.Second)
	}
	_, err := s.api.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
		Bucket: &s.opt.Bucket, Key: s.key(key), VersionId: version,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &until},
	})
	return known(err)
}

// Hold implements object.Holder.
func (s *Store) Hold(ctx context.Context, key string, on bool) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	hold := &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOff}
	if on {
		hold.Status = types.ObjectLockLegalHoldStatusOn
	}
	_, err := s.api.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &s.opt.Bucket, Key: s.key(key), LegalHold: hold})
	if err != nil {
		return fmt.Errorf("changing the legal hold on object %s: %w", key, known(err))
	}
	return nil
}

// Held implements object.Holder.
func (s *Store) Held(ctx context.Context, key string) (bool, error) {
	if err := check(ctx, key); err != nil {
		return false, err
	}
	out, err := s.api.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{Bucket: &s.opt.Bucket, Key: s.key(key)})
	if err = known(err); errors.Is(err, errNoLock) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking for the legal hold on object %s: %w", key, err)
	}
	return out.LegalHold != nil && out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn, nil
}
