package list

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"unicode"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Hash returns what stands for a value in lists: a keyed hash of its letters and
// digits without regard to case, "" if it has none. Values of different domains
// (family, household) are never equal.
func Hash(key []byte, domain, value string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, sigma.Fold(value))
	if plain == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(domain + "\x00" + plain))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:15])
}
