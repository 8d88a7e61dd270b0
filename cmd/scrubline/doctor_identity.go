package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/scrubline/scrubline/store/archive/object/s3"
)

// endsSoon is when a certificate or a token that expires is worth a remark.
const endsSoon = 14 * 24 * time.Hour

// identity looks at who may ask the API, and how.
func (c *checkup) identity(ctx context.Context) {
	p, err := c.cfg.provider()
	if err == nil && p != nil {
		err = p.Check(ctx)
	}
	if err != nil {
		c.broken("identity", "provider", "identity.oidc; the issuer must be reached from here", err)
	}
	c.certificate()
	host, _, err := net.SplitHostPort(c.cfg.Listen)
	if err == nil && !loopbackName(host) && (c.cfg.Identity.TLS.Cert == "" || c.cfg.Identity.URL == "") {
		c.broken("identity", "listen", "identity.tls and identity.url, or listen on 127.0.0.1", errors.New("other machines reach "+c.cfg.Listen+" and there is no TLS or no name"))
	}
	tokens, err := c.g.serviceTokens().List()
	if err != nil {
		c.broken("identity", "tokens", "remove the file", err)
	}
	for _, k := range tokens {
		if left := time.Until(k.Expires); k.Revoked.IsZero() && left > 0 && left < endsSoon {
			c.add("identity", s3.Remark{Grade: s3.Note, About: "token", Text: fmt.Sprintf("the service token %s (%s) expires %s", k.ID, k.Name, k.Expires.Format(time.DateOnly)), Fix: "scrubline token create, and revoke this one"})
		}
	}
}

// certificate looks at the server's certificate.
func (c *checkup) certificate() {
	files := c.cfg.Identity.TLS
	if files.Cert == "" {
		return
	}
	pair, err := (&certificate{cert: files.Cert, key: files.Key}).current()
	var leaf *x509.Certificate
	if err == nil {
		leaf, err = x509.ParseCertificate(pair.Certificate[0])
	}
	var host string
	if err == nil {
		if origin, wrong := c.cfg.Identity.origin(); wrong == nil && origin != nil {
			host = origin.Hostname()
		}
		err = leaf.VerifyHostname(host)
	}
	if err == nil && time.Now().After(leaf.NotAfter) {
		err = errors.New("the certificate has expired")
	}
	if err != nil {
		c.broken("identity", "tls", "identity.tls, a certificate for the name in identity.url", err)
	} else if time.Until(leaf.NotAfter) < endsSoon {
		c.add("identity", s3.Remark{Grade: s3.Weak, About: "tls", Text: "the certificate expires " + leaf.NotAfter.Format(time.DateOnly), Fix: "renew it; the server reads it anew by itself"})
	}
}
