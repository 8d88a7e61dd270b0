package token

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// Lookup turns raw values of a search into the tokens they were stored as. Its
// methods may be called from many goroutines.
type Lookup struct {
	ring   *Keyring
	tenant string
}

// NewLookup returns a lookup for one tenant.
func NewLookup(ring *Keyring, tenant string) *Lookup { return &Lookup{ring, tenant} }

// Candidates returns the tokens that raw may stand as, under every kept key
// version, newest first. kind is what the search calls the value: patient,
// user, email, session, ip, or the name of any other token type; an unknown
// kind and a closed ring give none. A token is its own only candidate.
func (l *Lookup) Candidates(kind, raw string) []string {
	if Is([]byte(raw)) {
		return []string{raw}
	}
	var out []string
	versions := l.ring.Versions()
	slices.Reverse(versions)
	for _, v := range versions {
		for _, w := range spellings(kind, []byte(raw)) {
			tok, err := l.token(v, w.typ, w.canonical)
			if err == nil && !slices.Contains(out, tok) {
				out = append(out, tok)
			}
		}
	}
	return out
}

type spelling struct {
	typ       Type
	canonical []byte
}

// spellings lists what a field may have held when it was tokenised. One person
// stands in different logs under different types: a patient by record number or
// by id, a user by name or by e-mail address.
func spellings(kind string, raw []byte) []spelling {
	as := func(types ...Type) (out []spelling) {
		for _, t := range types {
			out = append(out, spelling{t, Canonical(t, nil, raw)})
		}
		return out
	}
	switch kind {
	case "patient", "mrn":
		// A field of type patient that held the bare number is meant, too.
		return append(as(Patient, MRN), spelling{Patient, Canonical(MRN, nil, raw)})
	case "user", "email":
		return append(as(User, Email), spelling{User, Canonical(Email, nil, raw)})
	case "trace":
		return as(TraceNetwork, TraceApp, TraceControl)
	}
	if t := ParseType(kind); t != 0 {
		return as(t)
	}
	return nil
}

func (l *Lookup) token(version uint32, typ Type, canonical []byte) (string, error) {
	mac, err := newMAC(l.ring, version, typ, l.tenant)
	if err != nil {
		return "", fmt.Errorf("looking up token: %w", err)
	}
	_, _ = mac.Write(canonical)
	sum := [sha256.Size]byte(mac.Sum(nil))
	return string(appendBody(appendPrefix(nil, typ, version), &sum)), nil
}
