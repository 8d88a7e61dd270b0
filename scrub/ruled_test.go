package scrub

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

func parsePolicy(t interface {
	Helper()
	Fatal(...any)
}, file string) *policy.Policy {
	t.Helper()
	p, problems, err := policy.Parse("scrub.yaml", []byte(file), time.Now)
	if err != nil {
		t.Fatal(problems.String(), file)
	}
	return p
}

func policyEngine(t testing.TB, ring *token.Keyring, p *policy.Policy) *Engine {
	t.Helper()
	tk, err := token.New(ring, "promises")
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Tenant: "promises", Tokens: tk, Link: p.Link(), Policy: p})
}

// anyPolicy draws a policy without the word unsafe. What it allows are other
// people's values, or id's own as something that they are not.
func anyPolicy(t *rapid.T, id, other identity) string {
	var b strings.Builder
	b.WriteString("version: 1\nclasses:\n  vin: label\n")
	for k := recognizer.None + 1; k < recognizer.Kind(len(recognizer.All)); k++ {
		words := []string{"", "", "label", "token", "drop"}
		if policy.Coarse(k) {
			words = append(words, "coarsen")
		}
		if w := rapid.SampledFrom(words).Draw(t, "treatment"); w != "" && k != recognizer.Custom && k != recognizer.VIN {
			fmt.Fprintf(&b, "  %s: %s\n", k, w)
		}
	}
	b.WriteString("allow:\n")
	allow := func(class, value string) {
		fmt.Fprintf(&b, "  - {name: a%d, class: %s, value: %q, reason: r, owner: o, expires: 2099-01-01}\n", b.Len(), class, value)
	}
	allow("us_ssn", other.SSN)
	allow("email", other.Email)
	allow("A", other.First+" "+other.Last)
	for class, value := range map[string]string{"email": id.SSN, "us_phone": id.MRN, "us_ssn": id.Email, "vin": id.Phone, "Q": id.Last, "M": id.Birth} {
		if rapid.Bool().Draw(t, "as something else") {
			allow(class, value)
		}
	}
	b.WriteString("  - {name: p, class: H, pattern: 'TEST-\\d{3}', reason: r, owner: o, expires: 2099-01-01}\n")
	b.WriteString("recognizers:\n  - {name: v, class: R, pattern: 'NV-\\d{4}'}\n  - {name: c, as: mrn, pattern: '\\d{4,9}', context: [chart, patient]}\n")
	if rapid.Bool().Draw(t, "session_ip") {
		b.WriteString("session_ip: {mode: authenticated_only}\n")
	}
	return b.String()
}

// TestNoPolicyWithoutUnsafeLetsThrough: a planted identifier survives no policy
// that does not say unsafe, and scrubbing twice under it is scrubbing once.
func TestNoPolicyWithoutUnsafeLetsThrough(t *testing.T) {
	ring := newKeys(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		id, other := newIdentity(r), newIdentity(r)
		if id.Last == other.Last || id.SSN == other.SSN || id.Email == other.Email {
			return
		}
		file := anyPolicy(rt, id, other)
		e := policyEngine(t, ring, parsePolicy(rt, file))
		for range 8 {
			p := plant(r, id)
			rig := newRig(t, p.place.format, e)
			if code := rig.record(p.raw); code != "" {
				rt.Fatalf("%v: tombstone %s\n%s", p, code, file)
			}
			for c, text := range rig.texts() {
				if s := p.survives(text); s != "" {
					rt.Fatalf("%v: %q survives in %s: %s\n%s", p, s, c, text, file)
				}
			}
			once, _, code := rig.filter(p.raw)
			once = append([]byte(nil), once...)
			twice, _, again := rig.filter(once)
			if code != "" || again != "" || string(once) != string(twice) {
				rt.Fatalf("%v: %s %s\n%s\n%s\n%s", p, code, again, once, twice, file)
			}
		}
	})
}

// TestCleanTextsAreNotRemembered: a text in which something was let stand, or
// would match behind another key, is looked at each time.
func TestCleanTextsAreNotRemembered(t *testing.T) {
	e := policyEngine(t, newKeys(t), parsePolicy(t, `version: 1
sources:
  aws_waf: {classes: {us_npi: {unsafe_keep: "they are public"}}}
recognizers:
  - {name: chart, class: H, pattern: 'ZZ\d{8}ZZ', context: [chart]}
`))
	app, waf := newRig(t, "app", e), newRig(t, "waf", e)
	f := func(r *rig, raw, want string) {
		t.Helper()
		if got, _, code := r.filter([]byte(raw)); code != "" || !strings.Contains(string(got), want) {
			t.Errorf("got %s %s, want %s", got, code, want)
		}
	}
	for range 3 {
		f(waf, `{"timestamp":1772359200123,"formatVersion":1,"action":"ALLOW","httpRequest":{"clientIp":"203.0.113.9","args":"provider NPI 1234567893","httpMethod":"GET"}}`, "NPI 1234567893")
		f(app, `{"args":"provider NPI 1234567893"}`, "[phi-us_npi]")
		f(app, `{"order":"ZZ12345678ZZ and more"}`, "ZZ12345678ZZ")
		f(app, `{"chart":"ZZ12345678ZZ and more"}`, "[phi-chart] and more")
		f(app, `{"message":"chart ZZ12345678ZZ"}`, "chart [phi-chart]")
	}
}

