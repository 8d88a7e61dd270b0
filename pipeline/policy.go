package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// policyHash names the treatments and recognizers in force. It stands in every
// batch, so that an auditor can tell what rules a record went through.
func policyHash() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "scrubber %s\n", scrub.Version)
	for _, r := range recognizer.All[1:] {
		_, _ = fmt.Fprintf(h, "%s %c %s %s %q %q\n", r.Name, r.Letter, r.Treat, r.Token, r.Keys, r.Weak)
	}
	schemas.WriteSources(h)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
