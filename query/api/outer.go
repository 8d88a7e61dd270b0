package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/query/identity"
)

type ctxKey uint8

const keyRequest ctxKey = 0

func requestID(r *http.Request) string {
	id, _ := r.Context().Value(keyRequest).(string)
	return id
}

func whoAsks(r *http.Request) identity.Principal {
	p, _ := identity.From(r.Context())
	return p
}

// outer is around everything: a request id, safe headers, the host check, and
// panics that end as a problem.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		_, _ = rand.Read(raw[:])
		id := hex.EncodeToString(raw[:])
		r = r.WithContext(context.WithValue(r.Context(), keyRequest, id))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		rec := &recorder{ResponseWriter: w}
		w = rec
		defer func() {
			if rec.status >= http.StatusBadRequest {
				s.opt.Log.Warn().Str("audit", "refused").Str("request", id).Str("from", r.RemoteAddr).Str("route", r.Pattern).Int("status", rec.status).Msg("request refused")
			}
		}()
		defer func() {
			v := recover()
			switch {
			case v == nil:
			case v == http.ErrAbortHandler: // a stream that must not look finished
				panic(v)
			default:
				// What was thrown may quote data: only where it was thrown is logged.
				s.opt.Log.Error().Str("request", id).Str("stack", frames(debug.Stack())).Msg("panic in a request")
				writeProblem(w, r, problem{Status: http.StatusInternalServerError, Kind: "internal", Detail: "something went wrong here; the log has it under this request id"})
			}
		}()
		if s.auth.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if o := s.auth.access.Origin; !loopback(hostOf(r)) && (o == nil || !strings.EqualFold(r.Host, o.Host)) {
			writeProblem(w, r, problem{Status: http.StatusMisdirectedRequest, Kind: "wrong-host", Detail: "this server answers to localhost, 127.0.0.1, [::1] and the host of its configuration only"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := s.foreign.Check(r); err != nil {
			s.denied(r, r.Method, identity.Principal{}, errCrossOrigin)
			writeProblem(w, r, problem{Status: http.StatusForbidden, Kind: "cross-origin", Detail: errCrossOrigin.Error()})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(code int) {
	if r.status == 0 {
		r.status = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// maxBody is the longest body of a request, in bytes.
const maxBody = 64 << 10

var errCrossOrigin = errors.New("a page of another origin may change nothing here")

// frames keeps the file names and lines of a stack: its arguments are addresses
// and small values, its first line is what was thrown.
func frames(stack []byte) string {
	var out []string
	for line := range strings.SplitSeq(string(stack), "\n") {
		if file, ok := strings.CutPrefix(line, "\t"); ok {
			file, _, _ = strings.Cut(file, " +0x")
			out = append(out, file)
		}
	}
	return strings.Join(out, " < ")
}

// checkParams returns the first parameter that is not in the list, or stands twice
// and may not.
func checkParams(r *http.Request, allowed, repeated []string) (string, bool) {
	for name, values := range r.URL.Query() {
		if !slices.Contains(allowed, name) || len(values) > 1 && !slices.Contains(repeated, name) {
			return name[:min(len(name), 40)], false
		}
	}
	return "", true
}

// wrongMethod answers requests for a path that is served with other methods only.
func wrongMethod(allowed []string) http.HandlerFunc {
	allowed = slices.Clone(allowed)
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", list)
		writeProblem(w, r, problem{Status: http.StatusMethodNotAllowed, Kind: "method", Detail: "this path takes " + list})
	}
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, problem{Status: http.StatusNotFound, Kind: "not-found", Detail: "nothing is served here; /openapi.json lists what is"})
}