// TestTheGateStays: what a rule lets stand passes the egress gate; the same shape
// that no rule speaks of does not.
func TestTheGateStays(t *testing.T) {
	e := policyEngine(t, newKeys(t), parsePolicy(t, `version: 1
allow:
  - {name: a, class: us_ssn, value: 123-45-6789, reason: r, owner: o, expires: 2099-01-01}
`))
	app := newRig(t, "app", e)
	got, _, code := app.filter([]byte(`{"message":"SSN 123-45-6789 and 219-09-9998"}`))
	if code != "" || string(got) != `{"message":"SSN 123-45-6789 and [phi-us_ssn]"}` {
		t.Errorf("got %s %s", got, code)
	}
	e.raw = []byte("x 123-45-6789 219-09-9998")
	e.spared, e.matches = []spared{{2, 13}}, nil
	if !e.leaksBeside() {
		t.Error("a leak beside what may stand is not seen")
	}
	if e.spared = append(e.spared, spared{14, 25}); e.leaksBeside() {
		t.Error("what may stand is a leak")
	}
}

// TestRulesCostNoAllocation: neither matches under rules nor texts in which a
// policy's own recognizers look.
func TestRulesCostNoAllocation(t *testing.T) {
	e := policyEngine(t, newKeys(t), parsePolicy(t, `version: 1
classes: {C: coarsen, us_npi: token, ip_address: coarsen}
allow:
  - {name: a, class: us_phone, value: 415-555-0142, reason: r, owner: o, expires: 2099-01-01}
recognizers:
  - {name: visit, class: R, pattern: 'NV-\d{4}', treat: token, type: encounter}
  - {name: chart, as: mrn, pattern: '\d{6}', context: [chart]}
`))
	app := newRig(t, "app", e)
	raw := []byte(`{"client_ip":"198.51.100.7","message":"born 1950-03-09 NPI 1234567893 call 415-555-0142 visit NV-1234 chart 884421","n":4}`)
	if out, ms, code := app.filter(raw); code != "" || len(ms) != 5 {
		t.Fatalf("%d matches, %s %s", len(ms), code, out)
	}
	if allocs := testing.AllocsPerRun(200, func() { app.filter(raw) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestCounts: a policy's own recognizers are counted by their names.
func TestCounts(t *testing.T) {
	e := policyEngine(t, newKeys(t), parsePolicy(t, `version: 1
recognizers:
  - {name: visit, class: R, pattern: 'NV-\d{4}'}
  - {name: badge, class: R, pattern: 'BDG\d{4}'}
`))
	if out, _, code := newRig(t, "app", e).filter([]byte(`{"message":"NV-1234 BDG1234 BDG1235 SSN 123-45-6789"}`)); code != "" {
		t.Fatal(code, out)
	}
	got := map[string]uint64{}
	for i, n := range e.Counts() {
		if n > 0 {
			got[e.Counted(i)] = n
		}
	}
	if len(got) != 3 || got["visit"] != 1 || got["badge"] != 2 || got["us_ssn"] != 1 {
		t.Errorf("got %v", got)
	}
}

// TestAddressesUnderRules: whatever becomes of an address in the text, its column
// does not say more.
func TestAddressesUnderRules(t *testing.T) {
	f := func(file, record, inText string, column netip.Addr) {
		t.Helper()
		app := newRig(t, "app", policyEngine(t, newKeys(t), parsePolicy(t, "version: 1\n"+file)))
		if code := app.record([]byte(record)); code != "" {
			t.Fatal(code)
		}
		if native := app.texts()[schemas.Native]; !strings.Contains(native, inText) {
			t.Errorf("%s: got %s", file, native)
		}
		if got := netip.AddrFrom16(app.batch.Addrs(schemas.SrcIP)[0]).Unmap(); got != column && (got != netip.IPv6Unspecified() || column.IsValid()) {
			t.Errorf("%s: the column has %s", file, got)
		}
	}
	const alone, beside = `{"client_ip":"198.51.100.7"}`, `{"user_id":"ingrid77","client_ip":"198.51.100.7"}`
	whole, network := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("198.51.100.0")
	f("", alone, "198.51.100.7", whole)
	f("", beside, "t1.ip.1.", network)
	f("classes: {O: label}", alone, "[phi-ip_address]", netip.Addr{})
	f("classes: {O: label}", beside, `"[phi-ip_address]"`, netip.Addr{})
	f("classes: {ip_address: drop}", beside, `"[phi-dropped]"`, netip.Addr{})
	f("classes: {ip_address: token}", alone, "t1.ip.1.", network)
	f("classes: {ip_address: coarsen}", beside, `"[phi-ip_address.198.51.100.0_24]"`, network)
	f("classes: {ip_address: {unsafe_keep: x}}", beside, "198.51.100.7", whole)
	f("allow: [{name: a, class: O, value: 198.51.100.7, reason: r, owner: o, expires: 2099-01-01}]", beside, "198.51.100.7", whole)
	f("session_ip: {mode: off}", beside, "198.51.100.7", whole)
	f("session_ip: {exempt: [198.51.100.0/24]}", beside, "198.51.100.7", whole)
	f("session_ip: {exempt: [private]}", beside, "t1.ip.1.", network)
}
