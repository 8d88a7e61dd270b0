package s3

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/scrubline/scrubline/store/archive/object"
)

// good is the policy that docs/archive.md recommends.
const good = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Deny","Principal":"*","Action":["s3:DeleteObject","s3:DeleteObjectVersion"],"Resource":"arn:aws:s3:::audit/*"},
 {"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::audit/*","Condition":{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}]}`

func statements(s ...string) string {
	out := `{"Statement":[`
	for i, t := range s {
		if i > 0 {
			out += ","
		}
		out += t
	}
	return out + "]}"
}

func TestJudge(t *testing.T) {
	const (
		deletes  = `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:Delete*","Resource":"*"}`
		writes   = `{"Effect":"Deny","Principal":"*","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::audit/*"],"Condition":{"Null":{"s3:if-none-match":["true"]}}}`
		noDelete = "weak deleting"
		noWrite  = "weak conditional"
	)
	for name, c := range map[string]struct {
		policy string
		want   []string
	}{
		"good":                       {good, nil},
		"none":                       {`{}`, []string{noDelete, noWrite}},
		"in another partition":       {strings.ReplaceAll(good, "arn:aws:", "arn:aws-us-gov:"), nil},
		"wildcards":                  {statements(deletes, writes), nil},
		"one statement, no list":     {`{"Statement":` + deletes + `}`, []string{noWrite}},
		"deletes of another prefix":  {statements(`{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::audit/tmp/*"}`, writes), []string{noDelete}},
		"deletes with a condition":   {statements(`{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, writes), []string{noDelete}},
		"deletes of one principal":   {statements(`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::1:role/x"},"Action":"s3:DeleteObject","Resource":"*"}`, writes), []string{noDelete}},
		"deletes allowed, not all":   {statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:role/x"},"Action":"s3:DeleteObject","Resource":"*"}`, writes), []string{noDelete}},
		"everything but reading":     {statements(`{"Effect":"Deny","Principal":"*","NotAction":["s3:GetObject","s3:PutObject"],"Resource":"*"}`, writes), nil},
		"anybody may delete":         {statements(deletes, writes, `{"Effect":"Allow","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}`), []string{"broken s3:DeleteObject"}},
		"anybody may do everything":  {statements(deletes, writes, `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::audit/*"}`), []string{"broken s3:PutObject", "broken s3:DeleteObject", "broken s3:GetObject", "broken s3:PutBucketPolicy"}},
		"locks that are too short":   {statements(deletes, writes, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"2190"}}}`), []string{"broken locks"}},
		"locks that are long enough": {statements(deletes, writes, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"2600"}}}`), nil},
	} {
		var p policy
		if err := json.Unmarshal([]byte(c.policy), &p); err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for _, r := range judge(&p, "arn:aws:s3:::audit/v1/object", object.Period{Years: 7}) {
			about := map[bool]string{}
			for _, w := range []string{"deleting", "conditional", "s3:PutObject", "s3:DeleteObject", "s3:GetObject", "s3:PutBucketPolicy", "locks"} {
				if about[true] == "" && glob("*"+w+"*", r.Text) {
					about[true] = w
				}
			}
			got = append(got, fmt.Sprintf("%s %s", r.Grade, about[true]))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLifecycle(t *testing.T) {
	prefix := func(p string) *types.LifecycleRuleFilter { return &types.LifecycleRuleFilter{Prefix: &p} }
	expire := &types.LifecycleExpiration{Days: aws.Int32(30)}
	for name, c := range map[string]struct {
		rule types.LifecycleRule
		want []Grade
	}{
		"expires all":             {types.LifecycleRule{Expiration: expire}, []Grade{Broken}},
		"expires ours":            {types.LifecycleRule{Expiration: expire, Filter: prefix("audit/v1/")}, []Grade{Broken}},
		"expires what holds ours": {types.LifecycleRule{Expiration: expire, Filter: prefix("au")}, []Grade{Broken}},
		"expires others":          {types.LifecycleRule{Expiration: expire, Filter: prefix("tmp/")}, nil},
		"expires tagged ones":     {types.LifecycleRule{Expiration: expire, Filter: &types.LifecycleRuleFilter{Tag: &types.Tag{}}}, nil},
		"cleans markers up":       {types.LifecycleRule{Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)}}, nil},
		"older versions":          {types.LifecycleRule{NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{}}, []Grade{Weak}},
		"to glacier":              {types.LifecycleRule{Transitions: []types.Transition{{StorageClass: types.TransitionStorageClassGlacier}}}, []Grade{Weak}},
		"to instant retrieval":    {types.LifecycleRule{Transitions: []types.Transition{{StorageClass: types.TransitionStorageClassGlacierIr}}}, nil},
	} {
		i := &inspection{}
		if touches(&c.rule, "audit/") {
			i.rule(&c.rule)
		}
		var got []Grade
		for _, r := range i.remarks {
			got = append(got, r.Grade)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
