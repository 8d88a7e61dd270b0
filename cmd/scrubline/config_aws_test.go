package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/goccy/go-yaml"
)

// TestAWS: a section's own words win over those of aws, the rest comes from the
// environment; a role is assumed with its external id before the first call.
func TestAWS(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if r.Form.Get("Action") != "" {
			asked = append(asked, r.Form.Get("Action")+" "+r.Form.Get("RoleArn")+" "+r.Form.Get("ExternalId")+" "+r.Form.Get("RoleSessionName"))
			_, _ = w.Write([]byte(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASSUMED</AccessKeyId>` +
				`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>` +
				`</Credentials></AssumeRoleResult></AssumeRoleResponse>`))
			return
		}
		_, signed, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, rest, _ := strings.Cut(signed, "/")
		asked = append(asked, r.Method+" "+r.URL.Path+" as "+key+" in "+strings.Split(rest, "/")[1])
	}))
	defer server.Close()
	none := filepath.Join(t.TempDir(), "none")
	for k, v := range map[string]string{"AWS_ACCESS_KEY_ID": "PLAIN", "AWS_SECRET_ACCESS_KEY": "s", "AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none} {
		t.Setenv(k, v)
	}
	_ = os.Unsetenv("AWS_REGION")
	var general, own awsConfig
	for text, into := range map[string]*awsConfig{
		"region: us-east-2\nendpoints: {sts: " + server.URL + ", s3: http://nowhere.invalid}": &general,
		"region: us-west-2\nendpoints: {s3: " + server.URL + "}":                              &own,
	} {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	head := func(a awsConfig) {
		t.Helper()
		c, err := a.load(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		bucket := "logs"
		if _, err := a.s3(c).HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
	head(own.or(general))
	own.RoleARN, own.ExternalID = "arn:aws:iam::111122223333:role/logs", "x1"
	head(own.or(general))
	want := "HEAD /logs as PLAIN in us-west-2\n" +
		"AssumeRole arn:aws:iam::111122223333:role/logs x1 scrubline\n" +
		"HEAD /logs as ASSUMED in us-west-2"
	if got := strings.Join(asked, "\n"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}
