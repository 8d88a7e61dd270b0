package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scrubline/scrubline/store/archive/object"
)

// policy is what a bucket policy says, as far as an archive cares
// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
type policy struct {
	Statement oneOrMore[statement]
}

type statement struct {
	Effect    string
	Principal json.RawMessage
	Action    oneOrMore[string]
	NotAction oneOrMore[string]
	Resource  oneOrMore[string]
	Condition map[string]map[string]oneOrMore[string]
}

// oneOrMore is a value or a list of them.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(o))
	}
	var one T
	err := json.Unmarshal(b, &one)
	*o = oneOrMore[T]{one}
	return err
}

// anybody says whether a statement is about every principal.
func (s *statement) anybody() bool {
	var all string
	if json.Unmarshal(s.Principal, &all) == nil {
		return all == "*"
	}
	var by map[string]oneOrMore[string]
	if json.Unmarshal(s.Principal, &by) != nil {
		return false
	}
	for _, p := range by["AWS"] {
		if p == "*" {
			return true
		}
	}
	return false
}

// glob says whether a pattern of a policy matches: * and ? stand for anything.
func glob(pattern, s string) bool {
	expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	ok, err := regexp.MatchString("(?is)^"+expr+"$", s)
	return ok && err == nil
}

// partitions of AWS that are not "aws".
var partitions = strings.NewReplacer("arn:aws-us-gov:", "arn:aws:", "arn:aws-cn:", "arn:aws:")

func (s *statement) covers(action, arn string) bool {
	match := func(list []string, s string) bool {
		for _, p := range list {
			if glob(partitions.Replace(p), s) {
				return true
			}
		}
		return false
	}
	acts := match(s.Action, action) || len(s.NotAction) > 0 && !match(s.NotAction, action)
	return acts && match(s.Resource, arn)
}

// wants returns the values of a condition, by operator and key.
func (s *statement) wants(operator, key string) []string {
	for op, keys := range s.Condition {
		if !strings.EqualFold(op, operator) {
			continue
		}
		for k, values := range keys {
			if strings.EqualFold(k, key) {
				return values
			}
		}
	}
	return nil
}

// judge says what is wrong with a policy for objects under arn (arn:…:bucket/prefix*)
// that are locked for keep.
func judge(p *policy, arn string, keep object.Period) (remarks []Remark) {
	forbidsDelete, forbidsOverwrite := false, false
	for i := range p.Statement {
		s := &p.Statement[i]
		switch {
		case s.Effect == "Allow" && s.anybody() && len(s.Condition) == 0:
			for _, action := range []string{"s3:PutObject", "s3:DeleteObject", "s3:GetObject", "s3:PutBucketPolicy"} {
				if s.covers(action, arn) {
					remarks = append(remarks, Remark{Broken, "policy", "the bucket policy lets anybody in the world do " + action, "take that statement out"})
				}
			}
		case s.Effect != "Deny":
		case s.covers("s3:DeleteObject", arn) && s.anybody() && len(s.Condition) == 0:
			forbidsDelete = true
		}
		if s.Effect != "Deny" || !s.covers("s3:PutObject", arn) {
			continue
		}
		if v := s.wants("Null", "s3:if-none-match"); s.anybody() && len(v) == 1 && v[0] == "true" {
			forbidsOverwrite = true
		}
		for _, op := range []string{"NumericGreaterThan", "NumericGreaterThanEquals"} {
			for _, v := range s.wants(op, "s3:object-lock-remaining-retention-days") {
				if most, err := strconv.Atoi(v); err == nil && !(object.Period{Days: most}).Covers(keep) {
					remarks = append(remarks, Remark{Broken, "policy", fmt.Sprintf("the bucket policy refuses locks of more than %d days; yours are of %v", most, keep),
						"raise s3:object-lock-remaining-retention-days"})
				}
			}
		}
	}
	if !forbidsDelete {
		remarks = append(remarks, Remark{Weak, "policy", "the bucket policy does not forbid deleting: a delete marker hides an object although its lock keeps it (verify finds that)",
			"deny s3:DeleteObject and s3:DeleteObjectVersion to everybody"})
	}
	if !forbidsOverwrite {
		remarks = append(remarks, Remark{Weak, "policy", "the bucket policy does not ask for conditional writes: a second version hides an object although its lock keeps it (verify finds that)",
			`deny s3:PutObject to everybody where "Null": {"s3:if-none-match": "true"}`})
	}
	return remarks
}

func (i *inspection) policy(ctx context.Context) {
	out, err := i.s.api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &i.s.opt.Bucket})
	var p policy
	switch {
	case err != nil:
		if !i.untold("policy", "s3:GetBucketPolicy", err, "NoSuchBucketPolicy") {
			return
		}
	case json.Unmarshal([]byte(aws.ToString(out.Policy)), &p) != nil:
		i.add(Unknown, "policy", "the bucket policy is not understood", "")
		return
	}
	i.remarks = append(i.remarks, judge(&p, "arn:aws:s3:::"+i.s.opt.Bucket+"/"+i.s.opt.Prefix+"v1/object", i.keep)...)
}
