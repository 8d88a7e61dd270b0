package route

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// Email sends by SMTP. The Message-ID is made of the notice's id.
type Email struct {
	Addr     string // host:port
	User     string // "" for a server that asks for none
	Password string
	From     string
	To       []string
	// Plain allows a server without STARTTLS. A password is never sent there.
	Plain bool
}

// Send implements Route.
func (e *Email) Send(ctx context.Context, n *Notice) error {
	err := e.send(ctx, n)
	var te *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &te):
		return &Error{fmt.Sprintf("smtp %d", te.Code), te.Code >= 500}
	}
	if re, ok := errors.AsType[*Error](err); ok {
		return re
	}
	return &Error{code(err), false}
}

func (e *Email) send(ctx context.Context, n *Notice) error {
	host, _, _ := net.SplitHostPort(e.Addr)
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", e.Addr)
	if err != nil {
		return err
	}
	_ = conn.SetDeadline(time.Now().Add(2 * sendTime))
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		_ = conn.Close()
		return err
	}
	defer func() { _ = c.Close() }()
	if ok, _ := c.Extension("STARTTLS"); ok {
		if err := c.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
			return err
		}
	} else if !e.Plain {
		return &Error{"server without TLS", false}
	}
	if e.User != "" {
		if err := c.Auth(smtp.PlainAuth("", e.User, e.Password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(e.From); err != nil {
		return err
	}
	for _, to := range e.To {
		if err := c.Rcpt(to); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(e.message(n)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it was taken
	return nil
}

// message is the mail, RFC 5322.
func (e *Email) message(n *Notice) []byte {
	_, domain, _ := strings.Cut(e.From, "@")
	text := n.Lines()
	if n.Link != "" {
		text += "\n\n" + n.Link
	}
	body := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for _, h := range [][2]string{
		{"From", e.From}, {"To", strings.Join(e.To, ", ")}, {"Subject", mime.QEncoding.Encode("utf-8", fmt.Sprintf("[%s] %s", n.Alert.Level, n.Title()))},
		{"Date", n.Alert.Found.Format(time.RFC1123Z)}, {"Message-ID", "<" + n.ID + "@" + domain + ">"}, {"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + strings.NewReplacer("\r", "", "\n", "").Replace(h[1]) + "\r\n")
	}
	b.WriteString("\r\n")
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	b.WriteString(body + "\r\n")
	return []byte(b.String())
}
