package identity

import "testing"

func TestCovers(t *testing.T) {
	all := Scope{Tenant: "a"}
	alb := Scope{Tenant: "a", Sources: []string{"aws_alb"}}
	both := Scope{Tenant: "a", Sources: []string{"aws_waf", "aws_alb"}}
	blind := Scope{Tenant: "a", HiddenFields: []string{"src", "patient"}}
	less := Scope{Tenant: "a", HiddenFields: []string{"src"}}
	for _, c := range []struct {
		name        string
		seer, shown Scope
		want        bool
	}{
		{"itself", alb, alb, true}, {"all covers some", all, alb, true}, {"some do not cover all", alb, all, false},
		{"two cover one", both, alb, true}, {"one does not cover two", alb, both, false},
		{"hidden fields are not covered", less, all, false}, {"the same hidden", less, less, true}, {"more was hidden", less, blind, true}, {"less was hidden", blind, less, false},
		{"another tenant", all, Scope{Tenant: "b"}, false}, {"nobody", Scope{}, all, false},
	} {
		if got := c.seer.Covers(c.shown); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestNobodyIsInAnEmptyContext(t *testing.T) {
	if p, ok := From(t.Context()); ok || p.Role != "" {
		t.Errorf("%+v", p)
	}
	if p, ok := From(With(t.Context(), Local("a"))); !ok || p.Role != Admin || p.Scope.Tenant != "a" {
		t.Errorf("%+v", p)
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range Roles {
		if got, err := ParseRole(string(r)); got != r || err != nil {
			t.Error(r, got, err)
		}
	}
	for _, name := range []string{"", "root", "Admin", "admin "} {
		if r, err := ParseRole(name); err == nil {
			t.Errorf("%q is %q", name, r)
		}
	}
}
