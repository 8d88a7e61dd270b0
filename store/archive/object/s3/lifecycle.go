package s3

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// asleep are the storage classes whose objects must be restored before they can be
// read.
var asleep = map[types.TransitionStorageClass]bool{
	types.TransitionStorageClassGlacier: true, types.TransitionStorageClassDeepArchive: true,
}

func (i *inspection) lifecycle(ctx context.Context) {
	out, err := i.s.api.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &i.s.opt.Bucket})
	if err != nil {
		i.untold("lifecycle", "s3:GetLifecycleConfiguration", err, "NoSuchLifecycleConfiguration")
		return
	}
	for k := range out.Rules {
		if r := &out.Rules[k]; r.Status == types.ExpirationStatusEnabled && touches(r, i.s.opt.Prefix) {
			i.rule(r)
		}
	}
}

// touches says whether a rule may be about keys that start with prefix. One with
// tags is not: the archive's objects have none.
func touches(r *types.LifecycleRule, prefix string) bool {
	of := aws.ToString(r.Prefix) //nolint:staticcheck // rules that were made the old way still have it
	if f := r.Filter; f != nil {
		if f.Tag != nil || f.And != nil && len(f.And.Tags) > 0 {
			return false
		}
		if f.Prefix != nil {
			of = *f.Prefix
		}
		if f.And != nil {
			of = aws.ToString(f.And.Prefix)
		}
	}
	return strings.HasPrefix(prefix, of) || strings.HasPrefix(of, prefix)
}

func (i *inspection) rule(r *types.LifecycleRule) {
	name := fmt.Sprintf("lifecycle rule %q", aws.ToString(r.ID))
	if e := r.Expiration; e != nil && (aws.ToInt32(e.Days) > 0 || e.Date != nil) {
		i.add(Broken, "lifecycle", name+" expires objects: it hides them behind delete markers, whatever their lock", "disable it for the archive")
	}
	if r.NoncurrentVersionExpiration != nil {
		i.add(Weak, "lifecycle", name+" deletes older versions when their lock ends: what a second version hides is gone then", "disable it for the archive")
	}
	for _, t := range r.Transitions {
		if asleep[t.StorageClass] {
			i.add(Weak, "lifecycle", fmt.Sprintf("%s moves objects to %s: verify, replay and the copy cannot read them until they are restored", name, t.StorageClass),
				"use GLACIER_IR, INTELLIGENT_TIERING without archive tiers, or STANDARD_IA")
		}
	}
}
