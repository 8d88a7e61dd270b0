package route_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/route"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func notice() *route.Notice {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return &route.Notice{ID: "0123456789abcdef", Link: "http://127.0.0.1:8080/?q=x%3Dy", Alert: book.AlertJSON{
		ID: "0123456789abcdef", Rule: "r|1", Version: "v", Title: "Trail <stopped> & gone", Level: "high", Kind: "record", Source: "aws_cloudtrail",
		Group: map[string]string{"actor_id": "alice"}, From: at, To: at.Add(time.Hour), First: at, Last: at.Add(time.Minute), Matches: 3,
		Summary: "alice did StopLogging=1 \\ now\nand again", Evidence: []alert.Ref{{Batch: "v1/f/1/0", Record: 7}}, Searches: []string{"x=y"}, Found: at, State: "open",
	}}
}

// side is the other side: what it got, and how it answers.
type side struct {
	got  atomic.Value // string
	code atomic.Int32 // of HTTP and SMTP: 0 is good
}

func (s *side) text() string {
	t, _ := s.got.Load().(string)
	return t
}

func (s *side) web(t *testing.T) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.got.Store(fmt.Sprintf("%s %s\n%v\n%s", r.Method, r.URL, r.Header, b))
		if c := s.code.Load(); c != 0 {
			w.WriteHeader(int(c))
			_, _ = w.Write([]byte("a secret of the other side"))
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// lines serves a line protocol on loopback.
func (s *side) lines(t *testing.T, talk func(c net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			talk(c)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// mail is as much of an SMTP server as is needed.
func (s *side) mail(c net.Conn) {
	r := bufio.NewScanner(c)
	_, _ = fmt.Fprint(c, "220 here\r\n")
	data := false
	var text strings.Builder
	for r.Scan() {
		line := r.Text()
		switch {
		case data && line == ".":
			data = false
			s.got.Store(text.String())
			_, _ = fmt.Fprint(c, "250 taken\r\n")
		case data:
			text.WriteString(line + "\n")
		case strings.HasPrefix(line, "RCPT") && s.code.Load() != 0:
			_, _ = fmt.Fprintf(c, "%d a secret of the other side\r\n", map[int32]int{503: 450, 400: 550}[s.code.Load()])
		case strings.HasPrefix(line, "DATA"):
			data = true
			_, _ = fmt.Fprint(c, "354 go\r\n")
		default:
			_, _ = fmt.Fprint(c, "250 fine\r\n")
		}
	}
}

type cloud struct{ *side }

func (c cloud) err() error {
	switch c.code.Load() {
	case 503:
		return &smithy.GenericAPIError{Code: "Throttling", Message: "a secret of the other side"}
	case 400:
		return &smithy.GenericAPIError{Code: "InvalidParameter", Message: "a secret of the other side"}
	}
	return nil
}

func (c cloud) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	c.got.Store(*in.Subject + *in.Message + *in.MessageAttributes["id"].StringValue)
	return nil, c.err()
}

func (c cloud) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	c.got.Store(*in.MessageBody + *in.MessageDeduplicationId)
	return nil, c.err()
}

// TestRoutes: every route delivers the alert with its id, tells errors that another
// try may mend from others, and says nothing of what the other side said.
func TestRoutes(t *testing.T) {
	client := route.NewClient(loopback)
	t.Cleanup(client.Close)
	for name, c := range map[string]struct {
		make  func(*testing.T, *side) route.Route
		holds []string
		blind bool // it cannot be refused
	}{
		"webhook": {make: func(t *testing.T, s *side) route.Route {
			return &route.Webhook{Client: client, URL: s.web(t), Secret: []byte("k")}
		}, holds: []string{"Idempotency-Key:[0123456789abcdef]", `"id":"0123456789abcdef"`, "Scrubline-Signature:[t=", `"record_no":7`}},
		"ocsf": {make: func(t *testing.T, s *side) route.Route {
			return &route.Webhook{Client: client, URL: s.web(t), OCSF: true}
		}, holds: []string{`"class_uid":2004`, `"severity_id":4`, `"uid":"0123456789abcdef"`}},
		"slack": {make: func(t *testing.T, s *side) route.Route { return &route.Slack{Client: client, URL: s.web(t)} },
			holds: []string{`Trail \u0026lt;stopped\u0026gt; \u0026amp; gone`, "0123456789abcdef"}},
		"pagerduty": {make: func(t *testing.T, s *side) route.Route {
			return &route.PagerDuty{Client: client, URL: s.web(t), Key: "integration"}
		}, holds: []string{`"dedup_key":"0123456789abcdef"`, `"routing_key":"integration"`, `"severity":"error"`}},
		"template": {make: func(t *testing.T, s *side) route.Route {
			r, err := route.NewTemplate(client, "", s.web(t)+"/v2/alerts", map[string]string{"Authorization": "GenieKey {{secret}}"},
				`{"message":{{json .Title}},"alias":{{json .ID}},"priority":"P{{len .Alert.Level}}"}`, "geheim")
			if err != nil {
				t.Fatal(err)
			}
			return r
		}, holds: []string{"POST /v2/alerts", "GenieKey geheim", `"alias":"0123456789abcdef"`, `"priority":"P4"`}},
		"email": {make: func(t *testing.T, s *side) route.Route {
			return &route.Email{Addr: s.lines(t, s.mail), From: "scrubline@example.org", To: []string{"a@example.org", "b@example.org"}, Plain: true}
		}, holds: []string{"Message-ID: <0123456789abcdef@example.org>", "Subject: [high] Trail <stopped> & gone", "To: a@example.org, b@example.org"}},
		"syslog": {make: func(t *testing.T, s *side) route.Route {
			return &route.Syslog{Network: "tcp", Host: "here", Addr: s.lines(t, func(c net.Conn) {
				b, _ := io.ReadAll(c)
				s.got.Store(string(b))
			})}
		}, holds: []string{"<83>1 2026-03-02T09:00:00.000Z here scrubline", `CEF:0|Scrubline|Scrubline|1|r\|1|`, "externalId=0123456789abcdef", `StopLogging\=1 \\ now\nand`}, blind: true},
		"sns": {make: func(_ *testing.T, s *side) route.Route { return &route.SNS{Client: cloud{s}, Topic: "arn:x"} },
			holds: []string{"0123456789abcdef", "Trail <stopped>"}},
		"sqs": {make: func(_ *testing.T, s *side) route.Route { return &route.SQS{Client: cloud{s}, Queue: "https://q.fifo"} },
			holds: []string{"0123456789abcdef"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &side{}
			r := c.make(t, s)
			if err := r.Send(t.Context(), notice()); err != nil {
				t.Fatal(err)
			}
			for until := time.Now().Add(time.Minute); s.text() == "" && time.Now().Before(until); {
				time.Sleep(time.Millisecond) // syslog has no answer to wait for
			}
			for _, h := range c.holds {
				if !strings.Contains(s.text(), h) {
					t.Errorf("%q is not in\n%s", h, s.text())
				}
			}
			if c.blind {
				return
			}
			for code, permanent := range map[int32]bool{503: false, 400: true} {
				s.code.Store(code)
				err := r.Send(t.Context(), notice())
				re, ok := errors.AsType[*route.Error](err)
				if !ok || re.Permanent != permanent {
					t.Errorf("%d gives %v", code, err)
				}
				if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1")) {
					t.Errorf("the error says %q", err)
				}
			}
		})
	}
}

