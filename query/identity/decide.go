package identity

import (
	"errors"
	"slices"
	"time"
)

// Why a principal may not use a route. Their texts may be shown to it.
var (
	ErrNobody   = errors.New("nobody was recognised")
	ErrExpired  = errors.New("this access has expired; prove anew who you are")
	ErrRole     = errors.New("your role may not do this")
	ErrReadOnly = errors.New("this access may read and change nothing")
	ErrFields   = errors.New("some fields are hidden from you, and this answer cannot leave them out")
	ErrNarrow   = errors.New("you see a part of the tenant, and this answer is about the whole of it")
	ErrReason   = errors.New("say first what you need this for")
)

// Allows decides whether p may use the route at an instant: nil if so.
func (r Right) Allows(p Principal, now time.Time) error {
	switch {
	case r.Open():
		return nil
	case p.Subject == "" || p.Scope.Tenant == "":
		return ErrNobody
	case !p.Expires.IsZero() && !now.Before(p.Expires):
		return ErrExpired
	case !slices.Contains(r.Roles, p.Role):
		return ErrRole
	case r.Needs&Changes != 0 && p.Scope.ReadOnly:
		return ErrReadOnly
	case r.Needs&Whole != 0 && p.Scope.Narrow():
		return ErrNarrow
	case r.Needs&Fields != 0 && len(p.Scope.HiddenFields) > 0:
		return ErrFields
	case r.Needs&Unasked == 0 && p.Role == Auditor && p.Reason == "":
		return ErrReason
	}
	return nil
}
