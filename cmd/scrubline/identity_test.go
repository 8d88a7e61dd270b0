package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// tokenID FILE: sets TOKEN to the id of the token there.
func tokenID(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("TOKEN", idOf(ts.ReadFile(args[0])))
}

func idOf(shown string) string {
	_, rest, _ := strings.Cut(shown, "_")
	id, _, _ := strings.Cut(rest, "_")
	return id
}

// selfSigned writes a certificate for this machine and its key, and returns a client
// that trusts it.
func selfSigned(t *testing.T, cert, key string) *http.Client {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(cert, public, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(public)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// A server with TLS takes service tokens, and refuses one from the moment on that
// another process revoked it.
func TestTokensOverTLS(t *testing.T) {
	dir := t.TempDir()
	data, cert, key := filepath.Join(dir, "d"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	client := selfSigned(t, cert, key)
	config := filepath.Join(dir, "scrubline.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "identity:\n  url: https://audit.example.org\n  tls: {cert: %s, key: %s}\n", cert, key), 0o600); err != nil {
		t.Fatal(err)
	}
	c := proc(t, "run", "--data", data, "--config", config, "--log", "info", "--listen", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, base := readUntilServing(t, c, stderr)
	shown := output(t, "token", "create", "--data", data, "--config", config, "--name", "siem", "--role", "analyst", "--days", "1")
	ask := func(method, path, host, bearer string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			req.Host = host
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	local, err := os.ReadFile(filepath.Join(data, "keys", "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		method, path, host, bearer string
		code                       int
	}{
		{"GET", "/v1/whoami", "", shown, 200}, {"GET", "/v1/events?since=1d", "audit.example.org", shown, 200}, {"GET", "/v1/events", "other.example.org", shown, 421},
		{"GET", "/v1/whoami", "", string(local), 200}, {"GET", "/v1/whoami", "audit.example.org", string(local), 401}, {"GET", "/", "audit.example.org", "", 401},
		{"POST", "/v1/packs?since=1d&until=now", "", shown[:len(shown)-1] + "0", 401},
	} {
		resp, body := ask(step.method, step.path, step.host, step.bearer)
		if resp.StatusCode != step.code || resp.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%+v: %d %v %s", step, resp.StatusCode, resp.Header, body)
		}
	}
	resp, _ := ask("POST", "/logout", "audit.example.org", "")
	if cookie := resp.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-scrubline_session=;") || !strings.Contains(cookie, "; Secure") || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("cookie %s", cookie)
	}
	if list := output(t, "token", "list", "--data", data); !strings.Contains(list, " used ") {
		t.Errorf("no use is noted: %s", list)
	}
	output(t, "token", "revoke", "--data", data, idOf(shown))
	if resp, body := ask("GET", "/v1/whoami", "", shown); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("revoked: %d %s", resp.StatusCode, body)
	}
	_ = c.Process.Signal(os.Interrupt)
	all := string(<-said)
	if err := c.Wait(); err != nil {
		t.Errorf("the server ended: %v\n%s", err, all)
	}
	if !strings.Contains(all, "the token was revoked") || strings.Contains(all, shown) {
		t.Errorf("the log: %s", all)
	}
}