// TestSignature: who knows the secret can check a body, and when it was signed.
func TestSignature(t *testing.T) {
	at := time.Unix(1700000000, 0)
	want := "t=1700000000,v1=47b6ce0fca59474308e2921c247cb2493dce6b8101d90ac05bd0c6a37d0e046e" // openssl dgst -sha256 -hmac key
	got := route.Sign([]byte("key"), at, []byte("body"))
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, other := range []string{
		route.Sign([]byte("kez"), at, []byte("body")), route.Sign([]byte("key"), at, []byte("bodz")), route.Sign([]byte("key"), at.Add(time.Second), []byte("body")),
	} {
		if other == got {
			t.Error("another key, body or time gives the same signature")
		}
	}
}

// TestReachesNothingInside: an address that a name turns into, or a redirect leads
// to, is connected to only if it is public or was allowed.
func TestReachesNothingInside(t *testing.T) {
	s := &side{}
	url := s.web(t)
	strict := route.NewClient(nil)
	t.Cleanup(strict.Close)
	for _, to := range []string{
		url, strings.Replace(url, "127.0.0.1", "localhost", 1), strings.Replace(url, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
		"http://169.254.169.254/latest", "http://10.0.0.1/", "http://192.168.1.1/", "http://[fd00::1]/", "http://[fe80::1]/", "http://0.0.0.0:1/",
		"http://100.64.0.1/", "http://[64:ff9b::a9fe:a9fe]/", "http://[::1]/",
	} {
		err := (&route.Webhook{Client: strict, URL: to}).Send(t.Context(), notice())
		if err == nil || !strings.Contains(err.Error(), "address not allowed") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if s.text() != "" {
		t.Error("a request arrived")
	}
	moved := httptest.NewServer(http.RedirectHandler(url, http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	open := route.NewClient(loopback)
	t.Cleanup(open.Close)
	if err := (&route.Webhook{Client: open, URL: moved.URL}).Send(t.Context(), notice()); err == nil || s.text() != "" {
		t.Errorf("a redirect was followed: %v", err)
	}
}

// TestNobodyThere: a side that is gone is worth another try.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	client := route.NewClient(loopback)
	t.Cleanup(client.Close)
	for _, r := range []route.Route{
		&route.Webhook{Client: client, URL: "http://" + addr}, &route.Syslog{Network: "tcp", Addr: addr}, &route.Email{Addr: addr},
	} {
		err := r.Send(t.Context(), notice())
		if d := cmp.Diff(&route.Error{Code: "connection refused"}, err); d != "" {
			t.Error(d)
		}
	}
}

// TestSummaryNames: a summary says of what and how many.
func TestSummaryNames(t *testing.T) {
	n := notice()
	n.More = map[string]int{"b": 2, "a": 40}
	if n.Title() != "42 more alerts, the gravest: Trail <stopped> & gone" || !strings.Contains(n.Lines(), "40 × a\n2 × b\n") {
		t.Errorf("%s\n%s", n.Title(), n.Lines())
	}
	var m route.Message
	if err := json.Unmarshal(n.Body(false), &m); err != nil || m.More["a"] != 40 {
		t.Errorf("%v, %v", m, err)
	}
}

// TestPagerDutyResolves: the incident that an alert opened is closed by its key.
func TestPagerDutyResolves(t *testing.T) {
	s := &side{}
	client := route.NewClient(loopback)
	t.Cleanup(client.Close)
	p := &route.PagerDuty{Client: client, URL: s.web(t), Key: "integration"}
	if err := p.Resolve(t.Context(), "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	got, _ := s.got.Load().(string)
	for _, want := range []string{`"event_action":"resolve"`, `"dedup_key":"0123456789abcdef"`, `"routing_key":"integration"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
}
