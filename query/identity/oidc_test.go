package identity

import (
	"crypto/sha256"
	"errors"
	"net/url"
	"testing"
	"time"
)

// provider is the issuer's, as the server uses it.
func (i *issuer) provider(t *testing.T) *Provider {
	t.Helper()
	p, err := NewProvider(ProviderOptions{Issuer: i.URL, ClientID: "scrubline", Secret: "a-client-secret-for-the-test", Callback: "https://audit.example.org/login/callback",
		Groups: "groups", Now: func() time.Time { return noon }, Grants: []Grant{
			{"audit", Auditor, Scope{Tenant: "a"}}, {"soc", Analyst, Scope{Tenant: "a", Sources: []string{"app"}}}, {"staff", Engineer, Scope{Tenant: "a"}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// begin starts a login and returns what the provider is asked and the browser's secret.
func begin(t *testing.T, p *Provider) (asked url.Values, secret string) {
	t.Helper()
	to, secret, err := p.Begin(t.Context(), "/?q=actor%3Aann")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query(), secret
}

func TestLogin(t *testing.T) {
	i := newIssuer(t)
	p := i.provider(t)
	asked, secret := begin(t, p)
	if asked.Get("response_type") != "code" || asked.Get("code_challenge_method") != "S256" || asked.Get("redirect_uri") != "https://audit.example.org/login/callback" || len(asked.Get("state")) < 43 || len(asked.Get("nonce")) < 43 {
		t.Errorf("asked for %v", asked)
	}
	i.claims = i.good(asked.Get("nonce"))
	who, next, err := p.Finish(t.Context(), secret, url.Values{"state": asked["state"], "code": {"c"}})
	if err != nil || next != "/?q=actor%3Aann" || who.Subject != i.URL+" u1" || who.Name != "Ann" || who.Role != Analyst || who.Scope.Sources[0] != "app" || who.Via != ViaOIDC {
		t.Errorf("%+v %q %v", who, next, err)
	}
	// The code is worth nothing without what hashes to the challenge: RFC 7636, 4.6.
	sum := sha256.Sum256([]byte(i.asked.Get("code_verifier")))
	if b64(sum[:]) != asked.Get("code_challenge") {
		t.Error("the verifier is not that of the challenge")
	}
	again, _ := begin(t, p)
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if again.Get(name) == asked.Get(name) {
			t.Errorf("two logins have the same %s", name)
		}
	}
	// Groups may come from userinfo.
	asked, secret = begin(t, p)
	i.claims = i.good(asked.Get("nonce"))
	delete(i.claims, "groups")
	i.user = map[string]any{"sub": "u1", "groups": "audit"}
	if who, _, err = p.Finish(t.Context(), secret, url.Values{"state": asked["state"], "code": {"c"}, "iss": {i.URL}}); err != nil || who.Role != Auditor {
		t.Errorf("%+v %v", who, err)
	}
}

// Each of these is a login that somebody made up, or changed on its way.
func TestForgedLogins(t *testing.T) {
	type attempt struct {
		i      *issuer
		p      *Provider
		answer url.Values
		secret string
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *attempt)
		want   error
	}{
		"alg none": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return b64([]byte(`{"alg":"none"}`)) + "." + claims + "." }
		}, ErrIDToken},
		"alg None, with a signature of another": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return b64([]byte(`{"alg":"None"}`)) + "." + claims + ".AAAA" }
		}, ErrIDToken},
		"HS256 with the public key": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return hs256(t, a.i.publicPEM(t), claims) }
		}, ErrIDToken},
		"HS256 with the modulus": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return hs256(t, a.i.key.N.Bytes(), claims) }
		}, ErrIDToken},
		"HS256 with the client's secret": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return hs256(t, []byte("a-client-secret-for-the-test"), claims) }
		}, ErrIDToken},
		"a key that nobody published": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string { return other(t, map[string]any{"alg": "EdDSA", "kid": "k"}, claims) }
		}, ErrIDToken},
		"a key in the token's own header": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string {
				return other(t, map[string]any{"alg": "EdDSA", "jwk": map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(make([]byte, 32))}, "jku": a.i.URL + "/keys"}, claims)
			}
		}, ErrIDToken},
		"claims changed after signing": {func(t *testing.T, a *attempt) {
			a.i.sign = func(claims string) string {
				signed := a.i.rs256(t, map[string]any{"alg": "RS256", "kid": "k"}, claims)
				changed := a.i.claims
				changed["groups"] = []string{"audit"}
				head := len(b64([]byte(toJSON(t, map[string]any{"alg": "RS256", "kid": "k"}))))
				return signed[:head+1] + b64([]byte(toJSON(t, changed))) + signed[head+1+len(claims):]
			}
		}, ErrIDToken},
		"no ID token":               {func(_ *testing.T, a *attempt) { a.i.sign = func(string) string { return "" } }, ErrIDToken},
		"another audience":          {func(_ *testing.T, a *attempt) { a.i.claims["aud"] = "other" }, ErrIDToken},
		"another issuer":            {func(_ *testing.T, a *attempt) { a.i.claims["iss"] = "https://evil.example.org" }, ErrIDToken},
		"an issuer with a slash":    {func(_ *testing.T, a *attempt) { a.i.claims["iss"] = a.i.URL + "/" }, ErrIDToken},
		"two audiences, no party":   {func(_ *testing.T, a *attempt) { a.i.claims["aud"] = []string{"scrubline", "other"} }, ErrForOthers},
		"issued to another party":   {func(_ *testing.T, a *attempt) { a.i.claims["azp"] = "other" }, ErrForOthers},
		"expired":                   {func(_ *testing.T, a *attempt) { a.i.claims["exp"] = noon.Add(-time.Second).Unix() }, ErrIDToken},
		"not yet":                   {func(_ *testing.T, a *attempt) { a.i.claims["nbf"] = noon.Add(time.Hour).Unix() }, ErrIDToken},
		"no end":                    {func(_ *testing.T, a *attempt) { delete(a.i.claims, "exp") }, ErrIDToken},
		"nobody":                    {func(_ *testing.T, a *attempt) { a.i.claims["sub"] = "" }, ErrIDToken},
		"no nonce":                  {func(_ *testing.T, a *attempt) { delete(a.i.claims, "nonce") }, ErrNonce},
		"the nonce of another":      {func(_ *testing.T, a *attempt) { a.i.claims["nonce"] = NewSecret() }, ErrNonce},
		"another access token":      {func(_ *testing.T, a *attempt) { a.i.claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }, ErrIDToken},
		"no state":                  {func(_ *testing.T, a *attempt) { a.answer.Del("state") }, ErrState},
		"another state":             {func(_ *testing.T, a *attempt) { a.answer.Set("state", NewSecret()) }, ErrState},
		"two states":                {func(_ *testing.T, a *attempt) { a.answer.Add("state", "x") }, ErrState},
		"two codes":                 {func(_ *testing.T, a *attempt) { a.answer.Add("code", "x") }, ErrState},
		"no code":                   {func(_ *testing.T, a *attempt) { a.answer.Del("code") }, ErrRefused},
		"an error":                  {func(_ *testing.T, a *attempt) { a.answer.Set("error", "access_denied") }, ErrRefused},
		"another provider's answer": {func(_ *testing.T, a *attempt) { a.answer.Set("iss", "https://evil.example.org") }, ErrIssuer},
		"a provider that hides": {func(_ *testing.T, a *attempt) {
			a.i.doc = map[string]any{"authorization_response_iss_parameter_supported": true}
		}, ErrIssuer},
		"another browser":   {func(_ *testing.T, a *attempt) { a.secret = NewSecret() }, ErrNotBegun},
		"no browser":        {func(_ *testing.T, a *attempt) { a.secret = "" }, ErrNotBegun},
		"no group":          {func(_ *testing.T, a *attempt) { a.i.claims["groups"] = []string{"guests"} }, ErrNoGrant},
		"groups in no list": {func(_ *testing.T, a *attempt) { a.i.claims["groups"] = map[string]any{"soc": true} }, ErrNoGrant},
		"userinfo of another": {func(_ *testing.T, a *attempt) {
			delete(a.i.claims, "groups")
			a.i.user = map[string]any{"sub": "u2", "groups": "audit"}
		}, ErrIDToken},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			if name == "a provider that hides" {
				c.change(t, &attempt{i: i})
			}
			p := i.provider(t)
			asked, secret := begin(t, p)
			i.claims = i.good(asked.Get("nonce"))
			a := &attempt{i: i, p: p, secret: secret, answer: url.Values{"state": asked["state"], "code": {"c"}}}
			c.change(t, a)
			who, _, err := p.Finish(t.Context(), a.secret, a.answer)
			if !errors.Is(err, c.want) {
				t.Errorf("%+v %v, want %v", who, err, c.want)
			}
			// What was tried once is over, whatever came of it.
			if a.secret == secret {
				i.sign, i.claims = nil, i.good(asked.Get("nonce"))
				if who, _, err := p.Finish(t.Context(), secret, url.Values{"state": asked["state"], "code": {"c"}}); !errors.Is(err, ErrNotBegun) {
					t.Errorf("a second try: %+v %v", who, err)
				}
			}
		})
	}
}

