package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/identity"
)

// identityConfig is the section identity: who may ask besides the holder of this
// machine, and how their browsers reach it.
type identityConfig struct {
	URL       string        `yaml:"url"` // https://host[:port] that people use; needed for all but loopback
	TLS       certConfig    `yaml:"tls"`
	OIDC      oidcConfig    `yaml:"oidc"`
	Idle      time.Duration `yaml:"idle"`       // a session ends without requests; default 30m
	Absolute  time.Duration `yaml:"absolute"`   // a session ends whatever happens; default 8h
	Workspace time.Duration `yaml:"workspace"`  // the reason of an auditor holds; default 8h
	TokenDays int           `yaml:"token_days"` // that a service token may live at most; default 90, at most 365
}

// certConfig names files in PEM. They are read again when they change.
type certConfig struct {
	Cert string `yaml:"cert"` // the server's certificate, then those up to the root
	Key  string `yaml:"key"`
}

// oidcConfig is an identity provider. The first grant counts that somebody has.
type oidcConfig struct {
	Name       string        `yaml:"name"` // on the sign-in page; default: the issuer's host
	Issuer     string        `yaml:"issuer"`
	ClientID   string        `yaml:"client_id"`
	SecretFile string        `yaml:"client_secret_file"` // none: a public client
	Scopes     []string      `yaml:"scopes"`             // besides openid; default profile
	Groups     string        `yaml:"groups_claim"`       // default groups
	Grants     []grantConfig `yaml:"grants"`
}

// grantConfig gives a group a role and a scope.
type grantConfig struct {
	Group    string   `yaml:"group"`
	Role     string   `yaml:"role"`
	Sources  []string `yaml:"sources"`       // none: all
	Hidden   []string `yaml:"hidden_fields"` // none: all are shown
	ReadOnly bool     `yaml:"read_only"`
}

const (
	defaultTokenDays = 90
	maxTokenDays     = 365
)

func (c *identityConfig) tokenDays() int { return cmp.Or(c.TokenDays, defaultTokenDays) }

// check says what is wrong with the section.
func (c *identityConfig) check() error {
	if _, err := c.origin(); err != nil {
		return fmt.Errorf("identity.url: %w", err)
	}
	switch {
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		return errors.New("identity.tls: cert and key go together")
	case c.TLS.Cert != "" && c.URL == "":
		return errors.New("identity.tls needs identity.url: the name in the certificate")
	case c.Idle < 0 || c.Absolute < 0 || c.Workspace < 0:
		return errors.New("identity: idle, absolute and workspace are not negative")
	case cmp.Or(c.Idle, api.DefaultIdle) > cmp.Or(c.Absolute, api.DefaultAbsolute):
		return errors.New("identity.idle is longer than identity.absolute")
	case c.TokenDays < 0 || c.TokenDays > maxTokenDays:
		return fmt.Errorf("identity.token_days is from 1 to %d", maxTokenDays)
	}
	if c.OIDC.Issuer == "" {
		if len(c.OIDC.Grants) > 0 || c.OIDC.ClientID != "" {
			return errors.New("identity.oidc needs an issuer")
		}
		return nil
	}
	if c.URL == "" {
		return errors.New("identity.oidc needs identity.url: the provider sends browsers back there")
	}
	_, err := c.OIDC.grants("a tenant")
	return err
}

// origin is the URL that people use, nil if there is none.
func (c *identityConfig) origin() (*url.URL, error) {
	if c.URL == "" {
		return nil, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopbackName(u.Hostname())) {
		return nil, errors.New("write https://host or https://host:port, or http for this machine alone")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopbackName(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// scope checks what a role shall see.
func scope(tenant string, sources, hidden []string, readOnly bool) (identity.Scope, error) {
	for _, name := range hidden {
		if err := query.CheckHidden(name); err != nil {
			return identity.Scope{}, err
		}
	}
	for _, name := range sources {
		if name == "" {
			return identity.Scope{}, errors.New("a source has a name")
		}
	}
	return identity.Scope{Tenant: tenant, Sources: sources, HiddenFields: hidden, ReadOnly: readOnly}, nil
}

// grants reads the grants, for a tenant.
func (c *oidcConfig) grants(tenant string) ([]identity.Grant, error) {
	var out []identity.Grant
	for i, g := range c.Grants {
		role, err := identity.ParseRole(g.Role)
		if err == nil && g.Group == "" {
			err = errors.New("a grant names a group")
		}
		var s identity.Scope
		if err == nil {
			s, err = scope(tenant, g.Sources, g.Hidden, g.ReadOnly)
		}
		if err != nil {
			return nil, fmt.Errorf("identity.oidc.grants: number %d: %w", i+1, err)
		}
		out = append(out, identity.Grant{Group: g.Group, Role: role, Scope: s})
	}
	return out, nil
}

// provider makes the identity provider, nil without one.
func (c *config) provider() (*identity.Provider, error) {
	o := &c.Identity.OIDC
	if o.Issuer == "" {
		return nil, nil
	}
	grants, err := o.grants(c.Tenant)
	if err != nil {
		return nil, err
	}
	secret := ""
	if o.SecretFile != "" {
		b, err := os.ReadFile(o.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("reading the secret of the identity provider's client: %w", err)
		}
		secret = string(bytes.TrimSpace(b))
	}
	origin, err := c.Identity.origin()
	if err != nil {
		return nil, err
	}
	scopes := o.Scopes
	if scopes == nil {
		scopes = []string{"profile"}
	}
	p, err := identity.NewProvider(identity.ProviderOptions{Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Secret: secret,
		Callback: origin.JoinPath("login", "callback").String(), Scopes: scopes, Groups: cmp.Or(o.Groups, "groups"), Grants: grants})
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("identity.oidc: %w", err)}
	}
	return p, nil
}
