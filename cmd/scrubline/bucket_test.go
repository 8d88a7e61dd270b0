package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// TestBucketCommands runs the scripts of archives that lie in a bucket: each has
// two with Object Lock, BUCKET and BUCKET2, and one without, PLAIN.
func TestBucketCommands(t *testing.T) {
	lib := library(t)
	endpoint, _ := components.MinIO(t)
	client := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/bucket",
		Cmds: commands, Condition: condition,
		Setup: func(e *testscript.Env) error {
			for k, v := range map[string]string{
				"SCRUBLINE_ENGINE": lib, "HOME": e.WorkDir, "ENDPOINT": endpoint, "AWS_EC2_METADATA_DISABLED": "true",
				"AWS_REGION": s3test.Region, "AWS_ACCESS_KEY_ID": components.MinIOUser, "AWS_SECRET_ACCESS_KEY": components.MinIOPassword,
				"BUCKET": s3test.New(t, client).Name, "BUCKET2": s3test.New(t, client).Name, "PLAIN": s3test.Plain(t, client).Name,
			} {
				e.Setenv(k, v)
			}
			return nil
		},
	})
}
