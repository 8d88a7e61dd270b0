package fields

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/detect/sigma"
)

// TestAcceptsWhatMayFire: a rule whose condition no record of its logs can meet is
// refused with the line of the field that is in none of them; one that may fire some
// way is not.
func TestAcceptsWhatMayFire(t *testing.T) {
	f := func(logsource, detection, want string) {
		t.Helper()
		l := sigma.Loader{Accept: Accept}
		l.File("r.yml", []byte(fmt.Sprintf("title: T\nid: t\nlogsource: {%s}\ndetection:\n%s", logsource, detection)))
		s := l.Finish()
		got := ""
		if len(s.Rules) == 0 {
			got = fmt.Sprintf("%d: %s", s.Problems[0].Line, s.Problems[0].Reason)
		}
		if want == "" && got != "" || want != "" && !strings.HasPrefix(got, want) {
			t.Errorf("%s %s: %q, want %q", logsource, detection, got, want)
		}
	}
	const alb, flow = "product: aws, service: alb", "category: firewall, product: x, service: y"
	f(alb, "  a:\n    c-ip: 192.0.2.1\n    cs-cookie: x\n  condition: a", "7: no record can meet the condition: field cs-cookie is in none of the logs that the rule reads (aws_alb)")
	f(alb, "  a:\n    cs-cookie: x\n  b:\n    c-ip: 192.0.2.1\n  condition: a or b", "")
	f(alb, "  a:\n    cs-cookie: x\n  b:\n    c-ip: 192.0.2.1\n  condition: b and not a", "")
	f(alb, "  a:\n    cs-cookie: null\n  condition: a", "")
	f(alb, "  a:\n    cs-cookie|exists: false\n  condition: a", "")
	f(alb, "  a:\n    cs-cookie|exists: true\n  condition: a", "6: no record can meet the condition: field cs-cookie")
	f(alb, "  a:\n    cs-cookie: null\n  b:\n    c-ip: 192.0.2.1\n  condition: b and not a", "6: no record can meet the condition: field cs-cookie")
	f(alb, "  a:\n    c-ip|fieldref: cs-cookie\n  condition: a", "6: no record can meet the condition: field cs-cookie")
	f(alb, "  a:\n    - anything\n    - at all\n  condition: a", "")
	f("category: webserver", "  a:\n    cs-cookie: x\n  condition: a", "") // logs of applications may have any member
	f(flow, "  a:\n    dst_port: 22\n  condition: a", "")
	f("category: network", "  a:\n    query: x\n    dst_port: 53\n  condition: a", "6: no record can meet the condition: field query")
	f("product: windows, category: process_creation", "  a:\n    Image: x\n  condition: a", "3: no source delivers")
}
