package scrub

import (
	"strings"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
)

// TestAddressOfASessionIsATokenElsewhere: the address of a session's request is
// replaced in flow logs of about the same time, and stays in those of two days
// before and in those of another tenant.
func TestAddressOfASessionIsATokenElsewhere(t *testing.T) {
	ring := newKeys(t)
	w := link.New(link.Options{})
	engine := func(tenant string, w *link.Window) *Engine {
		tk, err := token.New(ring, tenant)
		if err != nil {
			t.Fatal(err)
		}
		return New(Options{Tenant: tenant, Tokens: tk, Link: link.Default(), Window: w})
	}
	const (
		session = `{"timestamp":1772359200123,"httpRequest":{"clientIp":"203.0.113.9","headers":[{"name":"Cookie","value":"SESSION=0123456789abcdef"}],"uri":"/","httpMethod":"GET"}}`
		flow    = "2 111122223333 eni-0123456789abcdef0 203.0.113.9 10.0.1.5 4242 443 6 20 4249 1772359200 1772359260 ACCEPT OK"
		before  = "2 111122223333 eni-0123456789abcdef0 203.0.113.9 10.0.1.5 4242 443 6 20 4249 1772159200 1772159260 ACCEPT OK"
		other   = "2 111122223333 eni-0123456789abcdef0 203.0.113.8 10.0.1.5 4242 443 6 20 4249 1772359200 1772359260 ACCEPT OK"
	)
	if code := newRig(t, "waf", engine("mercy", w)).record([]byte(session)); code != "" {
		t.Fatal(code)
	}
	flows := newRig(t, "vpcflow", engine("mercy", w))
	for line, linked := range map[string]bool{flow: true, before: false, other: false} {
		flows.newBatch()
		if code := flows.record([]byte(line)); code != "" {
			t.Fatal(code)
		}
		if got := strings.Contains(flows.texts()[schemas.Native], " t1.ip.1."); got != linked {
			t.Errorf("%s: replaced: %v", line, got)
		}
		if got := flows.batch.Addrs(schemas.SrcIP)[0][15] == 0; got != linked {
			t.Errorf("%s: src_ip cut: %v", line, got)
		}
	}
	if out, _, _ := newRig(t, "vpcflow", engine("grace", link.New(link.Options{}))).filter([]byte(flow)); string(out) != flow {
		t.Errorf("another tenant's flow became %s", out)
	}
}

// TestLinkedFlowsDoNotAllocate: flow records whose addresses are looked up, linked
// or not, cost no memory.
func TestLinkedFlowsDoNotAllocate(t *testing.T) {
	tk, err := token.New(newKeys(t), "mercy")
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{Tenant: "mercy", Tokens: tk, Link: link.Default(), Window: link.New(link.Options{})})
	const session = `{"timestamp":1772359200123,"httpRequest":{"clientIp":"203.0.113.9","headers":[{"name":"Cookie","value":"SESSION=0123456789abcdef"}],"uri":"/","httpMethod":"GET"}}`
	waf := newRig(t, "waf", e)
	if code := waf.decode([]byte(session)); code != "" {
		t.Fatal(code)
	}
	e.Note(&waf.rec, nil)
	r := newRig(t, "vpcflow", e)
	lines := [][]byte{
		[]byte("2 111122223333 eni-0123456789abcdef0 203.0.113.9 10.0.1.5 4242 443 6 20 4249 1772359200 1772359260 ACCEPT OK"),
		[]byte("2 111122223333 eni-0123456789abcdef0 203.0.113.8 10.0.1.5 4242 443 6 20 4249 1772359200 1772359260 ACCEPT OK"),
	}
	replaced := 0
	allocs := testing.AllocsPerRun(100, func() {
		for _, l := range lines {
			if _, ms, code := r.filter(l); code == "" {
				replaced += len(ms)
			}
		}
	})
	if allocs > 0 || replaced != 101 {
		t.Errorf("%v allocations, %d of 101 addresses replaced", allocs, replaced)
	}
}
