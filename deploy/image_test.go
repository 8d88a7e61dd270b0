package deploy

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// docker runs the client, and skips the test where there is no engine.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func needDocker(t *testing.T) {
	t.Helper()
	if err := exec.Command("docker", "info").Run(); err != nil {
		t.Skip("no Docker engine answers: the image is not built and not started")
	}
}

// TestImage builds the last stage of the Dockerfile around a binary that is built
// here (its first stage needs a registry) and starts it as docker-compose.yml does:
// not root, nothing to write to but /data, no capabilities.
func TestImage(t *testing.T) {
	needDocker(t)
	dir := t.TempDir()
	build := exec.Command("go", "build", "-tags", "noengine", "-trimpath", "-o", filepath.Join(dir, "out/scrubline"), "../cmd/scrubline")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, ok := strings.Cut(string(text), "\nFROM scratch\n")
	if !ok {
		t.Fatal("the Dockerfile has no stage from scratch")
	}
	last = "FROM scratch\n" + strings.ReplaceAll(strings.ReplaceAll(last, "--from=build ", ""), " /out/", " out/")
	for name, b := range map[string]string{"Dockerfile": last, "out/ca-certificates.crt": "", "out/data/.keep": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const tag = "scrubline-test:image"
	docker(t, "build", "-q", "-t", tag, dir)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", tag).Run() })
	run := func(args ...string) string {
		return docker(t, append([]string{"run", "--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none", "--tmpfs", "/tmp", tag}, args...)...)
	}
	if got := run("version"); !strings.Contains(got, "scrubline") {
		t.Error(got)
	}
	var user []struct{ Config struct{ User string } }
	if err := json.Unmarshal([]byte(docker(t, "inspect", tag)), &user); err != nil || user[0].Config.User != "65532:65532" {
		t.Error(user, err)
	}
	// It scrubs, it may write to /data, and it says what it lacks.
	cmd := exec.Command("docker", "run", "--rm", "-i", "--read-only", "--cap-drop", "ALL", "--network", "none", tag, "scrub", "--format", "app")
	cmd.Stdin = strings.NewReader("level=info msg=\"call 555-867-5309 about ssn 078-05-1120\"\n")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "078-05-1120") || !strings.Contains(string(out), "level=info") {
		t.Errorf("%v\n%s", err, out)
	}
	doctor := exec.Command("docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none", "--tmpfs", "/tmp", tag, "doctor")
	said, err := doctor.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "no embedded clickhouse") || strings.Contains(string(said), "permission denied") || strings.Contains(string(said), "read-only file system") {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestCompose has the file read by whatever reads such files here.
func TestCompose(t *testing.T) {
	for _, c := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.Command(c[0], append(c[1:], "version")...).Run() != nil {
			continue
		}
		args := append(c[1:], "-f", "../docker-compose.yml", "config", "-q")
		if out, err := exec.Command(c[0], args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", c, err, out)
		}
		return
	}
	t.Skip("neither docker compose nor docker-compose is installed: docker-compose.yml is not checked")
}
