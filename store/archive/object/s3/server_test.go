package s3_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object"
	store "github.com/scrubline/scrubline/store/archive/object/s3"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// broken lists what is broken and what is weak.
func inspect(t *testing.T, s *store.Store) (broken, weak string) {
	t.Helper()
	for _, r := range s.Inspect(context.Background(), object.Period{Years: 7}) {
		switch r.Grade {
		case store.Broken:
			broken += r.About + " "
		case store.Weak:
			weak += r.About + " "
		}
		if r.Text == "" || r.Grade == store.Broken && r.Fix == "" {
			t.Errorf("%+v says nothing", r)
		}
	}
	return broken, weak
}

// TestInspect: what the real servers tell of buckets that are as they should be,
// and of some that are not; and asking leaves nothing behind.
func TestInspect(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	gateway, _ := components.VersityGW(t)
	ctx := context.Background()
	for name, at := range map[string]string{"minio": endpoint, "versitygw": gateway} {
		t.Run(name, func(t *testing.T) {
			c := s3test.Client(at, components.MinIOUser, components.MinIOPassword)
			b := s3test.New(t, c)
			if broken, weak := inspect(t, b.Store("")); broken != "" || !strings.Contains(weak, "default_rule") || !strings.Contains(weak, "policy") {
				t.Errorf("broken %s weak %s", broken, weak)
			}
			rule := func(mode types.ObjectLockRetentionMode, years int32) {
				_, err := c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: &b.Name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
					ObjectLockEnabled: types.ObjectLockEnabledEnabled,
					Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: mode, Years: aws.Int32(years)}},
				}})
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range []struct {
				mode  types.ObjectLockRetentionMode
				years int32
				weak  bool
			}{{types.ObjectLockRetentionModeGovernance, 7, true}, {types.ObjectLockRetentionModeCompliance, 6, true}, {types.ObjectLockRetentionModeCompliance, 7, false}} {
				rule(r.mode, r.years)
				if broken, weak := inspect(t, b.Store("")); broken != "" || strings.Contains(weak, "default_rule") != r.weak {
					t.Errorf("%v: broken %s weak %s", r, broken, weak)
				}
			}
			if broken, _ := inspect(t, s3test.Plain(t, c).Store("")); !strings.Contains(broken, "lock") || !strings.Contains(broken, "versioning") {
				t.Errorf("a bucket without lock: %s", broken)
			}
			if broken, _ := inspect(t, (&s3test.Bucket{Name: "there-is-none", Client: c}).Store("")); broken != "bucket " {
				t.Errorf("no bucket: %s", broken)
			}
			wrong := &s3test.Bucket{Name: b.Name, Client: s3test.Client(at, components.MinIOUser, "another password")}
			if broken, _ := inspect(t, wrong.Store("")); broken != "bucket " {
				t.Errorf("wrong password: %s", broken)
			}
			n := 0
			if err := b.Store("").Versions(ctx, "", func(object.Version) error { n++; return nil }); err != nil || n != 0 {
				t.Error("asking left something behind:", n, err)
			}
		})
	}
}

// What only MinIO keeps: lifecycle rules and encryption.
func TestInspectLifecycle(t *testing.T) {
	endpoint, _ := components.MinIO(t)
	c := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	b := s3test.New(t, c)
	_, err := c.PutBucketLifecycleConfiguration(context.Background(), &s3.PutBucketLifecycleConfigurationInput{Bucket: &b.Name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{{ID: aws.String("tidy"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("logs/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if broken, _ := inspect(t, b.Store("logs/")); broken != "lifecycle " {
		t.Error(broken)
	}
	if broken, _ := inspect(t, b.Store("audit/")); broken != "" {
		t.Error(broken)
	}
	keyed := store.New(c, store.Options{Bucket: b.Name, Prefix: "audit/", Keep: s3test.Keep, KMSKey: "test"})
	if broken, weak := inspect(t, keyed); broken != "" || !strings.Contains(weak, "encryption") {
		t.Errorf("a key of one's own: broken %s weak %s", broken, weak)
	}
	if err := keyed.Put(context.Background(), "v1/a", []byte("x")); err != nil {
		t.Error(err)
	}
}

// A server that takes bytes under another hash, and one whose clock is off.
func TestInspectOddServer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		switch {
		case r.URL.Query().Has("object-lock"):
			fmt.Fprint(w, `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`)
		case r.URL.Query().Has("versioning"):
			fmt.Fprint(w, `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
		case len(r.URL.Query()) == 1 && r.Method == http.MethodGet && !r.URL.Query().Has("x-id"):
			w.WriteHeader(http.StatusNotImplemented)
		}
	}))
	defer srv.Close()
	b := &s3test.Bucket{Name: "odd", Client: s3test.Client(srv.URL, "u", "p")}
	if broken, weak := inspect(t, b.Store("")); broken != "checksum " || weak != "clock default_rule " {
		t.Errorf("broken %s weak %s", broken, weak)
	}
}
