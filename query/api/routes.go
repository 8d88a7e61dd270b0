package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query/fhir"
	"github.com/scrubline/scrubline/query/reveal"
	"github.com/scrubline/scrubline/query/web"
	"github.com/scrubline/scrubline/schemas"
)

// route is one path that is served with one method. params are the query parameters
// it takes; any other is refused.
type route struct {
	method   string // "": GET
	path     string
	params   []string
	repeated []string // of params, those that may stand more than once
	handler  func(http.ResponseWriter, *http.Request)
}

// Parameters that several routes take.
var (
	question = []string{"q", "since", "until", "tz"}
	paged    = []string{"limit", "cursor", "format"}
	subject  = []string{"resource", "patient", "actor", "session"}
	period   = []string{"since", "until", "tz"}
	about    = []string{"patient", "actor", "reason"}
)

// list is everything that schemas/openapi.json describes: a file for each.
func (s *Server) list() []route {
	metrics := promhttp.HandlerFor(s.opt.Registry, promhttp.HandlerOpts{})
	return []route{
		{path: "/v1/events", params: slices.Concat(question, paged), handler: s.query(s.events)},
		{path: "/v1/access", params: slices.Concat(subject, []string{"by"}, question, paged), handler: s.query(s.access)},
		{path: "/v1/timeline", params: slices.Concat(subject, []string{"step"}, question), handler: s.query(s.timeline)},
		{path: "/v1/summary", params: question, handler: s.query(s.summary)},
		{path: "/v1/histogram", params: question, handler: s.query(s.histogram)},
		{path: "/v1/facets", params: slices.Concat(question, []string{"fields"}), handler: s.query(s.facets)},
		{path: "/v1/sources", params: []string{"since", "until", "tz", "format"}, handler: s.query(s.sources)},
		{path: "/v1/fields", handler: s.fields},
		{path: "/v1/complete", params: []string{"q", "at", "tz"}, handler: s.query(s.complete)},
		{path: "/v1/explain", params: slices.Concat(question, []string{"limit"}), handler: s.query(s.explain)},
		{path: "/v1/tail", params: question, handler: s.limited(s.tails, s.tail)},
		{path: "/v1/archive/objects", params: []string{"source", "since", "until", "tz", "limit", "cursor"}, handler: s.query(s.objects)},
		{path: "/v1/archive/coverage", params: []string{"since", "until", "tz"}, handler: s.query(s.coverage)},
		{path: "/v1/archive/proofs", params: []string{"batch", "record"}, handler: s.sealed(proof)},
		{path: "/v1/archive/holds", handler: s.sealed(holds)},
		{path: "/v1/archive/key", handler: s.sealed(sealKey)},
		{path: "/v1/sql", params: []string{"sql", "limit"}, handler: s.query(s.sql)},
		{path: "/v1/exports", handler: s.query(exported(listExports))},
		{method: http.MethodPost, path: "/v1/exports", params: slices.Concat(question, []string{"format", "columns"}), handler: s.query(exported(startExport))},
		{path: "/v1/exports/{id}", handler: s.query(exported(oneExport))},
		{method: http.MethodDelete, path: "/v1/exports/{id}", handler: s.query(exported(cancelExport))},
		{path: "/v1/exports/{id}/file", handler: s.limited(s.files, exported(exportFile))},
		{path: "/v1/alerts", params: []string{"state", "level", "order", "rule", "since", "until", "tz", "suppressed", "drills", "limit", "cursor"}, handler: s.alerted(alerts)},
		{path: "/v1/alerts/routes", handler: s.alerted(alertRoutes)},
		{path: "/v1/rules/runs", params: []string{"rule", "kind", "since", "until", "tz", "limit"}, handler: s.alerted(ruleRuns)},
		{path: "/v1/alerts/{id}", handler: s.alerted(oneAlert)},
		{method: http.MethodPost, path: "/v1/alerts/{id}/ack", handler: s.alerted(setAlert(book.Acknowledged))},
		{method: http.MethodPost, path: "/v1/alerts/{id}/close", handler: s.alerted(setAlert(book.Closed))},
		{path: "/v1/reports", handler: s.reported(listReports)},
		{path: "/v1/reports/{id}", params: slices.Concat(period, about, []string{"format"}), handler: s.reported(oneReport)},
		{path: "/v1/packs", handler: s.reported(listPacks)},
		{method: http.MethodPost, path: "/v1/packs", params: slices.Concat(period, about), handler: s.reported(startPack)},
		{path: "/v1/packs/{id}", handler: s.reported(onePack)},
		{path: "/v1/packs/{id}/file", handler: s.reported(packFile)},
		{path: "/v1/reveals", handler: s.revealed(listReveals)},
		{method: http.MethodPost, path: "/v1/reveals", handler: s.revealed(askReveal)},
		{path: "/v1/reveals/{id}", handler: s.revealed(changeReveal((*reveal.Book).Find))},
		{method: http.MethodDelete, path: "/v1/reveals/{id}", handler: s.revealed(changeReveal((*reveal.Book).End))},
		{method: http.MethodPost, path: "/v1/reveals/{id}/approve", handler: s.revealed(changeReveal((*reveal.Book).Approve))},
		{method: http.MethodPost, path: "/v1/reveals/{id}/open", handler: s.revealed(openReveal)},
		{path: "/fhir/AuditEvent", params: fhir.Params, repeated: []string{"date", "entity"}, handler: s.fhirQuery(s.searchFHIR)},
		{path: "/fhir/AuditEvent/{id}", handler: s.fhirQuery(s.readFHIR)},
		{path: "/fhir/metadata", handler: s.capability},
		{path: "/metrics", handler: metrics.ServeHTTP},
		{path: "/v1/whoami", handler: s.whoami},
		{method: http.MethodPost, path: "/v1/reason", handler: s.sayReason},
		{path: "/openapi.json", handler: serveOpenAPI},
		{path: "/livez", handler: func(w http.ResponseWriter, _ *http.Request) { writePlain(w, http.StatusOK, "ok") }},
		{path: "/readyz", handler: s.ready},
	}
}

