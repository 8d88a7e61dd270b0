package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/token"
)

func TestInForceIsFoundByItsHash(t *testing.T) {
	keys, err := token.CreateKeyring(filepath.Join(t.TempDir(), "tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	inForce := func(file string) (string, string) {
		t.Helper()
		p, problems, err := policy.Parse("scrub.yaml", []byte(file), time.Now)
		if err != nil {
			t.Fatal(problems.String())
		}
		text, hash, err := InForce(p, keys, "default")
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:16]) != hash {
			t.Errorf("the text's hash is not %s", hash)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(text, &tree); err != nil {
			t.Fatalf("the text is not YAML: %v\n%s", err, text)
		}
		if len(tree["recognizers"].([]any)) < 30 {
			t.Error("recognizers are missing")
		}
		return string(text), hash
	}
	_, none, err := InForce(nil, keys, "default")
	if err != nil {
		t.Fatal(err)
	}
	if _, empty := inForce("version: 1\n"); empty != none {
		t.Error("a file that changes nothing has another hash than none")
	}
	const phone = `version: 1
allow: [{name: desk, class: us_phone, value: "415-555-0142", reason: it is ours, expires: 2099-01-01, owner: a}]
recognizers: [{name: visit, class: R, pattern: 'NV-\d{8}'}]
`
	text, hash := inForce(phone)
	if hash == none {
		t.Error("a policy has the hash of none")
	}
	if strings.Contains(text, "0142") || !strings.Contains(text, "value_hmac") {
		t.Errorf("the allowed value stands in the text, or nothing in its place:\n%s", text)
	}
	if _, other := inForce(strings.ReplaceAll(phone, "0142", "0143")); other == hash {
		t.Error("another allowed value has the same hash")
	}
}
