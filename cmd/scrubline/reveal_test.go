package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/deploy/components"
)

// torn is a record that cannot be read, with a patient in it.
const torn = `{"time":"2026-11-20T10:00:00Z","msg":"chart of Quillon Ashgrove, MRN: 55501993, ` + "\n"

// One person asks by command, with a token that is theirs; another, who logged in at a
// provider, approves; then the first sees the record, which is nowhere else in clear.
func TestRevealByTwo(t *testing.T) {
	addr, dir := components.Address(t), t.TempDir()
	base, data := "http://"+addr, filepath.Join(dir, "d")
	issuer, _ := components.OIDC(t, base+"/login/callback")
	secret, config, logs, tokens := filepath.Join(dir, "secret"), filepath.Join(dir, "scrubline.yaml"), filepath.Join(dir, "torn.log"), filepath.Join(dir, "token")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret, components.OIDCSecret+"\n")
	write(logs, torn)
	write(config, fmt.Sprintf(`identity:
  url: %s
  oidc:
    issuer: %s
    client_id: %s
    client_secret_file: %s
    grants:
      - {group: soc, role: admin}
quarantine:
  reveal: true
`, base, issuer, components.OIDCClient, secret))
	output(t, "ingest", "--data", data, "--config", config, "--format", "aws_cloudtrail", logs)
	var item struct {
		ID, Payload string
		Record      uint64
	}
	if err := json.Unmarshal([]byte(output(t, "quarantine", "list", "--data", data)), &item); err != nil {
		t.Fatal(err)
	}
	write(tokens, output(t, "token", "create", "--data", data, "--config", config, "--name", "ann", "--role", "analyst", "--days", "1", "--owner", issuer+" soc-ann"))

	c := proc(t, "run", "--data", data, "--config", config, "--log", "debug", "--listen", addr)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := readUntilServing(t, c, stderr)
	ann := func(verb string, args ...string) string {
		t.Helper()
		return output(t, append([]string{"reveal", verb, "--data", data, "--config", config, "--token-file", tokens}, args...)...)
	}
	refused := func(verb string, args ...string) {
		t.Helper()
		c := proc(t, append([]string{"reveal", verb, "--data", data, "--config", config, "--token-file", tokens}, args...)...)
		if out, err := c.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("the server says 4")) {
			t.Errorf("%s: %v %s", verb, err, out)
		}
	}
	var r struct{ ID, State string }
	asked := ann("ask", "--reason", "a vendor's new format", "v1/"+item.Payload+"/000000000000#"+fmt.Sprint(item.Record))
	if err := json.Unmarshal([]byte(asked), &r); err != nil || r.State != "waiting" {
		t.Fatalf("%v %s", err, asked)
	}
	refused("open", r.ID, item.ID)
	refused("approve", r.ID)

	approve := func(name string) int {
		t.Helper()
		p := newPerson(t, base)
		p.login(t, name, "/")
		resp, err := p.Post(base+"/v1/reveals/"+r.ID+"/approve", "application/json", nil)
		resp, _ = p.read(t, resp, err)
		return resp.StatusCode
	}
	if code := approve("soc-ann"); code != http.StatusForbidden {
		t.Errorf("ann approves what her token asked for: %d", code)
	}
	if code := approve("soc-bob"); code != http.StatusOK {
		t.Errorf("bob approves: %d", code)
	}
	if got := ann("open", r.ID, item.ID); !strings.Contains(torn, strings.TrimSpace(got)) || !strings.Contains(got, "Quillon Ashgrove") {
		t.Errorf("the record is %q", got)
	}
	if list := ann("list"); !strings.Contains(list, `"opened":1`) || strings.Contains(list, "Ashgrove") {
		t.Errorf("the list: %s", list)
	}
	ann("end", r.ID)
	refused("open", r.ID, item.ID)
	_ = c.Process.Signal(os.Interrupt)
	if all := <-said; bytes.Contains(all, []byte("Ashgrove")) || bytes.Contains(all, []byte("55501993")) {
		t.Errorf("the log has the record: %s", all)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("the server ended: %v", err)
	}
	events := output(t, "query", "--data", data, "--config", config, "source:scrubline_audit action:reveal status:success", "-o", "ndjson")
	for _, want := range []string{"soc-ann", "soc-bob", "a vendor's new format", "quarantine:" + item.ID, `"t1.`} {
		if !strings.Contains(strings.ReplaceAll(events, `\"`, `"`), want) {
			t.Errorf("on record there is no %s: %s", want, events)
		}
	}
	err = filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("Ashgrove")) || bytes.Contains(b, []byte("55501993")) {
			t.Errorf("%s has the record in clear", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
