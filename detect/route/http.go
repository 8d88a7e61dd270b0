package route

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// sendTime bounds one try.
const sendTime = 10 * time.Second

// Client sends HTTP requests to addresses that somebody configured and must not
// reach what only this machine can: it connects to public addresses, and to those
// within networks it was told of; it follows no redirect and uses no proxy. What
// counts is the address connected to, not what a name resolved to before.
type Client struct{ http *http.Client }

// NewClient returns a client that may also connect within networks.
func NewClient(networks []netip.Prefix) *Client {
	d := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error { return allowed(address, networks) }}
	return &Client{&http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
		},
	}}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

var errAddress = errors.New("address not allowed")

// special are address ranges that are public by name and reach the inside: shared
// address space (RFC 6598), benchmarks (RFC 2544), NAT64 (RFC 6052), 6to4 (RFC
// 3056), reserved (RFC 1112).
var special = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("0.0.0.0/8"),
}

func allowed(address string, networks []netip.Prefix) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errAddress
	}
	a := at.Addr().Unmap().WithZone("")
	for _, n := range networks {
		if n.Contains(a) {
			return nil
		}
	}
	inside := !a.IsGlobalUnicast() || a.IsPrivate()
	for _, p := range special {
		inside = inside || p.Contains(a)
	}
	if inside {
		return errAddress
	}
	return nil
}

// Post sends body and wants an answer of the 200s. 408, 425, 429 and the 500s are
// worth another try.
func (c *Client) Post(ctx context.Context, method, to string, header http.Header, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return &Error{"bad address", true}
	}
	r.Header = header
	r.Header.Set("User-Agent", "scrubline")
	res, err := c.http.Do(r)
	if err != nil {
		return &Error{code(err), false}
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
		return &Error{fmt.Sprintf("http %d", s), false}
	default:
		return &Error{fmt.Sprintf("http %d", s), true}
	}
}

// code says in a word what is wrong with a connection. The error's own text names
// the address, which may hold a secret.
func code(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) && ue.Timeout() {
		return "timeout"
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return "timeout"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "certificate not trusted"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "name not found"
	}
	switch {
	case errors.Is(err, errAddress):
		return "address not allowed"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, context.Canceled):
		return "stopped"
	}
	return "no connection"
}
