package s3

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/store/archive/object"
)

// TestTemplateLeavesNothingToRemark: the bucket policy that comes with Scrubline
// is one that doctor has no word against.
func TestTemplateLeavesNothingToRemark(t *testing.T) {
	b, err := os.ReadFile("../../../../deploy/aws/scrubline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if b, err = yaml.YAMLToJSON(b); err != nil {
		t.Fatal(err)
	}
	// What CloudFormation fills in.
	text := strings.NewReplacer(
		`{"Fn::Sub": "${Archive.Arn}/*"}`, `"arn:aws:s3:::audit/*"`, `{"Fn::GetAtt": ["Archive", "Arn"]}`, `"arn:aws:s3:::audit"`,
	).Replace(string(b))
	var template struct {
		Resources struct {
			ArchivePolicy struct {
				Properties struct{ PolicyDocument json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &template); err != nil {
		t.Fatal(err)
	}
	var p policy
	if err := json.Unmarshal(template.Resources.ArchivePolicy.Properties.PolicyDocument, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Statement) == 0 {
		t.Fatal("no statement found")
	}
	for _, r := range judge(&p, "arn:aws:s3:::audit/scrubline/*", object.Period{Years: 7}) {
		t.Errorf("%v: %s", r.Grade, r.Text)
	}
}
