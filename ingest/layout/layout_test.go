package layout

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f := func(key, want string) {
		t.Helper()
		account, region, service, ok := Parse(key)
		got := strings.Join([]string{account, region, service}, " ")
		if !ok {
			got += "none"
		}
		if got != want {
			t.Errorf("%s\n got %q\nwant %q", key, got, want)
		}
	}
	const none = "  none"
	// CloudTrail
	f("AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/01/123456789012_CloudTrail_us-east-1_20260301T0005Z_AbCdEfGh12345678.json.gz",
		"123456789012 us-east-1 CloudTrail")
	f("trails/prod/AWSLogs/o-a1b2c3d4e5/123456789012/CloudTrail/eu-central-1/2026/03/01/x.json.gz", "123456789012 eu-central-1 CloudTrail")
	f("AWSLogs/123456789012/CloudTrail-Digest/us-west-2/2026/03/01/123456789012_CloudTrail-Digest_us-west-2_main_us-east-1_20260301T000000Z.json.gz",
		"123456789012 us-west-2 CloudTrail-Digest")
	f("AWSLogs/123456789012/CloudTrail-Insight/us-gov-west-1/2026/03/01/x.json.gz", "123456789012 us-gov-west-1 CloudTrail-Insight")
	f("/home/it/dump/123456789012_CloudTrail_us-east-1_20260301T0005Z_AbCdEfGh12345678.json", "123456789012 us-east-1 CloudTrail")
	f("123456789012_CloudTrail-Digest_us-west-2_main_us-east-1_20260301T000000Z.json.gz", "123456789012 us-west-2 CloudTrail-Digest")

	// VPC flow
	f("AWSLogs/123456789012/vpcflowlogs/us-east-2/2026/03/01/123456789012_vpcflowlogs_us-east-2_fl-0a1b_20260301T0005Z_1a2b3c4d.log.gz",
		"123456789012 us-east-2 vpcflowlogs")
	f("AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=ap-southeast-2/year=2026/month=03/day=01/hour=00/f.log.parquet",
		"123456789012 ap-southeast-2 vpcflowlogs")
	f("123456789012_vpcflowlogs_us-east-2_fl-0a1b_20260301T0005Z_1a2b3c4d.log.gz", "123456789012 us-east-2 vpcflowlogs")

	// load balancers
	f("alb/AWSLogs/123456789012/elasticloadbalancing/us-east-1/2026/03/01/123456789012_elasticloadbalancing_us-east-1_app.web.50dc6c495c0c9188_20260301T0005Z_203.0.113.9_2hkdjkt1.log.gz",
		"123456789012 us-east-1 elasticloadbalancing")
	f("123456789012_elasticloadbalancing_us-east-1_net.tls.50dc6c495c0c9188_20260301T0005Z_2hkdjkt1.log.gz", "123456789012 us-east-1 elasticloadbalancing")
	f("123456789012_elasticloadbalancing_eu-west-1_classic_20260301T0005Z_203.0.113.9_2hkdjkt1.log", "123456789012 eu-west-1 elasticloadbalancing")
	f("conn_log.123456789012_elasticloadbalancing_us-east-1_app.web.50dc_20260301T0005Z_203.0.113.9_x.log.gz", "123456789012 us-east-1 elasticloadbalancing")
	f("AWSLogs/123456789012/ELBAccessLogTestFile", none)

	// WAF
	f("AWSLogs/123456789012/WAFLogs/us-east-1/portal/2026/03/01/00/05/123456789012_waflogs_us-east-1_portal_20260301T0005Z_1a2b3c4d.log.gz",
		"123456789012 us-east-1 WAFLogs")
	f("AWSLogs/123456789012/WAFLogs/cloudfront/portal/2026/03/01/00/05/f.log.gz", "123456789012 cloudfront WAFLogs")
	f("123456789012_waflogs_cloudfront_portal_20260301T0005Z_1a2b3c4d.log.gz", "123456789012 cloudfront waflogs")

	// the others
	f("AWSLogs/123456789012/vpcdnsquerylogs/vpc-0a1b2c3d/2026/03/01/123456789012_vpcdnsquerylogs_vpc-0a1b2c3d_20260301T0005Z_1a2b3c4d.log.gz",
		"123456789012  vpcdnsquerylogs")
	f("AWSLogs/123456789012/GuardDuty/us-east-1/2026/03/01/8f7a2b1c-1111-2222-3333-444455556666.jsonl.gz", "123456789012 us-east-1 GuardDuty")
	f("AWSLogs/123456789012/Config/us-east-1/2026/3/1/ConfigHistory/x.json.gz", "123456789012 us-east-1 Config")
	f("EMLARXS9EXAMPLE.2026-03-01-20.1a2b3c4d.gz", "  cloudfront")
	f("logs/portal/EMLARXS9EXAMPLE.2026-03-01-20.1a2b3c4d.gz", "  cloudfront")
	f("access/2026-03-01-00-05-42-0123456789ABCDEF", "  s3access")
	f("access-2026-03-01-00-05-42-0123456789ABCDEF", "  s3access")
	f("p/123456789012/us-east-1/phi-bucket/2026/03/01/2026-03-01-00-05-42-0123456789ABCDEF", "123456789012 us-east-1 s3access")

	// the innermost AWSLogs folder counts, and the region is only what stands there
	f("AWSLogs/111111111111/CloudTrail/us-east-1/copy/AWSLogs/222222222222/vpcflowlogs/us-west-1/f.log", "222222222222 us-west-1 vpcflowlogs")
	f("AWSLogs/123456789012/CloudTrail/2026/03/01/f.json.gz", "123456789012  CloudTrail")

	// no layout
	f("", none)
	f("app.log", none)
	f("12345678901_CloudTrail_us-east-1_x.json", none)
	f("123456789012_payroll_us-east-1.csv", none)
	f("MyAWSLogs/123456789012/CloudTrail/us-east-1/x.json", none)
	f("AWSLogs/XXXXXXXXXXXX/elasticloadbalancing/us-east-1/x.log", none)
	f("AWSLogs/123456789012/unheard-of/us-east-1/x.log", none)
	f("AWSLogs", none)
	f("2026-03-01-00-05-42-0123456789abcdef", none)
	f("backup.2026-03-01-20.1a2b3c4d.gz", none)
}

