package identity

import (
	"context"
	"time"
)

// Via says how a principal was recognised.
type Via string

// Ways in.
const (
	ViaLocal Via = "local" // the token in keys/api.token, or a login link of this machine
	ViaToken Via = "token" // a service token
	ViaOIDC  Via = "oidc"  // an identity provider
)

// Principal is who asks: a person or a program that was recognised. The zero value
// is nobody and may do nothing.
type Principal struct {
	Subject string    // one principal, always the same; of OIDC the issuer, a space and its subject
	Name    string    // for people to read; "" if none is known
	Role    Role      // what it may do
	Scope   Scope     // which rows and columns it may see
	Reason  string    // why it asks; auditors must say
	Expires time.Time // when it must prove itself anew; zero: never
	Via     Via
	Owner   string // of a token: the subject at the identity provider of the person it belongs to; "" if nobody said
}

// String is who it is, for people to read.
func (p Principal) String() string {
	if p.Name == "" {
		return p.Subject
	}
	return p.Name + " (" + p.Subject + ")"
}

type key struct{}

// With returns a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, key{}, p)
}

// From returns who asks in ctx; ok is false if nobody was recognised.
func From(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(key{}).(Principal)
	return p, ok
}

// Local is who holds the machine: the token in keys/api.token is as good as the
// data folder itself.
func Local(tenant string) Principal {
	return Principal{Subject: "local", Role: Admin, Scope: Scope{Tenant: tenant}, Via: ViaLocal}
}
