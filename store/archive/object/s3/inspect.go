package s3

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Grade says how bad a remark is.
type Grade string

const (
	// Broken: the bucket cannot keep the promise. Nothing should be archived to it.
	Broken Grade = "broken"
	// Weak: the promise holds, but something that would guard it is missing.
	Weak Grade = "weak"
	// Unknown: the server does not tell.
	Unknown Grade = "unknown"
	// Note: good to know.
	Note Grade = "note"
)

// Remark is something about a bucket that somebody should know or change.
type Remark struct {
	Grade Grade  `json:"grade"`
	About string `json:"about"` // a fixed set of names
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"` // what to change
}

// Inspect looks at the bucket's settings and says what is wrong with them for an
// archive that locks for keep. It changes nothing and stores nothing.
func (s *Store) Inspect(ctx context.Context, keep object.Period) []Remark {
	i := &inspection{s: s, keep: keep}
	if !i.reachable(ctx) {
		return i.remarks
	}
	i.lock(ctx)
	i.versioning(ctx)
	i.policy(ctx)
	i.public(ctx)
	i.encryption(ctx)
	i.lifecycle(ctx)
	i.replication(ctx)
	i.writable(ctx)
	return i.remarks
}

type inspection struct {
	s       *Store
	keep    object.Period
	remarks []Remark
}

func (i *inspection) add(g Grade, about, text, fix string) {
	i.remarks = append(i.remarks, Remark{g, about, text, fix})
}

// untold notes that a question was not answered, unless err says that there is no
// such setting, which it reports.
func (i *inspection) untold(about, permission string, err error, none ...string) (absent bool) {
	for _, c := range none {
		if code(err) == c {
			return true
		}
	}
	if status(err) == http.StatusNotImplemented {
		i.add(Unknown, about, "the server has no such setting", "")
	} else {
		i.add(Unknown, about, "the server does not tell: "+known(err).Error(), "allow "+permission)
	}
	return false
}

// Clocks further apart than this are refused by AWS, half of it is a warning.
const maxSkew = 15 * time.Minute

func (i *inspection) reachable(ctx context.Context) bool {
	var date time.Time
	_, err := i.s.api.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &i.s.opt.Bucket}, func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("date", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleDeserialize(ctx, in)
				if r, ok := out.RawResponse.(*smithyhttp.Response); ok {
					date, _ = http.ParseTime(r.Header.Get("Date"))
				}
				return out, meta, err
			}), middleware.After)
		})
	})
	switch {
	case errors.Is(known(err), object.ErrNotExist):
		i.add(Broken, "bucket", "there is no such bucket", "make it, with Object Lock")
		return false
	case err != nil:
		i.add(Broken, "bucket", "it cannot be reached: "+known(err).Error(), "look at region, endpoint, credentials, and allow s3:ListBucket")
		return false
	}
	if skew := time.Since(date).Abs(); !date.IsZero() && skew > maxSkew/2 {
		i.add(Weak, "clock", fmt.Sprintf("this machine's clock and the server's are %v apart: from %v on requests are refused", skew.Round(time.Second), maxSkew), "synchronise the clock (NTP)")
	}
	return true
}

const lockFix = "make a bucket with Object Lock: it cannot be turned on for good in hindsight without versioning (aws s3api create-bucket --object-lock-enabled-for-bucket)"

func (i *inspection) lock(ctx context.Context) {
	out, err := i.s.api.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &i.s.opt.Bucket})
	if err != nil {
		if i.untold("lock", "s3:GetBucketObjectLockConfiguration", err, "ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration") {
			i.add(Broken, "lock", "the bucket has no Object Lock", lockFix)
		}
		return
	}
	c := out.ObjectLockConfiguration
	if c == nil || c.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
		i.add(Broken, "lock", "the bucket has no Object Lock", lockFix)
		return
	}
	if c.Rule == nil || c.Rule.DefaultRetention == nil {
		i.add(Weak, "default_rule", "there is no default rule: what others put into the bucket is not locked (what Scrubline puts is)",
			fmt.Sprintf("set a default rule of mode COMPLIANCE, %v", i.keep))
		return
	}
	d := c.Rule.DefaultRetention
	has := object.Period{Years: int(aws.ToInt32(d.Years)), Days: int(aws.ToInt32(d.Days))}
	if d.Mode != types.ObjectLockRetentionModeCompliance || !has.Covers(i.keep) {
		i.add(Weak, "default_rule", fmt.Sprintf("the default rule is %s %v, weaker than what Scrubline asks for with each object", d.Mode, has),
			fmt.Sprintf("set it to COMPLIANCE, %v", i.keep))
	}
}