func TestIsRegion(t *testing.T) {
	f := func(s string, want bool) {
		t.Helper()
		if IsRegion(s) != want {
			t.Errorf("IsRegion(%q) = %t", s, !want)
		}
	}
	f("us-east-1", true)
	f("us-gov-east-1", true)
	f("ap-southeast-5", true)
	f("us-isob-east-1", true)
	f("mx-central-1", true)
	f("", false)
	f("us-east", false)
	f("us-east-", false)
	f("us--1", false)
	f("2026-03-01", false)
	f("vpc-0a1b2c3d", false)
	f("global", false)
}

func FuzzParse(f *testing.F) {
	f.Add("AWSLogs/123456789012/CloudTrail/us-east-1/x")
	f.Add("aws-account-id=123456789012/aws-service=v/aws-region=us-east-1/x")
	f.Add("2026-03-01-00-05-42-0123456789ABCDEF")
	f.Add("E12345678901.2026-03-01-20.1a2b3c4d.gz")
	f.Fuzz(func(t *testing.T, key string) {
		account, region, service, ok := Parse(key)
		if ok != (service != "") || (!ok && account+region != "") {
			t.Fatalf("%q: %q %q %q %t", key, account, region, service, ok)
		}
		if !strings.Contains(key, account) || !strings.Contains(key, region) {
			t.Fatalf("%q: %q or %q does not stand in it", key, account, region)
		}
	})
}
