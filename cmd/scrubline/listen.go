package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/identity"
)

// serviceTokens are the service tokens of the data folder.
func (g *globals) serviceTokens() *identity.Tokens {
	return identity.OpenTokens(filepath.Join(g.Data, "keys", "service"), time.Now)
}

// access says who may ask.
func (n *node) access() (api.Access, error) {
	c := &n.cfg.Identity
	origin, err := c.origin()
	if err != nil {
		return api.Access{}, err
	}
	p, err := n.cfg.provider()
	if err != nil {
		return api.Access{}, err
	}
	return api.Access{Tokens: n.g.serviceTokens(), Provider: p, Origin: origin,
		Session: identity.Lifetimes{Idle: c.Idle, Absolute: c.Absolute}, Workspace: c.Workspace}, nil
}

// bind opens the address of the API. One that other machines reach must have TLS,
// and somebody besides the holder of this machine who may ask.
func (n *node) bind(addr string, a api.Access) (net.Listener, error) {
	c := &n.cfg.Identity
	var secure *tls.Config
	if c.TLS.Cert != "" {
		pair := &certificate{cert: c.TLS.Cert, key: c.TLS.Key}
		if _, err := pair.current(); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("identity.tls: %w", err)}
		}
		secure = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current() }}
	}
	l, err := api.Listen(addr)
	if errors.Is(err, api.ErrNotLoopback) {
		if err := n.known(a, secure); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("listening on %s, which other machines reach: %w", addr, err)}
		}
		l, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	return l, nil
}

// known says what is missing before other machines may reach the API.
func (n *node) known(a api.Access, secure *tls.Config) error {
	if secure == nil {
		return errors.New("that needs TLS: name a certificate and its key in identity.tls, or listen on 127.0.0.1 behind a proxy that has them")
	}
	if a.Origin == nil {
		return errors.New("that needs identity.url: the name by which others reach it")
	}
	if a.Provider != nil {
		return nil
	}
	usable, err := a.Tokens.Usable()
	if err == nil && !usable {
		err = errors.New("that needs somebody who may ask from there: an identity provider in identity.oidc, or a service token (scrubline token create)")
	}
	return err
}

// announce says where the page and the API are. Login links are for the browsers of
// this machine, by plain HTTP.
func (n *node) announce(s *api.Server, addr string, origin *url.URL) {
	page, scheme := s.LoginURL(addr), "http"
	if n.cfg.Identity.TLS.Cert != "" {
		page, scheme = origin.String(), "https"
	}
	fmt.Fprintf(os.Stderr, "Page: %s\nAPI:  %s://%s with the bearer token in %s\nCtrl-C stops.\n", page, scheme, addr, n.path("keys", "api.token"))
}

// certificate is a pair of files that is read again when they change.
type certificate struct {
	cert, key string

	mu   sync.Mutex
	seen time.Time // the newer of their times
	pair *tls.Certificate
}

// current reads the files if they have changed. While they do not fit together, as in
// the middle of a change, what was read before stands.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var newest time.Time
	for _, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return c.before(fmt.Errorf("looking at a certificate: %w", err))
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if c.pair != nil && newest.Equal(c.seen) {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return c.before(fmt.Errorf("reading a certificate: %w", err))
	}
	c.pair, c.seen = &pair, newest
	return c.pair, nil
}

func (c *certificate) before(err error) (*tls.Certificate, error) {
	if c.pair == nil {
		return nil, err
	}
	return c.pair, nil
}
