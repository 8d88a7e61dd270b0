package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/query/identity"
)

// Each route of the table is served to its roles and to nobody else.
func TestEachRouteIsForItsRolesOnly(t *testing.T) {
	s := serve(t)
	for _, r := range identity.Rights() {
		method, path, _ := strings.Cut(r.Route, " ")
		path = strings.NewReplacer("{$}", "", "{id}", "nothing").Replace(path)
		if path == "/assets/" {
			path += "main.js"
		}
		refused := func(code int) bool { return code == http.StatusUnauthorized || code == http.StatusForbidden }
		resp, body := s.do(t, method, path, nil, "Authorization", "")
		switch {
		case r.Open() && path == "/login" && method == http.MethodPost: // it wants a token of its own
		case r.Open() && (refused(resp.StatusCode) || strings.Contains(string(body), "nothing is served here") || resp.StatusCode == http.StatusMethodNotAllowed):
			t.Errorf("%s for anybody: %d", r.Route, resp.StatusCode)
		case !r.Open() && resp.StatusCode != http.StatusUnauthorized:
			t.Errorf("%s for nobody: %d", r.Route, resp.StatusCode)
		}
		if r.Open() || r.Route == "GET /v1/tail" { // a tail does not end
			continue
		}
		for _, role := range identity.Roles {
			header, value := s.as(t, role, nil)
			resp, body := s.do(t, method, path, nil, header, value)
			if want := !slices.Contains(r.Roles, role); refused(resp.StatusCode) != want || strings.Contains(string(body), "nothing is served here") {
				t.Errorf("%s for %s: %d, want refused %v", r.Route, role, resp.StatusCode, want)
			}
		}
	}
	if n := strings.Count(s.log.String(), `"audit":"denied"`); n < 40 {
		t.Errorf("%d denials are in the log", n)
	}
}