func TestLoginsEnd(t *testing.T) {
	now := noon
	p := newPending(func() time.Time { return now })
	secret := p.begin(login{state: "s"})
	now = now.Add(pendingTime)
	if _, ok := p.take(secret); ok {
		t.Error("a login without end")
	}
	now = noon
	first := p.begin(login{})
	now = now.Add(time.Second)
	for range maxPending {
		p.begin(login{})
	}
	if _, ok := p.take(first); ok || len(p.logins) > maxPending {
		t.Errorf("%d logins wait", len(p.logins))
	}
}

func TestProvidersThatAreNone(t *testing.T) {
	grants := []Grant{{"soc", Analyst, Scope{Tenant: "a"}}}
	for name, o := range map[string]ProviderOptions{
		"http":         {Issuer: "http://idp.example.org", ClientID: "c", Callback: "x", Groups: "groups", Grants: grants},
		"no URL":       {Issuer: "idp", ClientID: "c", Callback: "x", Groups: "groups", Grants: grants},
		"no client":    {Issuer: "https://idp.example.org", Callback: "x", Groups: "groups", Grants: grants},
		"nobody's":     {Issuer: "https://idp.example.org", ClientID: "c", Callback: "x", Groups: "groups"},
		"a file":       {Issuer: "file:///etc/passwd", ClientID: "c", Callback: "x", Groups: "groups", Grants: grants},
		"not loopback": {Issuer: "http://127.0.0.1.example.org", ClientID: "c", Callback: "x", Groups: "groups", Grants: grants},
	} {
		if _, err := NewProvider(o); err == nil {
			t.Errorf("%s is a provider", name)
		}
	}
	// One that says it is another, or that sends us elsewhere.
	i := newIssuer(t)
	i.doc = map[string]any{"issuer": "https://evil.example.org"}
	if _, _, err := i.provider(t).Begin(t.Context(), "/"); !errors.Is(err, ErrProvider) {
		t.Error(err)
	}
	i.Close()
	p := i.provider(t)
	for range 2 {
		if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, ErrProvider) {
			t.Error(err)
		}
	}
}
