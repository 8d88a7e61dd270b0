package components

import (
	_ "embed"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Client of the OpenID provider.
const (
	OIDCClient = "scrubline"
	OIDCSecret = "a-client-secret-for-the-test"
)

//go:embed oidc.mjs
var oidcScript []byte

// OIDC starts oidc-provider, a certified OpenID provider for Node.js, which sends
// browsers back to redirect. Whoever logs in as soc-ann is in the groups staff and soc;
// any password will do. It wants PKCE, and tells groups in userinfo only.
func OIDC(t testing.TB, redirect string) (issuer string, p *Process) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("the OpenID provider needs Node.js")
	}
	dir, addr := t.TempDir(), Address(t)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "oidc.mjs")
	if err := os.WriteFile(script, oidcScript, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script, filepath.Join(find(t, "oidc"), "node_modules", "oidc-provider", "lib", "index.js"), port, redirect)
	cmd.Dir = dir
	issuer = "http://" + addr
	return issuer, Start(t, cmd, answers(issuer+"/.well-known/openid-configuration"))
}
