package components

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// VersityGW starts an S3 server of other authors than MinIO. It refuses as AWS does
// (403 AccessDenied), and keeps a lock whose date stands in the request. What it
// does not keep: a bucket's default rule is not stamped on objects, a legal hold
// ends with retention, a key under a delete marker counts as taken. The account is
// MinIOUser.
func VersityGW(t testing.TB) (endpoint string, p *Process) {
	t.Helper()
	bin, dir, addr := find(t, "versitygw"), t.TempDir(), Address(t)
	data, versions := filepath.Join(dir, "data"), filepath.Join(dir, "versions")
	for _, d := range []string{data, versions} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "--port", addr, "--quiet", "--health", "/health", "posix", "--versioning-dir", versions, data)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+MinIOUser, "ROOT_SECRET_ACCESS_KEY="+MinIOPassword)
	endpoint = "http://" + addr
	return endpoint, Start(t, cmd, answers(endpoint+"/health"))
}
