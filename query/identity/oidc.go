package identity

import (
	"context"
	"errors"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Why a login at the provider does not count. None quotes what came.
var (
	ErrNotBegun  = errors.New("this browser began no such login, or long ago")
	ErrState     = errors.New("the answer belongs to another login")
	ErrIssuer    = errors.New("the answer is another provider's")
	ErrRefused   = errors.New("the identity provider refused the login")
	ErrCode      = errors.New("the identity provider did not take its code back")
	ErrIDToken   = errors.New("the ID token does not hold")
	ErrNonce     = errors.New("the ID token belongs to another login")
	ErrForOthers = errors.New("the ID token was issued to another client")
)

// Begin starts a login. The browser is sent to redirect and brings secret back in a
// cookie; next is where it goes afterwards.
func (p *Provider) Begin(ctx context.Context, next string) (redirect, secret string, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	l := login{state: NewSecret(), nonce: NewSecret(), verifier: oauth2.GenerateVerifier(), next: next}
	return d.oauth.AuthCodeURL(l.state, oidc.Nonce(l.nonce), oauth2.S256ChallengeOption(l.verifier)), p.pending.begin(l), nil
}

// Finish ends a login: secret is the browser's, answer what the provider sent it
// back with. It returns who logged in and where they wanted to go.
func (p *Provider) Finish(ctx context.Context, secret string, answer url.Values) (Principal, string, error) {
	l, ok := p.pending.take(secret)
	if !ok {
		return Principal{}, "", ErrNotBegun
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Principal{}, "", err
	}
	if err := p.check(d, l, answer); err != nil {
		return Principal{}, "", err
	}
	ctx = p.with(ctx)
	token, err := d.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(l.verifier))
	if err != nil {
		return Principal{}, "", ErrCode
	}
	id, err := p.verified(ctx, d, l, token)
	if err != nil {
		return Principal{}, "", err
	}
	who, err := p.principal(ctx, d, id, token)
	return who, l.next, err
}

// check looks at the answer before anything of it is used.
func (p *Provider) check(d *discovered, l login, answer url.Values) error {
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(answer[name]) > 1 {
			return ErrState
		}
	}
	iss, named := answer["iss"]
	switch {
	case !HashOf(answer.Get("state")).Equal(HashOf(l.state)):
		return ErrState
	case named && iss[0] != p.opt.Issuer, !named && d.namesIss:
		return ErrIssuer
	case answer.Has("error"), answer.Get("code") == "":
		return ErrRefused
	}
	return nil
}

// verified checks the ID token (OpenID Connect Core 1.0, 3.1.3.7).
func (p *Provider) verified(ctx context.Context, d *discovered, l login, token *oauth2.Token) (*oidc.IDToken, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, ErrIDToken
	}
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil || id.Subject == "" {
		return nil, ErrIDToken // the error may quote the token
	}
	if !HashOf(id.Nonce).Equal(HashOf(l.nonce)) {
		return nil, ErrNonce
	}
	var azp struct {
		Party string `json:"azp"`
	}
	if id.Claims(&azp) != nil || azp.Party != "" && azp.Party != p.opt.ClientID || azp.Party == "" && len(id.Audience) > 1 {
		return nil, ErrForOthers
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil {
		return nil, ErrIDToken
	}
	return id, nil
}

// principal makes a principal of an ID token, and of what the provider tells besides
// if the token names no groups.
func (p *Provider) principal(ctx context.Context, d *discovered, id *oidc.IDToken, token *oauth2.Token) (Principal, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Principal{}, ErrIDToken
	}
	if _, there := claims[p.opt.Groups]; !there && d.UserInfoEndpoint() != "" {
		more, err := d.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || more.Subject != id.Subject {
			return Principal{}, ErrIDToken
		}
		if err := more.Claims(&claims); err != nil {
			return Principal{}, ErrIDToken
		}
	}
	grant, err := granted(p.opt.Grants, texts(claims[p.opt.Groups]))
	who := Principal{Subject: id.Issuer + " " + id.Subject, Role: grant.Role, Scope: grant.Scope, Via: ViaOIDC}
	for _, name := range []string{"name", "preferred_username", "email"} {
		if text, ok := claims[name].(string); ok && who.Name == "" {
			who.Name = text
		}
	}
	return who, err
}
