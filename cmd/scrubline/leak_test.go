package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/pipeline/canary"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/batchtest"
)

// TestNothingLeaks: of identities planted in the five formats in every encoding
// none is found in any byte that a whole run wrote or said, failures included.
//
//  1. Plant the identities in logs; add a gzip file that ends early, records that
//     cannot be decoded, bytes that are no log, a link to nothing, a file that is
//     named after a patient.
//  2. Search the logs, and an archive of the records as they are: nearly every
//     value must be found, else the search proves nothing.
//  3. Ingest, kill -9 in the middle, ingest again.
//  4. Serve the API: take all rows in every format, the metrics, the page.
//  5. Search what was printed and answered, the rows of the archive, every column
//     of every table, and every file of the data folder: no hit.
//
// SCRUBLINE_IDENTITIES says how many there are; a thousand is what the promise is
// made on, and `make integration` runs it.
func TestNothingLeaks(t *testing.T) {
	count := 40
	if s := os.Getenv("SCRUBLINE_IDENTITIES"); s != "" {
		count, _ = strconv.Atoi(s)
	}
	identities := canary.Identities(count, 1)
	values := slices.Concat(identities...)
	planted := canary.Plant(identities, 1, time.Date(2026, 3, 1, 10, 15, 0, 0, time.UTC))
	logs := plantFailures(t, planted, identities)

	raw := canary.NewSearch(values)
	for _, p := range planted {
		raw.Look("logs", []byte(p.Record))
	}
	blind(t, "the logs", raw, len(values))
	raw = canary.NewSearch(values)
	searchArchive(t, raw, unscrubbed(t, planted))
	blind(t, "an archive of records as they are", raw, len(values))

	dir := filepath.Join(t.TempDir(), "data")
	found := canary.NewSearch(values)
	found.Look("the killed ingest", killedIngest(t, dir, logs))
	c := proc(t, "ingest", "--data", dir, "--log", "debug", "--summary", filepath.Join(t.TempDir(), "summary.jsonl"), logs) // it names files as they are given
	said, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != exitPartly {
		t.Fatalf("the second ingest: %v\n%s", err, said)
	}
	found.Look("the second ingest", said)
	for _, args := range [][]string{{"archive", "verify"}, {"archive", "list"}, {"archive", "receipts"}, {"query", "--limit", "0", "source:* kind:* since:2020-01-01"}, {"archive", "replay"}} {
		found.Look(args[0]+" "+args[1], []byte(output(t, append(args, "--data", dir)...)))
	}
	searchAnswers(t, found, dir)
	searchArchive(t, found, dir)
	rows := searchTables(t, found, dir)
	files := searchFiles(t, found, dir)
	t.Logf("%d identities, %d records planted; %d rows of tables and %d files searched", count, len(planted), rows, files)
	if rows < len(planted) {
		t.Errorf("only %d rows were searched", rows)
	}
	if n := found.Found(); n > 0 {
		t.Errorf("%d of %d values are found:\n%s", n, len(values), strings.Join(found.Report(30), "\n"))
	}
}

// blind fails the test if a search that should find all values finds less than 99
// in a hundred.
func blind(t *testing.T, where string, s *canary.Search, all int) {
	t.Helper()
	t.Logf("%s: %d of %d values found", where, s.Found(), all)
	if s.Found()*100 < all*99 {
		t.Fatalf("in %s only %d of %d values are found, missing %v: the search is blind", where, s.Found(), all, s.Missing())
	}
}

