package reveal

import (
	"strings"

	"github.com/scrubline/scrubline/query/identity"
)

// party says which person a principal is.
func party(p identity.Principal) (Party, error) {
	out := Party{Subject: p.Subject, Name: p.Name, Via: p.Via}
	switch p.Via {
	case identity.ViaOIDC:
		out.Person = p.Subject
	case identity.ViaToken:
		out.Person = p.Owner
	}
	if _, _, ok := strings.Cut(out.Person, " "); !ok {
		return Party{}, ErrNoPerson
	}
	return out, nil
}

// two says why two parties may not be the two of a request; nil if they may. Subjects
// are compared without case: an owner that was typed otherwise is the same person.
func two(a, b Party) error {
	issuer := func(p Party) string { is, _, _ := strings.Cut(p.Person, " "); return is }
	switch {
	case a.Subject == b.Subject, strings.EqualFold(a.Person, b.Person):
		return ErrSamePerson
	case a.Via == identity.ViaToken && b.Via == identity.ViaToken:
		return ErrTwoTokens
	case issuer(a) != issuer(b):
		return ErrStrangers
	}
	return nil
}
