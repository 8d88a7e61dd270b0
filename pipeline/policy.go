package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// InForce writes down, as YAML, the rules that records go through under a policy:
// the scrubber's version, its recognizers, the source schemas' hash and the
// policy itself. hash, the first half of the text's SHA-256 in hexadecimal, stands
// in every batch, so that an auditor can tell what rules a record went through:
// the text is kept under that name, and nobody has to be trusted that it is the
// right one. Without a policy the hash depends on the program alone.
//
// Allowed values stand in the text as their HMAC under a key of the tenant.
func InForce(p *policy.Policy, keys *token.Keyring, tenant string) (text []byte, hash string, err error) {
	key, err := keys.Derive("policy values", tenant)
	if err != nil {
		return nil, "", fmt.Errorf("deriving the key of allowed values: %w", err)
	}
	defer clear(key)
	var b bytes.Buffer
	sources := sha256.New()
	schemas.WriteSources(sources)
	fmt.Fprintf(&b, "# The rules that records went through whose batches have this file's name as their\n# policy hash. It is the first half of the file's SHA-256.\n")
	fmt.Fprintf(&b, "scrubber: %q\nsources_sha256: %q\nrecognizers:\n", scrub.Version, hex.EncodeToString(sources.Sum(nil)))
	for _, r := range recognizer.All[1:] {
		fmt.Fprintf(&b, "  - {name: %s, letter: %c, treat: %s, token: %q, keys: %s, weak: %s}\n", r.Name, r.Letter, r.Treat, r.Token, listed(r.Keys), listed(r.Weak))
	}
	if own := p.Text(key); own == "" {
		b.WriteString("policy: {} # none but what is built in\n")
	} else {
		b.WriteString("policy:\n")
		for l := range strings.Lines(own) {
			b.WriteString("  " + l)
		}
	}
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:16]), nil
}

func listed(ws []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, w := range ws {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", w)
	}
	b.WriteByte(']')
	return b.String()
}