// build puts the routes, the page and logging in together.
func (s *Server) build() (http.Handler, error) {
	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	for _, r := range s.routes {
		h := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if name, ok := checkParams(req, r.params, r.repeated); !ok {
				writeProblem(w, req, problem{Status: http.StatusBadRequest, Kind: "bad-parameter", Param: name,
					Detail: "this parameter is unknown here or stands twice"})
				return
			}
			r.handler(w, req)
		})
		method := r.method
		if method == "" {
			method = http.MethodGet
		}
		methods[r.path] = append(methods[r.path], method)
		if err := s.handle(mux, method+" "+r.path, h); err != nil {
			return nil, err
		}
	}
	for path, allowed := range methods {
		for _, m := range otherMethods(allowed) { // each by its name: /v1/alerts/routes is not /v1/alerts/{id}
			mux.HandleFunc(m+" "+path, wrongMethod(allowed))
		}
	}
	mux.HandleFunc("/v1/", notFound)
	home, err := s.home(web.Handler())
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /{$}", home)
	for route, h := range map[string]http.Handler{
		"GET /login": http.HandlerFunc(s.toProvider), "GET /login/callback": http.HandlerFunc(s.fromProvider),
		"POST /login": http.HandlerFunc(s.login), "POST /logout": http.HandlerFunc(s.logout), "GET /assets/": web.Handler(),
	} {
		if err := s.handle(mux, route, h); err != nil {
			return nil, err
		}
	}
	mux.HandleFunc("/", notFound)
	return s.outer(mux), nil
}

// handle serves a route to those who may use it.
func (s *Server) handle(mux *http.ServeMux, route string, h http.Handler) error {
	h, err := s.guarded(route, h, nil)
	if err == nil {
		mux.Handle(route, h)
	}
	return err
}

// otherMethods lists the methods of HTTP that are not allowed; HEAD goes with GET.
func otherMethods(allowed []string) []string {
	all := []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace}
	if !slices.Contains(allowed, http.MethodGet) {
		all = append(all, http.MethodGet)
	}
	return slices.DeleteFunc(all, func(m string) bool { return slices.Contains(allowed, m) })
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