func (i *inspection) versioning(ctx context.Context) {
	out, err := i.s.api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &i.s.opt.Bucket})
	if err != nil {
		i.untold("versioning", "s3:GetBucketVersioning", err)
		return
	}
	if out.Status != types.BucketVersioningStatusEnabled {
		i.add(Broken, "versioning", "versioning is not enabled: an object can be overwritten", "enable versioning (Object Lock needs it too)")
	}
}

func (i *inspection) public(ctx context.Context) {
	out, err := i.s.api.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &i.s.opt.Bucket})
	const fix = "block public access, all four settings"
	if err != nil {
		if i.untold("public_access", "s3:GetBucketPublicAccessBlock", err, "NoSuchPublicAccessBlockConfiguration") {
			i.add(Weak, "public_access", "public access is not blocked", fix)
		}
		return
	}
	c := out.PublicAccessBlockConfiguration
	if c == nil || !aws.ToBool(c.BlockPublicAcls) || !aws.ToBool(c.BlockPublicPolicy) || !aws.ToBool(c.IgnorePublicAcls) || !aws.ToBool(c.RestrictPublicBuckets) {
		i.add(Weak, "public_access", "public access is not wholly blocked", fix)
	}
}

func (i *inspection) encryption(ctx context.Context) {
	if i.s.opt.KMSKey != "" {
		i.add(Weak, "encryption", "objects are encrypted with a KMS key of yours: whoever deletes or disables it makes the archive unreadable, locked or not",
			"leave kms_key out (SSE-S3), or deny kms:ScheduleKeyDeletion and kms:DisableKey and alarm on them")
	}
	out, err := i.s.api.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &i.s.opt.Bucket})
	if err != nil {
		i.untold("encryption", "s3:GetEncryptionConfiguration", err, "ServerSideEncryptionConfigurationNotFoundError") // each PUT says how
		return
	}
	if c := out.ServerSideEncryptionConfiguration; c != nil && i.s.opt.KMSKey == "" {
		for _, r := range c.Rules {
			if d := r.ApplyServerSideEncryptionByDefault; d != nil && d.SSEAlgorithm != types.ServerSideEncryptionAes256 {
				i.add(Note, "encryption", "the bucket's default encryption is with a KMS key; what Scrubline puts is encrypted with S3's own", "")
			}
		}
	}
}

func (i *inspection) replication(ctx context.Context) {
	out, err := i.s.api.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &i.s.opt.Bucket})
	if err != nil {
		i.untold("replication", "s3:GetReplicationConfiguration", err, "ReplicationConfigurationNotFoundError")
		return
	}
	if out.ReplicationConfiguration == nil {
		return
	}
	for _, r := range out.ReplicationConfiguration.Rules {
		if r.Status == types.ReplicationRuleStatusEnabled && r.Destination != nil {
			i.add(Note, "replication", "S3 replicates to "+aws.ToString(r.Destination.Bucket), "")
		}
	}
}

// writable asks for a PUT that the server must refuse for its checksum, after it
// looked at our permissions: so nothing is stored.
func (i *inspection) writable(ctx context.Context) {
	key := "probe/" + rand.Text()
	sum := base64.StdEncoding.EncodeToString(make([]byte, 32)) // of no bytes anybody knows
	in := i.s.request(key, []byte("probe"), object.Period{Days: 1})
	in.ChecksumSHA256 = &sum
	_, err := i.s.api.PutObject(ctx, in)
	switch c := code(err); {
	case err == nil:
		i.add(Broken, "checksum", "the server stored bytes under another SHA-256 than theirs, as "+i.s.opt.Prefix+key, "use a server that compares checksums")
	case c == "BadDigest", c == "XAmzContentChecksumMismatch", c == "InvalidRequest" && status(err) == http.StatusBadRequest && !i.broken("lock"):
	case !i.broken("lock"):
		i.add(Broken, "put", "an object cannot be put: "+known(err).Error(), "allow s3:PutObject, s3:PutObjectRetention, s3:GetObject and s3:PutObjectLegalHold")
	}
	if _, err := i.s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &i.s.opt.Bucket, Key: i.s.key("probe/" + rand.Text())}); err != nil && !errors.Is(known(err), object.ErrNotExist) {
		i.add(Broken, "get", "objects cannot be read: "+known(err).Error(), "allow s3:GetObject and s3:ListBucket")
	}
}

func (i *inspection) broken(about string) bool {
	for _, r := range i.remarks {
		if r.Grade == Broken && r.About == about {
			return true
		}
	}
	return false
}
