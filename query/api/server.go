package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/web"
	"github.com/scrubline/scrubline/schemas"
)

// Options configure a Server.
type Options struct {
	Service  *query.Service
	Token    string               // bearer token, MinToken characters at least
	Tokens   query.Tokens         // makes the tokens that stand in the audit log; nil: raw values become [text]
	Registry *prometheus.Registry // the server's metrics go there; /metrics shows all of it
	Log      zerolog.Logger
	Now      func() time.Time // nil: time.Now
	Queries  int              // queries at a time; default 4
}

// MinToken is the shortest bearer token that is accepted.
const MinToken = 16

const (
	defaultQueries = 4
	shutdownTime   = 5 * time.Second
	writeTime      = time.Minute // for an answer, or between two parts of a stream
)

// ErrNotLoopback means that an address is open to other machines.
var ErrNotLoopback = errors.New("the API listens on loopback addresses only until it knows who asks: use 127.0.0.1 or [::1]")

// Server is the HTTP API and the page.
type Server struct {
	opt     Options
	auth    *auth
	metrics *metrics
	slots   chan struct{}
	routes  []route
	handler http.Handler
}

// route is one path that is served. params are the query parameters it takes;
// any other is refused.
type route struct {
	path    string
	params  []string
	open    bool // needs no token
	handler func(http.ResponseWriter, *http.Request)
}

// New returns a server that is not listening yet.
func New(opt Options) (*Server, error) {
	if len(opt.Token) < MinToken {
		return nil, fmt.Errorf("api: the bearer token has fewer than %d characters", MinToken)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Queries == 0 {
		opt.Queries = defaultQueries
	}
	s := &Server{opt: opt, auth: newAuth(opt.Token, opt.Now), slots: make(chan struct{}, opt.Queries)}
	var err error
	if s.metrics, err = newMetrics(opt.Registry); err != nil {
		return nil, err
	}
	metricsPage := promhttp.HandlerFor(opt.Registry, promhttp.HandlerOpts{})
	s.routes = []route{
		{path: "/v1/events", params: []string{"q", "since", "until", "tz", "limit", "cursor", "format"}, handler: s.query(s.events)},
		{path: "/v1/access", params: []string{"resource", "patient", "actor", "q", "since", "until", "tz", "limit", "cursor", "format"}, handler: s.query(s.access)},
		{path: "/v1/summary", params: []string{"q", "since", "until", "tz"}, handler: s.query(s.summary)},
		{path: "/v1/sources", params: []string{"since", "until", "tz", "format"}, handler: s.query(s.sources)},
		{path: "/v1/fields", handler: s.fields},
		{path: "/metrics", handler: metricsPage.ServeHTTP},
		{path: "/openapi.json", open: true, handler: serveOpenAPI},
		{path: "/livez", open: true, handler: func(w http.ResponseWriter, _ *http.Request) { writePlain(w, http.StatusOK, "ok") }},
		{path: "/readyz", open: true, handler: s.ready},
	}
	s.handler = s.build()
	return s, nil
}

// Handler returns the whole server, for tests and for other listeners.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) build() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes {
		h := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if name, ok := checkParams(req, r.params); !ok {
				writeProblem(w, req, problem{Status: http.StatusBadRequest, Kind: "bad-parameter", Param: name,
					Detail: "this parameter is unknown here or stands twice"})
				return
			}
			r.handler(w, req)
		})
		if r.open {
			mux.Handle("GET "+r.path, h)
		} else {
			mux.Handle("GET "+r.path, s.authenticated(h))
		}
		mux.HandleFunc(r.path, wrongMethod)
	}
	mux.HandleFunc("/v1/", notFound)
	mux.Handle("GET /{$}", s.home(web.Handler()))
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.Handle("GET /assets/", web.Handler())
	mux.HandleFunc("/", notFound)
	return s.outer(mux)
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(schemas.OpenAPI())
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.opt.Service.Ping(ctx); err != nil {
		writePlain(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	writePlain(w, http.StatusOK, "ok")
}

func writePlain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}

// Listen opens a loopback address; host:0 chooses a free port.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("reading listen address: %w", err)
	}
	if !loopback(host) {
		return nil, ErrNotLoopback
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	// localhost may have been made to mean another address.
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(ErrNotLoopback, l.Close())
	}
	return l, nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Serve answers on l until ctx ends, then lets running answers finish for a few
// seconds. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      writeTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		err := srv.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = srv.Close() // an export without end
		}
		stopped <- err
	})
	err := srv.Serve(l)
	if !stop() {
		err = errors.Join(err, <-stopped)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving: %w", err)
}
