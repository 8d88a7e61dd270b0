package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// ProviderOptions say how to log in at an identity provider: OpenID Connect Core 1.0,
// authorization code flow with PKCE (RFC 7636).
type ProviderOptions struct {
	Name     string   // for people; default: the issuer's host
	Issuer   string   // https, or http on this machine
	ClientID string   //
	Secret   string   // of the client; "": it is a public one
	Callback string   // the URL of GET /login/callback, as the provider knows it
	Scopes   []string // besides openid
	Groups   string   // the claim with somebody's groups
	Grants   []Grant  // the first one counts
	Now      func() time.Time
}

// algorithms may sign an ID token. There is neither none nor a symmetric one: with
// those whoever knows the client's secret, or the public key, could make a token.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// Provider is an identity provider. Its methods may be called from many goroutines.
type Provider struct {
	opt     ProviderOptions
	client  *http.Client
	pending *pending

	mu    sync.Mutex
	known *discovered
	tried time.Time
}

// discovered is what the provider says of itself.
type discovered struct {
	*oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	namesIss bool // it says in each answer who it is: RFC 9207
}

const (
	providerTime = 10 * time.Second // of a request to it
	retryTime    = 5 * time.Second  // after it could not be reached
)

// ErrProvider means that the identity provider does not answer as one.
var ErrProvider = errors.New("the identity provider does not answer as it should")

// NewProvider returns a provider. It is asked for the first time when somebody logs
// in: that it is down stops nobody who is here by other means.
func NewProvider(opt ProviderOptions) (*Provider, error) {
	u, err := url.Parse(opt.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
		return nil, errors.New("the issuer must be an https URL, or http on this machine")
	}
	if opt.ClientID == "" || opt.Callback == "" || opt.Groups == "" || len(opt.Grants) == 0 {
		return nil, errors.New("an identity provider needs a client id, a claim with groups, and roles for some of them")
	}
	if opt.Name == "" {
		opt.Name = u.Host
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	client := &http.Client{Timeout: providerTime, Transport: &bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Provider{opt: opt, client: client, pending: newPending(opt.Now)}, nil
}

func onThisMachine(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Name is what people call the provider.
func (p *Provider) Name() string { return p.opt.Name }

// Check asks the provider who it is.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// discover asks the provider who it is, once it was asked for.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	if now := p.opt.Now(); now.Sub(p.tried) < retryTime {
		return nil, ErrProvider
	}
	// Keys are fetched with the context's client long after this login.
	found, err := oidc.NewProvider(p.with(context.WithoutCancel(ctx)), p.opt.Issuer)
	var more struct {
		NamesIss bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err == nil {
		err = found.Claims(&more)
	}
	if err != nil {
		p.tried = p.opt.Now()
		return nil, fmt.Errorf("%w: reading %s/.well-known/openid-configuration", ErrProvider, p.opt.Issuer)
	}
	p.known = &discovered{
		Provider: found, namesIss: more.NamesIss,
		verifier: found.VerifierContext(p.with(context.WithoutCancel(ctx)), &oidc.Config{ClientID: p.opt.ClientID, SupportedSigningAlgs: algorithms, Now: p.opt.Now}),
		oauth: oauth2.Config{ClientID: p.opt.ClientID, ClientSecret: p.opt.Secret, Endpoint: found.Endpoint(), RedirectURL: p.opt.Callback,
			Scopes: append([]string{oidc.ScopeOpenID}, p.opt.Scopes...)},
	}
	return p.known, nil
}

func (p *Provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}