// plantFailures writes the logs, and beside them what goes wrong.
func plantFailures(t *testing.T, planted []canary.Planting, identities [][]canary.Value) string {
	t.Helper()
	logs := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(planted)
	for i, values := range identities {
		format := []string{"app", "vpcflow", "waf", "cloudtrail"}[i%4]
		all = append(all, canary.Damage(format, values[i%len(values)]))
	}
	if err := canary.Write(logs, all); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, p := range planted[:min(2000, len(planted))] {
		if p.Format == "app" {
			text.WriteString(p.Record + "\n")
		}
	}
	early := canary.Gzip(text.Bytes())
	wrong := append(slices.Clone(early[:len(early)-8]), "checksum"...)
	secrets := bytes.Repeat([]byte("\x00\x01\xff"+identities[0][0].Text+"\x00"), 50)
	for name, b := range map[string][]byte{"early.log.gz": early[:len(early)/2], "wrong.log.gz": wrong, "no-log.bin": secrets, identities[0][4].Secret + ".log": []byte("2026-03-01 10:15:00 INFO upload done\n"), "not.gz": append([]byte("\x1f\x8b\x08\x00"), secrets...)} {
		if err := os.WriteFile(filepath.Join(logs, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(logs, "gone"), filepath.Join(logs, "link.log")); err != nil {
		t.Fatal(err)
	}
	return logs
}

// killedIngest begins to ingest logs, kills the process with kill -9 when the
// first object is archived, and returns what it said.
func killedIngest(t *testing.T, dir, logs string) []byte {
	t.Helper()
	c := proc(t, "ingest", "--data", dir, "--log", "debug", logs)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if objects, _ := filepath.Glob(filepath.Join(dir, "archive", "v1", "f", "*", "*.parquet")); len(objects) > 0 {
			_ = c.Process.Kill()
			break
		}
		if len(ended) > 0 {
			break
		}
	}
	if err := <-ended; err == nil || c.ProcessState.ExitCode() == exitUsage {
		t.Fatalf("the ingest was to be killed: %v\n%s", err, said.Bytes())
	}
	return said.Bytes()
}

// unscrubbed archives records as they are and returns the data folder.
func unscrubbed(t *testing.T, planted []canary.Planting) string {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	a, err := archive.Open(ctx, dir, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBatch(0)
	b.Reset(batchtest.Meta(schemas.Events, "app", "raw", 0, true))
	for i, p := range planted {
		b.SetNum(schemas.RecordNo, uint64(i))
		b.SetString(schemas.Native, p.Record)
		b.EndRow()
	}
	if _, _, err := a.Write(ctx, b); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return dir
}

// searchArchive looks into every cell of every row, and the footers.
func searchArchive(t *testing.T, s *canary.Search, dir string) {
	t.Helper()
	ctx := context.Background()
	a, err := archive.Open(ctx, dir, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(ctx) }()
	var b event.Batch
	err = a.Walk(ctx, &b, func(o archive.Object) error {
		s.Look("footer of "+o.Key, fmt.Appendf(nil, "%+v", o))
		for _, c := range b.Columns() {
			var cells bytes.Buffer
			for row := range b.Rows() {
				if v := batchtest.Cell(&b, c, row); v != "" {
					cells.WriteString(v + "\n")
				}
			}
			s.Look("column "+c.String()+" of "+o.Key, cells.Bytes())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// searchTables looks into every column of every table that the engine has for
// us, and of the server's own logs if it keeps any. It returns how many rows.
func searchTables(t *testing.T, s *canary.Search, dir string) (n int) {
	t.Helper()
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	ctx := context.Background()
	node, err := (&globals{Data: dir, Log: "error"}).openNode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.close() }()
	lines := func(what, query string) (out []string) {
		rows, err := node.store.Conn().Query(ctx, query)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return out
	}
	tables := lines("tables", "SELECT database || '.`' || name || '`' FROM system.tables WHERE database = currentDatabase() OR database = 'system' AND name LIKE '%\\_log%' OR name IN ('errors', 'processes', 'query_cache')")
	if len(tables) < 3 {
		t.Fatalf("only the tables %v", tables)
	}
	for _, table := range tables {
		text := lines(table, "SELECT toString(tuple(*)) FROM "+table)
		n += len(text)
		s.Look("table "+table, []byte(strings.Join(text, "\n")))
	}
	return n
}

// searchFiles looks into every file of the data folder as it lies there, and its
// name.
func searchFiles(t *testing.T, s *canary.Search, dir string) (n int) {
	t.Helper()
	quarantined := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		s.Look("name of a file", []byte(path))
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		quarantined = quarantined || strings.Contains(path, "quarantine") && len(b) > 4096
		s.Look(strings.TrimPrefix(path, dir), b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !quarantined {
		t.Error("nothing is in quarantine: no record was damaged")
	}
	return n
}

// searchAnswers looks into what the API and the page answer and the server says.
func searchAnswers(t *testing.T, s *canary.Search, dir string) {
	t.Helper()
	c := proc(t, "run", "--data", dir, "--log", "debug", "--listen", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, base := readUntilServing(t, c, stderr)
	token, err := os.ReadFile(filepath.Join(dir, "keys", "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	answered := 0
	for _, path := range []string{
		"/v1/events?q=source:*+kind:*&since=2020-01-01&format=ndjson", "/v1/events?q=source:*+kind:*&since=2020-01-01&format=csv",
		"/v1/events?q=source:*&since=2020-01-01&limit=1000", "/v1/events?q=nosuchfield:1", "/v1/events?q=%22",
		"/v1/summary?q=source:*&since=2020-01-01", "/v1/sources?since=2020-01-01", "/v1/access?actor=etl&since=2020-01-01", "/v1/fields", "/metrics", "/", "/nothing",
	} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		answered += len(body)
		s.Look(path, body)
		s.Look("head of "+path, fmt.Appendf(nil, "%v", resp.Header))
	}
	if answered < 1<<20 {
		t.Errorf("the API answered %d bytes only", answered)
	}
	_ = c.Process.Signal(os.Interrupt)
	rest := <-said
	if err := c.Wait(); err != nil {
		t.Errorf("the server ended: %v\n%s", err, rest)
	}
	s.Look("the server", rest)
}

// readUntilServing reads what a server says until it tells its address; said gets
// all of it when it ends.
func readUntilServing(t *testing.T, c *exec.Cmd, stderr io.Reader) (said chan []byte, base string) {
	t.Helper()
	said, addr := make(chan []byte, 1), make(chan string, 1)
	go func() {
		var all bytes.Buffer
		lines := bufio.NewScanner(io.TeeReader(stderr, &all))
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), "API:  "); ok {
				url, _, _ := strings.Cut(rest, " ")
				addr <- url
			}
		}
		said <- all.Bytes()
	}()
	select {
	case base = <-addr:
	case <-time.After(time.Minute):
		_ = c.Process.Kill()
		t.Fatalf("the server does not say where it serves: %s", <-said)
	}
	return said, base
}
