package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	lib "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

const token = "a-token-for-the-test-only"

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// server is a real one over a week of rows, and its log.
type server struct {
	*httptest.Server
	api     *api.Server
	store   *clickhouse.Store
	book    *book.Book
	log     bytes.Buffer
	audit   audittest.Log
	service *query.Service
	tokens  *identity.Tokens
	dir     string // of tokens
	public  string // key of evidence packs
	now     clock
	cell    cell            // the quarantine
	lost    map[string]bool // subjects that lost their access
}

// clock is now, and as many minutes later as were added.
type clock struct{ atomic.Int64 }

func (c *clock) time() time.Time { return now.Add(time.Duration(c.Load()) * time.Minute) }

func serve(t *testing.T) *server {
	t.Helper()
	store, reader := querytest.OpenWithReader(t)
	return serveOver(t, store, query.Options{Reader: connect(t, reader)}, false)
}

// connect connects as a user of the store.
func connect(t *testing.T, as *driver.Options) lib.Conn {
	t.Helper()
	conn, err := driver.Open(as)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// serveOver serves from a store with empty tables, as the users of options; bare: without
// conditions in statements.
func serveOver(t *testing.T, store *clickhouse.Store, options query.Options, bare bool) *server {
	t.Helper()
	querytest.Week(t, store, now)
	querytest.Insert(t, store, schemas.Events, "formula", []querytest.Row{{Time: now, Source: "app", Text: map[schemas.Column]string{
		schemas.ActorName: `=HYPERLINK("http://x","y")`, schemas.Action: "evil", schemas.Native: "line one\nline two",
	}}})
	s := &server{store: store, dir: t.TempDir()}
	s.tokens = identity.OpenTokens(s.dir, func() time.Time { return now })
	options.Tenant, options.Tokens = querytest.Tenant, querytest.Tokens{}
	svc := query.New(store.Conn(), options)
	if bare {
		svc = svc.WithoutConditions()
	}
	s.service = svc
	exports, err := export.Open(export.Options{Dir: t.TempDir(), Service: svc, Tokens: querytest.Tokens{}, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- exports.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s.book = book.New(store.Conn(), querytest.Tenant, clickhouse.Redact)
	made, public := desk(t, store)
	s.public = public
	s.api, err = api.New(api.Options{
		Service: svc, Exports: exports, Alerts: s.book, Reports: made,
		Routes: func(context.Context) ([]book.Health, error) {
			return []book.Health{{Route: "soc", State: "unused"}}, nil
		},
		Audit:  &s.audit,
		Access: api.Access{Tokens: s.tokens},
		Token:  token, Tokens: querytest.Tokens{}, Registry: prometheus.NewRegistry(), Log: zerolog.New(&s.log),
		Now: s.now.time, Reveals: s.reveals(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s.api.Handler())
	t.Cleanup(s.Close)
	return s
}

// as makes a service token and returns it as a header and its value.
func (s *server) as(t *testing.T, role identity.Role, change func(*identity.Token)) (header, value string) {
	t.Helper()
	k := identity.Token{Name: "test", Role: role, Scope: identity.Scope{Tenant: querytest.Tenant}, Reason: "audit 7", Expires: now.Add(time.Hour)}
	if change != nil {
		change(&k)
	}
	_, shown, err := s.tokens.Create(k)
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization", "Bearer " + shown
}

// get asks with the token; headers are name, value, name, value.
func (s *server) get(t *testing.T, path string, params url.Values, headers ...string) (*http.Response, []byte) {
	t.Helper()
	return s.do(t, http.MethodGet, path, params, headers...)
}

func (s *server) do(t *testing.T, method, path string, params url.Values, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path+"?"+params.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}
