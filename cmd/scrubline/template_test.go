package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestTemplatesConfigurationLoads: what the CloudFormation template puts out is a
// configuration, once CloudFormation has filled in the names.
func TestTemplatesConfigurationLoads(t *testing.T) {
	b, err := os.ReadFile("../../deploy/aws/scrubline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path, err := yaml.PathString(`$.Outputs.Configuration.Value.'Fn::Sub'[0]`)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := path.Read(strings.NewReader(string(b)), &text); err != nil {
		t.Fatal(err)
	}
	text = strings.NewReplacer("${Archive}", "audit", "${AWS::Region}", "us-east-1", "${Buckets}", "trail/, s3://flows",
		"${Queue}", "https://sqs.us-east-1.amazonaws.com/111122223333/logs", "${Quarantine}", "quarantine: {kms_key: 'arn:aws:kms:x'}").Replace(text)
	file := filepath.Join(t.TempDir(), "scrubline.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := (&globals{Config: file}).load()
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Inputs.S3; strings.Contains(text, "${") || c.Archive.S3.Bucket != "audit" || len(s) != 1 || len(s[0].Sweep.Buckets) != 2 || c.Quarantine.KMSKey == "" {
		t.Errorf("%s\nis read as %+v", text, c)
	}
}
