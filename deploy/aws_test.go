package deploy

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// template is what is looked at of deploy/aws/scrubline.yaml.
type template struct {
	Resources map[string]struct {
		Type           string
		DeletionPolicy string
		Properties     struct {
			Policies []struct {
				PolicyDocument struct{ Statement []grant }
			}
			KeyPolicy struct{ Statement []grant }
		}
	}
}

// grant is a statement of a policy. Those behind a condition stand in Then.
type grant struct {
	Sid, Effect string
	Action      any
	Then        []any `json:"Fn::If"`
}

func (g grant) actions(t *testing.T) (list []string) {
	switch a := g.Action.(type) {
	case string:
		return []string{a}
	case []any:
		for _, one := range a {
			list = append(list, one.(string))
		}
		return list
	case nil:
		if len(g.Then) == 3 {
			inner, _ := g.Then[1].(map[string]any)
			return grant{Action: inner["Action"]}.actions(t)
		}
	}
	t.Fatalf("statement %q has no actions", g.Sid)
	return nil
}

// role returns the actions that the role is allowed, and the key allows it.
func role(t *testing.T) (actions []string) {
	b, err := os.ReadFile("aws/scrubline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tmpl template
	if b, err = yaml.YAMLToJSON(b); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &tmpl); err != nil {
		t.Fatal(err)
	}
	if p := tmpl.Resources["Archive"].DeletionPolicy; p != "Retain" {
		t.Errorf("the archive's bucket goes with the stack: %q", p)
	}
	for _, p := range tmpl.Resources["Role"].Properties.Policies {
		for _, g := range p.PolicyDocument.Statement {
			actions = append(actions, g.actions(t)...)
		}
	}
	for _, g := range tmpl.Resources["QuarantineKey"].Properties.KeyPolicy.Statement {
		if g.Sid == "Lock" {
			actions = append(actions, g.actions(t)...)
		}
	}
	return actions
}

func TestRoleIsAllowedNoMoreThanItNeeds(t *testing.T) {
	for _, a := range role(t) {
		service, what, _ := strings.Cut(a, ":")
		if strings.Contains(a, "*") || service == "s3" && strings.HasPrefix(what, "Delete") || strings.HasPrefix(what, "Bypass") {
			t.Errorf("the role may %s", a)
		}
	}
}

// calls are IAM's names of what the code asks of AWS, where they differ from the
// operation's (docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
var calls = map[string][]string{
	"s3:HeadObject":                      {"s3:GetObject"},
	"s3:HeadBucket":                      {"s3:ListBucket"},
	"s3:ListObjectsV2":                   {"s3:ListBucket"},
	"s3:ListObjectVersions":              {"s3:ListBucketVersions"},
	"s3:GetPublicAccessBlock":            {"s3:GetBucketPublicAccessBlock"},
	"s3:GetObjectLockConfiguration":      {"s3:GetBucketObjectLockConfiguration"},
	"s3:GetBucketEncryption":             {"s3:GetEncryptionConfiguration"},
	"s3:GetBucketLifecycleConfiguration": {"s3:GetLifecycleConfiguration"},
	"s3:GetBucketReplication":            {"s3:GetReplicationConfiguration"},
	"sqs:ChangeMessageVisibilityBatch":   {"sqs:ChangeMessageVisibility"},
	"sqs:DeleteMessageBatch":             {"sqs:DeleteMessage"},
	"sqs:SendMessageBatch":               {"sqs:SendMessage"},
	// a route of alerts, whose topic the template does not know
	"sns:Publish": nil,
}

var input = regexp.MustCompile(`\b(?:aws)?(s3|sqs|kms|sns)\.([A-Z]\w+)Input\{`)

// TestRoleIsAllowedWhatTheCodeAsksFor goes through the code for requests to AWS.
func TestRoleIsAllowedWhatTheCodeAsksFor(t *testing.T) {
	allowed := role(t)
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "deploy" || strings.HasSuffix(d.Name(), "test") || strings.HasPrefix(d.Name(), ".") && path != "..") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range input.FindAllSubmatch(b, -1) {
			found++
			call := string(m[1]) + ":" + string(m[2])
			needs, named := calls[call]
			if !named {
				needs = []string{call}
			}
			for _, n := range needs {
				if !slices.Contains(allowed, n) {
					t.Errorf("%s asks for %s: the role may not %s", path, call, n)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("only %d requests found: is the pattern still right?", found)
	}
}

// TestRoleIsAllowedWhatTheDocumentsName: they are for those who make their own.
func TestRoleIsAllowedWhatTheDocumentsName(t *testing.T) {
	allowed := role(t)
	for _, file := range []string{"../docs/archive.md", "../docs/inputs.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile("`((?:s3|sqs|kms):[A-Z]\\w+)`").FindAllSubmatch(b, -1)
		if len(named) < 3 {
			t.Errorf("%s names %d permissions", file, len(named))
		}
		for _, m := range named {
			if !slices.Contains(allowed, string(m[1])) {
				t.Errorf("%s names %s: the role may not", file, m[1])
			}
		}
	}
}
