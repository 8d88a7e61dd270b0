package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/query/reports"
	"github.com/scrubline/scrubline/query/reveal"
)

// Options configure a Server.
type Options struct {
	Service  *query.Service
	Token    string               // bearer token of this machine's holder, MinToken characters at least
	Tokens   query.Tokens         // makes the tokens that stand in the audit log; nil: raw values become [text]
	Registry *prometheus.Registry // the server's metrics go there; /metrics shows all of it
	Log      zerolog.Logger
	Now      func() time.Time // nil: time.Now
	Queries  int              // queries at a time; default 4
	Exports  *export.Store    // nil: there are none
	Alerts   *book.Book       // nil: there are none
	// Routes says how the routes of alerts are doing; it is set with Alerts.
	Routes  func(context.Context) ([]book.Health, error)
	Reports *reports.Desk // nil: none are made
	SealLog SealLog       // nil: the archive is not at hand
	Reveals *reveal.Book  // nil: nothing that lies in quarantine is shown
	Audit   audit.Log     // where everything is put on record; without one nothing is answered
	Access  Access        // who may ask besides the holder of Token
}

// MinToken is the shortest bearer token that is accepted.
const MinToken = 16

const (
	defaultQueries = 4
	shutdownTime   = 5 * time.Second
	writeTime      = time.Minute // for an answer, or between two parts of a stream
)

// ErrNotLoopback means that an address is open to other machines.
var ErrNotLoopback = errors.New("other machines reach this address")

// Server is the HTTP API and the page.
type Server struct {
	opt     Options
	auth    *auth
	metrics *metrics
	slots   *slots
	tails   *slots
	files   *slots          // downloads
	ending  context.Context // ends when the server is asked to
	end     context.CancelFunc
	routes  []route
	handler http.Handler
	foreign *http.CrossOriginProtection

	strangers *strangers
}

// New returns a server that is not listening yet.
func New(opt Options) (*Server, error) {
	if len(opt.Token) < MinToken {
		return nil, fmt.Errorf("api: the bearer token has fewer than %d characters", MinToken)
	}
	if opt.Audit == nil {
		return nil, errors.New("api: there is no audit log")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Queries == 0 {
		opt.Queries = defaultQueries
	}
	if opt.Service != nil {
		opt.Service = opt.Service.Named()
	}
	s := &Server{opt: opt, auth: newAuth(&opt), slots: newSlots(opt.Queries), tails: newSlots(maxTails), files: newSlots(maxDownloads), foreign: http.NewCrossOriginProtection(), strangers: newStrangers()}
	if o := opt.Access.Origin; o != nil {
		if err := s.foreign.AddTrustedOrigin(o.String()); err != nil {
			return nil, fmt.Errorf("api: origin: %w", err)
		}
	}
	s.ending, s.end = context.WithCancel(context.Background())
	var err error
	if s.metrics, err = newMetrics(opt.Registry); err != nil {
		return nil, err
	}
	s.routes = s.list()
	if s.handler, err = s.build(); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler returns the whole server, for tests and for other listeners.
func (s *Server) Handler() http.Handler { return s.handler }

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
		s.end()
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
