package route

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
)

// Syslog sends a CEF message in a frame of RFC 5424, with the octet count of RFC
// 6587 in front on a stream. UDP cannot tell whether it arrived.
type Syslog struct {
	Network string // tcp, tls or udp
	Addr    string
	Host    string // how the message names us
}

// Send implements Route.
func (s *Syslog) Send(ctx context.Context, n *Notice) error {
	d := &net.Dialer{Timeout: 5 * time.Second}
	var conn net.Conn
	var err error
	switch s.Network {
	case "tls":
		conn, err = (&tls.Dialer{NetDialer: d, Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", s.Addr)
	default:
		conn, err = d.DialContext(ctx, s.Network, s.Addr)
	}
	if err != nil {
		return &Error{code(err), false}
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(sendTime))
	msg := s.frame(n)
	if s.Network != "udp" {
		msg = fmt.Sprintf("%d %s", len(msg), msg)
	}
	if _, err := conn.Write([]byte(msg)); err != nil {
		return &Error{code(err), false}
	}
	return nil
}

// frame is the message: facility 10 (security), severity by the alert's level.
func (s *Syslog) frame(n *Notice) string {
	rank := alert.Rank(n.Alert.Level)
	severity := [...]int{6, 5, 4, 3, 2}[rank]
	return fmt.Sprintf("<%d>1 %s %s scrubline - %s - %s", 10*8+severity, n.Alert.Found.UTC().Format("2006-01-02T15:04:05.000Z"), s.Host, cut(n.ID, 32), n.CEF())
}

// CEF is the notice in ArcSight's Common Event Format.
func (n *Notice) CEF() string {
	head := strings.NewReplacer(`\`, `\\`, "|", `\|`, "\n", " ", "\r", " ")
	ext := strings.NewReplacer(`\`, `\\`, "=", `\=`, "\n", `\n`, "\r", `\r`)
	a := &n.Alert
	var b strings.Builder
	fmt.Fprintf(&b, "CEF:0|Scrubline|Scrubline|1|%s|%s|%d|", head.Replace(a.Rule), head.Replace(n.Title()), [...]int{1, 3, 5, 8, 10}[alert.Rank(a.Level)])
	fmt.Fprintf(&b, "externalId=%s rt=%d start=%d end=%d cnt=%d msg=%s", ext.Replace(n.ID), a.Found.UnixMilli(), a.First.UnixMilli(), a.Last.UnixMilli(), a.Matches, ext.Replace(a.Summary))
	if n.Link != "" {
		fmt.Fprintf(&b, " request=%s", ext.Replace(n.Link))
	}
	return b.String()
}
