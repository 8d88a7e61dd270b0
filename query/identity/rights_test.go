package identity

import (
	"errors"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestNobodyMayDoAnything(t *testing.T) {
	for _, r := range Rights() {
		if err := r.Allows(Principal{}, noon); (err == nil) != r.Open() {
			t.Errorf("%s: %v", r.Route, err)
		}
	}
}

func TestEachRouteStandsOnceAndForKnownRoles(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rights() {
		if seen[r.Route] {
			t.Errorf("%s stands twice", r.Route)
		}
		seen[r.Route] = true
		for _, role := range r.Roles {
			if !slices.Contains(Roles, role) {
				t.Errorf("%s: role %s", r.Route, role)
			}
		}
		if !r.Open() && !slices.Contains(r.Roles, Admin) {
			t.Errorf("%s is not for admins", r.Route)
		}
	}
}

func TestAllows(t *testing.T) {
	as := func(role Role, change func(*Principal)) Principal {
		p := Principal{Subject: "x", Role: role, Scope: Scope{Tenant: "a"}, Reason: "audit 7"}
		if change != nil {
			change(&p)
		}
		return p
	}
	f := func(route string, p Principal, want error) {
		t.Helper()
		r, ok := RightTo(route)
		if !ok {
			t.Fatalf("no right for %s", route)
		}
		if err := r.Allows(p, noon); !errors.Is(err, want) {
			t.Errorf("%s as %+v: %v, want %v", route, p, err, want)
		}
	}
	f("GET /v1/events", as(Analyst, nil), nil)
	f("GET /v1/events", as("root", nil), ErrRole)
	f("GET /v1/events", as(Analyst, func(p *Principal) { p.Expires = noon }), ErrExpired)
	f("GET /v1/events", as(Analyst, func(p *Principal) { p.Expires = noon.Add(1) }), nil)
	f("GET /v1/events", as(Analyst, func(p *Principal) { p.Scope.Tenant = "" }), ErrNobody)
	f("GET /v1/events", as(Auditor, func(p *Principal) { p.Reason = "" }), ErrReason)
	f("GET /v1/whoami", as(Auditor, func(p *Principal) { p.Reason = "" }), nil)
	f("GET /v1/sql", as(Auditor, nil), ErrRole)
	f("POST /v1/alerts/{id}/ack", as(Auditor, nil), ErrRole)
	f("POST /v1/exports", as(Engineer, nil), ErrRole)
	f("POST /v1/alerts/{id}/close", as(Analyst, func(p *Principal) { p.Scope.ReadOnly = true }), ErrReadOnly)
	f("GET /v1/alerts", as(Analyst, func(p *Principal) { p.Scope.HiddenFields = []string{"src"} }), ErrFields)
	f("GET /v1/alerts", as(Analyst, func(p *Principal) { p.Scope.Sources = []string{"app"} }), nil)
	f("POST /v1/packs", as(Analyst, func(p *Principal) { p.Scope.Sources = []string{"app"} }), ErrNarrow)
	f("GET /metrics", as(Admin, nil), nil)
	if _, ok := RightTo("GET /v1/everything"); ok {
		t.Error("a route that is not there has a right")
	}
}
