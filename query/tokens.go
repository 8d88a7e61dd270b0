package query

import "strings"

// Tokens finds the tokens a raw value may stand under. The token keyring gives
// them: one for every key version that is kept, the current one first.
type Tokens interface {
	// Candidates returns the tokens of raw for a token type ("patient",
	// "session", "ip", "user"); none if the type has no tokens. It may be called
	// from many goroutines.
	Candidates(kind, raw string) []string
}

// tokenPrefix starts every token; see DESIGN of package scrub/token:
// t1.<type>.<key version>.<26 base32 characters>.
const tokenPrefix = "t1."

// IsToken reports whether a value is written like a token.
func IsToken(s string) bool {
	rest, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok {
		return false
	}
	_, rest, ok = strings.Cut(rest, ".")
	if !ok {
		return false
	}
	version, hash, ok := strings.Cut(rest, ".")
	if !ok || version == "" || len(hash) != 26 {
		return false
	}
	return !strings.ContainsFunc(hash, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}
