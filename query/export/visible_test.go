package export

import (
	"testing"

	"github.com/scrubline/scrubline/query/identity"
)

func TestExportsAreVisibleToThoseWhoMaySeeTheirRows(t *testing.T) {
	all, alb := identity.Scope{Tenant: "a"}, identity.Scope{Tenant: "a", Sources: []string{"aws_alb"}}
	f := func(what string, want bool, role identity.Role, subject string, now identity.Scope, m Manifest) {
		t.Helper()
		if got := m.Visible(identity.Principal{Subject: subject, Role: role, Scope: now}); got != want {
			t.Errorf("%s: %v", what, got)
		}
	}
	f("one's own", true, identity.Analyst, "ann", all, Manifest{Who: "ann", Scope: all})
	f("another's", false, identity.Analyst, "bob", all, Manifest{Who: "ann", Scope: all})
	f("another's, an admin", true, identity.Admin, "bob", all, Manifest{Who: "ann", Scope: alb})
	f("made when more was seen", false, identity.Analyst, "ann", alb, Manifest{Who: "ann", Scope: all})
	f("made when less was seen", true, identity.Analyst, "ann", all, Manifest{Who: "ann", Scope: alb})
	f("of another tenant", false, identity.Admin, "ann", all, Manifest{Who: "ann", Scope: identity.Scope{Tenant: "b"}})
	f("of before there were scopes", true, identity.Admin, "bob", all, Manifest{Who: "token"})
	f("of before, for a part", false, identity.Admin, "bob", alb, Manifest{Who: "token"})
	f("of before, not an admin", false, identity.Analyst, "bob", all, Manifest{Who: "token"})
}
