package fields

import (
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// TestSourcesExist: each source of the mappings has a schema, and each column
// that a field stands for is one of its table.
func TestSourcesExist(t *testing.T) {
	for _, name := range All() {
		s, err := schemas.LoadSource(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for field := range known.Sources[name].Fields {
			r, ok := Resolve(name, field)
			if !ok {
				t.Errorf("%s: field %s is nowhere", name, field)
			}
			if r.Column != schemas.None && !slices.Contains(s.Table.Columns(), r.Column) {
				t.Errorf("%s: field %s: table %s has no column %s", name, field, s.Table, r.Column)
			}
		}
	}
}

func TestSources(t *testing.T) {
	f := func(category, product, service, want string) {
		t.Helper()
		got := strings.Join(Sources(sigma.Logsource{Category: category, Product: product, Service: service}), " ")
		if got != want {
			t.Errorf("%s/%s/%s reads %q, want %q", category, product, service, got, want)
		}
	}
	f("", "aws", "cloudtrail", "aws_cloudtrail")
	f("", "aws", "", "aws_cloudtrail")
	f("", "aws", "unheard-of", "")
	f("webserver", "", "", "aws_alb aws_clb aws_waf aws_cloudfront app")
	f("webserver", "apache", "", "aws_alb aws_clb aws_waf aws_cloudfront app")
	f("firewall", "", "", "aws_vpcflow aws_waf")
	f("application", "django", "", "app")
	f("application", "kubernetes", "audit", "aws_eks_audit")
	f("process_creation", "windows", "", "")
	f("network_connection", "windows", "", "")
	f("", "linux", "sshd", "app")
	f("", "linux", "auditd", "")
}

func TestResolve(t *testing.T) {
	f := func(source, field, path string, col schemas.Column, url, ok bool) {
		t.Helper()
		r, good := Resolve(source, field)
		var paths []string
		for _, p := range r.Paths {
			paths = append(paths, strings.Join(p, "/"))
		}
		if good != ok || strings.Join(paths, " ") != path || r.Column != col || r.URL != url {
			t.Errorf("%s %s: %v %s %t, %t", source, field, paths, r.Column, r.URL, good)
		}
	}
	f("aws_cloudtrail", "userIdentity.arn", "userIdentity/arn", schemas.None, false, true)
	f("aws_cloudtrail", "src_country", "src_country", schemas.SrcCountry, false, true)
	f("aws_alb", "c-ip", "", schemas.SrcAddr, false, true)
	f("aws_alb", "cs-uri-query", "", schemas.None, true, true)
	f("aws_alb", "cs-cookie", "", schemas.None, false, false)
	f("app", "cs-referrer", "cs-referer referer referrer http_referer", schemas.None, false, true)
	f("aws_waf", "cs-uri-query", "httpRequest/uri httpRequest/args", schemas.None, false, true)
	f("aws_vpcflow", "dstport", "", schemas.DstPort, false, true)
	f("nowhere", "a", "", schemas.None, false, false)
}
