package identity

import "slices"

// Right says who may use one route of the API or the page.
type Right struct {
	Route string // method and path, as it is served
	Roles []Role // nil: whoever asks, recognised or not
	Needs Need
}

// Need is what a route asks of a principal besides its role.
type Need uint8

// Needs.
const (
	Changes Need = 1 << iota // it changes something: not for scopes that only read
	Fields                   // its answer cannot leave fields out: not for scopes that hide some
	Whole                    // its answer is about the whole tenant: not for narrow scopes
	Unasked                  // auditors need no reason for it
)

var (
	anybody []Role
	readers = Roles
	askers  = []Role{Analyst, Engineer, Admin} // whose questions follow no audit's plan
	takers  = []Role{Analyst, Auditor, Admin}  // who may carry answers away
	second  = []Role{Admin}                    // who may let others see what lies in quarantine
)

// rights is the table of what is served: what is not in it is not.
//
// Auditors change nothing, write no statements of their own and do not look over
// shoulders (tail); what they take away is on record with their reason. Engineers
// need events to write rules, not files of them.
var rights = []Right{
	{"GET /v1/events", readers, 0},
	{"GET /v1/access", readers, 0},
	{"GET /v1/timeline", readers, 0},
	{"GET /v1/summary", readers, 0},
	{"GET /v1/histogram", readers, 0},
	{"GET /v1/facets", readers, 0},
	{"GET /v1/sources", readers, 0},
	{"GET /v1/fields", readers, 0},
	{"GET /v1/complete", readers, 0},
	{"GET /v1/explain", readers, 0},
	{"GET /v1/tail", askers, 0},
	{"GET /v1/sql", askers, 0},
	{"GET /v1/archive/objects", readers, 0},
	{"GET /v1/archive/coverage", readers, 0},
	{"GET /v1/archive/proofs", readers, Fields},
	{"GET /v1/archive/holds", readers, Whole},
	{"GET /v1/archive/key", readers, Unasked},
	{"GET /fhir/AuditEvent", readers, 0},
	{"GET /fhir/AuditEvent/{id}", readers, 0},

	{"GET /v1/exports", takers, 0},
	{"POST /v1/exports", takers, 0},
	{"GET /v1/exports/{id}", takers, 0},
	{"DELETE /v1/exports/{id}", takers, 0},
	{"GET /v1/exports/{id}/file", takers, 0},

	{"GET /v1/alerts", readers, Fields},
	{"GET /v1/alerts/routes", readers, Whole},
	{"GET /v1/alerts/{id}", readers, Fields},
	{"GET /v1/rules/runs", readers, Whole},
	{"POST /v1/alerts/{id}/ack", askers, Fields | Changes},
	{"POST /v1/alerts/{id}/close", askers, Fields | Changes},

	{"GET /v1/reports", takers, Whole},
	{"GET /v1/reports/{id}", takers, Whole},
	{"GET /v1/packs", takers, Whole},
	{"POST /v1/packs", takers, Whole},
	{"GET /v1/packs/{id}", takers, Whole},
	{"GET /v1/packs/{id}/file", takers, Whole},

	{"GET /v1/reveals", readers, Whole | Fields},
	{"POST /v1/reveals", askers, Whole | Fields | Changes},
	{"GET /v1/reveals/{id}", readers, Whole | Fields},
	{"DELETE /v1/reveals/{id}", askers, Whole | Fields | Changes},
	{"POST /v1/reveals/{id}/approve", second, Whole | Fields | Changes},
	{"POST /v1/reveals/{id}/open", askers, Whole | Fields | Changes},

	{"GET /metrics", askers, Whole},

	{"GET /v1/whoami", readers, Unasked},
	{"POST /v1/reason", readers, Unasked},
	{"GET /{$}", readers, Unasked},

	{"GET /login", anybody, 0},
	{"POST /login", anybody, 0},
	{"POST /logout", anybody, 0},
	{"GET /login/callback", anybody, 0},
	{"GET /assets/", anybody, 0},
	{"GET /fhir/metadata", anybody, 0},
	{"GET /openapi.json", anybody, 0},
	{"GET /livez", anybody, 0},
	{"GET /readyz", anybody, 0},
}

// Rights lists the table.
func Rights() []Right { return slices.Clone(rights) }

// RightTo finds who may use a route; ok is false if the table has none.
func RightTo(route string) (r Right, ok bool) {
	i := slices.IndexFunc(rights, func(r Right) bool { return r.Route == route })
	if i < 0 {
		return Right{}, false
	}
	return rights[i], true
}

// Open reports whether the route is for whoever asks.
func (r Right) Open() bool { return r.Roles == nil }
