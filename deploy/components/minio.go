package components

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Root account of MinIO.
const (
	MinIOUser     = "scrubline-test"
	MinIOPassword = "scrubline-test-password"
)

// MinIO starts an S3 server that keeps Object Lock's promises. It refuses to break
// a lock with 400 InvalidRequest where AWS answers 403 AccessDenied. The endpoint
// is a URL; the account is MinIOUser, the region us-east-1.
func MinIO(t testing.TB) (endpoint string, p *Process) {
	t.Helper()
	return minio(t)
}

// minio starts MinIO with more in its environment.
func minio(t testing.TB, env ...string) (endpoint string, p *Process) {
	t.Helper()
	bin, dir, addr := find(t, "minio"), t.TempDir(), Address(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "server", "--quiet", "--address", addr, data)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "MINIO_ROOT_USER="+MinIOUser, "MINIO_ROOT_PASSWORD="+MinIOPassword,
		"MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_KMS_SECRET_KEY=test:c2NydWJsaW5lLXRlc3Qta2V5LW9mLTMyLWJ5dGVzISE=")
	cmd.Env = append(cmd.Env, env...)
	endpoint = "http://" + addr
	return endpoint, Start(t, cmd, answers(endpoint+"/minio/health/live"))
}

// answers asks a URL until it says 200.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("asking for health: %s", resp.Status)
		}
		return nil
	}
}
