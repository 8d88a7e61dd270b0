package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// TestBucketCommands runs the scripts of archives that lie in a bucket: each has
// two with Object Lock, BUCKET and BUCKET2, and one without, PLAIN.
func TestBucketCommands(t *testing.T) {
	lib := library(t)
	endpoint, _ := components.MinIO(t)
	client := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	known := maps.Clone(commands)
	known["held"], known["holdname"], known["silent"], known["hide"], known["quarantined"] = held, holdname, silent, hide, quarantined
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/bucket",
		Cmds: known, Condition: condition,
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

// held BUCKET N: so many objects of the archive in a bucket are under legal hold.
func held(ts *testscript.TestScript, _ bool, args []string) {
	b := &s3test.Bucket{Name: args[0], Client: s3test.Client(ts.Getenv("ENDPOINT"), components.MinIOUser, components.MinIOPassword)}
	s, n := b.Store(""), 0
	ts.Check(s.List(context.Background(), "v1/", func(i object.Info) error {
		on, err := s.Held(context.Background(), i.Key)
		if on {
			n++
		}
		return err
	}))
	if want := args[1]; strconv.Itoa(n) != want {
		ts.Fatalf("%d objects are held, want %s", n, want)
	}
}

// holdname BUCKET N sets HOLD to the name of the N-th hold in the log.
func holdname(ts *testscript.TestScript, _ bool, args []string) {
	b := &s3test.Bucket{Name: args[0], Client: s3test.Client(ts.Getenv("ENDPOINT"), components.MinIOUser, components.MinIOPassword)}
	all, err := holdsOf(context.Background(), b.Store(""))
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv("HOLD", all[n].ID)
}

// hide BUCKET PREFIX puts a delete marker over the first object whose key starts so.
func hide(ts *testscript.TestScript, _ bool, args []string) {
	b := &s3test.Bucket{Name: args[0], Client: s3test.Client(ts.Getenv("ENDPOINT"), components.MinIOUser, components.MinIOPassword)}
	first, enough := "", errors.New("enough")
	if err := b.Store("").List(context.Background(), args[1], func(i object.Info) error { first = i.Key; return enough }); err != enough {
		ts.Fatalf("there is no object %s: %v", args[1], err)
	}
	_, err := b.Client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &b.Name, Key: &first})
	ts.Check(err)
}

// silent DIR TEXT: no file of a folder has the text, and there are files.
func silent(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("%s has no files", args[0])
	}
	for _, f := range files {
		if strings.Contains(ts.ReadFile(f), args[1]) {
			ts.Fatalf("%s says %s", f, args[1])
		}
	}
}
