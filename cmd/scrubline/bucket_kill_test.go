package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// tornFlows writes a file of flow logs of which all lines but the header are torn, and
// returns how many records it holds.
func tornFlows(t testing.TB, dir string) (records int) {
	t.Helper()
	text := "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" +
		strings.Repeat("2 123456789010 eni-1235b8ca123456789 172.31.16.139\n", tornLines)
	if err := os.WriteFile(filepath.Join(dir, "torn.log"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return 1 + tornLines
}

const tornLines = 5

// quarantinedIn counts the records whose bytes a data folder has in quarantine.
func quarantinedIn(t testing.TB, dir string) int {
	t.Helper()
	return strings.Count(output(t, "quarantine", "list", "--data", dir), `"kept":true`)
}

// TestKillBucket is TestKill with the archive and the quarantine in a bucket, where the server is
// killed too, by turns, and started again while the ingest asks for it.
func TestKillBucket(t *testing.T) {
	kills := 6
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		kills = 2
	}
	logs := filepath.Join(t.TempDir(), "logs")
	facts, err := demo.Write(logs, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	facts.Records += tornFlows(t, logs)
	endpoint, minio := components.MinIO(t)
	client := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	t.Setenv("AWS_REGION", s3test.Region)
	t.Setenv("AWS_ACCESS_KEY_ID", components.MinIOUser)
	t.Setenv("AWS_SECRET_ACCESS_KEY", components.MinIOPassword)
	folder := func() string {
		dir := t.TempDir()
		text := fmt.Sprintf("archive:\n  s3: {bucket: %s, prefix: a, endpoint: %q}\n  retention: {default: 1d, unsafe_below_six_years: true}\n", s3test.New(t, client).Name, endpoint)
		if err := os.WriteFile(filepath.Join(dir, "scrubline.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	calm := folder()
	began := time.Now()
	output(t, "ingest", "--data", calm, logs)
	took := time.Since(began)
	want := output(t, "archive", "digest", "--data", calm)
	if n := quarantinedIn(t, calm); n != tornLines {
		t.Fatalf("%d records in quarantine", n)
	}
	local := filepath.Join(t.TempDir(), "local")
	output(t, "ingest", "--data", local, logs)
	if got := output(t, "archive", "digest", "--data", local); got != want {
		t.Fatalf("digest of a folder %s, of a bucket %s", got, want)
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, an ingest takes %v", seed, took)
	r := rand.New(rand.NewPCG(seed, 1))
	for done := 0; done < kills; {
		dir := folder()
		for finished := false; !finished; {
			c := proc(t, "ingest", "--data", dir, logs)
			var said bytes.Buffer
			c.Stderr = &said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("an ingest after %d kills: %v\n%s", done, err, said.Bytes())
				}
				finished = true
			case <-time.After(time.Duration(r.Int64N(int64(took)))):
				if done++; done%2 == 0 {
					minio.Kill()
					minio.Restart(t)
					err := <-ended
					if err != nil && strings.Contains(said.String(), "cannot hold the archive") {
						break // it was starting, and does not start without a look at its bucket: the next one does
					}
					if err != nil {
						t.Fatalf("an ingest whose bucket was gone for a while: %v\n%s", err, said.Bytes())
					}
					finished = true
					break
				}
				_ = c.Process.Kill()
				<-ended
			}
		}
		checkKilled(t, dir, want, facts.Records)
		if n := quarantinedIn(t, dir); n != tornLines {
			t.Fatalf("%d records in quarantine, undisturbed %d", n, tornLines)
		}
	}
}
