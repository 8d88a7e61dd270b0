package pipeline

import (
	"strings"
	"testing"

	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/token"
)

// TestOrigin: a payload that is named after a patient is not stored under that
// name; the names that AWS gives stay as they are.
func TestOrigin(t *testing.T) {
	keys, err := token.CreateKeyring(t.TempDir() + "/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	tk, err := token.New(keys, "t")
	if err != nil {
		t.Fatal(err)
	}
	defer tk.Close()
	w := &worker{engine: scrub.New(scrub.Options{Tenant: "t", Tokens: tk})}
	for _, name := range []string{
		"", "/logs/portal.log.1", "/var/log/2026-03-01/app-1772359200.log", "/logs/ip-10-0-1-5_web.log",
		"s3://logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T2355Z_Nf7QpL2xVb9sKd3W.json.gz",
		"/l/111122223333_elasticloadbalancing_us-east-1_app.portal.50dc6c495c0c9188_20260301T1015Z_10.0.1.5_4k2jx.log.gz",
	} {
		if got := w.origin(name); got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
	for name, secret := range map[string]string{
		"/uploads/ruth.haldane@example.net.log": "haldane",
		"/uploads/haldane_ruth_19610211.pdf":    "19610211",
	} {
		if got := w.origin(name); strings.Contains(got, secret) || !strings.HasPrefix(got, "/uploads/") {
			t.Errorf("%s became %s", name, got)
		}
	}
}
