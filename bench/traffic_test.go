package bench

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"
)

// traffic is a log made for measuring: ordinary requests with as much variety as
// real ones have, identifiers of no use to anybody among them, and patient data
// in a share of the records.
type traffic struct {
	log     []byte
	records int
	planted []string // the identifiers as they stand in the log
}

// newTraffic makes about size bytes of alb, cloudtrail, waf or app lines. A share
// of the records, 0 to 1, holds one identifier.
func newTraffic(format string, size int, share float64, seed uint64) (t traffic) {
	line := map[string]func(*maker) string{"alb": (*maker).alb, "cloudtrail": (*maker).cloudtrail, "waf": (*maker).waf, "app": (*maker).app}[format]
	m := maker{r: rand.New(rand.NewPCG(seed, 77)), at: time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)}
	t.log = make([]byte, 0, size+4096)
	for len(t.log) < size {
		m.at = m.at.Add(time.Duration(m.r.IntN(20)) * time.Millisecond)
		m.plant = m.r.Float64() < share
		t.log = append(append(t.log, line(&m)...), '\n')
		t.records++
	}
	t.planted = m.planted
	return t
}

type maker struct {
	r       *rand.Rand
	at      time.Time
	plant   bool // the record holds an identifier
	planted []string
}

func (m *maker) one(s ...string) string { return s[m.r.IntN(len(s))] }

func (m *maker) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[m.r.IntN(16)]
	}
	return string(b)
}

func (m *maker) uuid() string {
	return m.hex(8) + "-" + m.hex(4) + "-4" + m.hex(3) + "-9" + m.hex(3) + "-" + m.hex(12)
}

func (m *maker) ip() string {
	return fmt.Sprintf("%d.%d.%d.%d", 11+m.r.IntN(180), m.r.IntN(256), m.r.IntN(256), 1+m.r.IntN(254))
}

func (m *maker) agent() string {
	return fmt.Sprintf(m.one(
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/140.0",
		"CarePortal/7.%d (Android 16; SM-S938U)",
		"curl/8.%d.0"), 10+m.r.IntN(30))
}

// identifier returns a name for a parameter and an identifier, as it stands in
// plain text.
func (m *maker) identifier() (name, value string) {
	switch m.r.IntN(7) {
	case 0:
		return "ssn", fmt.Sprintf("%03d-%02d-%04d", 101+m.r.IntN(500), 1+m.r.IntN(98), 1+m.r.IntN(9998))
	case 1:
		return "phone", fmt.Sprintf("%d%02d-%d%02d-%04d", 3+m.r.IntN(6), 20+m.r.IntN(70), 3+m.r.IntN(6), 20+m.r.IntN(70), m.r.IntN(10000))
	case 2:
		return "email", fmt.Sprintf("%s.%s%d@mail%d.example", m.one("ana", "luis", "mei", "noah", "ruth", "omar"), m.one("ortega", "whitfield", "nakano", "brandt", "osei"), m.r.IntN(1000), m.r.IntN(50))
	case 3:
		return "mrn", fmt.Sprintf("%08d", 10_000_000+m.r.IntN(80_000_000))
	case 4:
		return "dob", fmt.Sprintf("%d-%02d-%02d", 1932+m.r.IntN(70), 1+m.r.IntN(12), 1+m.r.IntN(28))
	case 5:
		return "patient", "P" + fmt.Sprintf("%09d", m.r.IntN(1_000_000_000))
	}
	n := fmt.Sprintf("41%02d%04d%04d%03d", m.r.IntN(100), m.r.IntN(10000), m.r.IntN(10000), m.r.IntN(1000))
	for d := range 10 { // the check digit
		if c := fmt.Sprintf("%s%d", n, d); luhn(c) {
			return "card", c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
		}
	}
	panic("every number has a check digit")
}

func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// query is a URL's query, "" or with its question mark.
func (m *maker) query() string {
	if m.plant {
		name, value := m.identifier()
		value = url.QueryEscape(value)
		m.planted = append(m.planted, value)
		return "?" + name + "=" + value + "&page=" + fmt.Sprint(m.r.IntN(90))
	}
	switch m.r.IntN(4) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("?_count=%d&_sort=-date&_ts=%d", m.r.IntN(200), 1777000000000+m.r.IntN(1_000_000_000))
	case 2:
		return "?v=" + m.hex(12) + "&lang=" + m.one("en", "es", "vi")
	}
	return "?status=" + m.one("open", "final", "amended") + "&cursor=" + m.uuid()
}

func (m *maker) path() string {
	return m.one("/healthz", "/static/js/app."+m.hex(8)+".js", "/api/v2/claims/search", "/api/v2/orders/"+m.uuid(), "/portal/home", "/fhir/metadata", "/api/v1/schedules/"+m.uuid()+"/slots", "/images/logo-2x.png")
}

func (m *maker) alb() string {
	at := m.at.Format("2006-01-02T15:04:05.000000Z")
	status := m.one("200", "200", "200", "304", "404", "502")
	return fmt.Sprintf(`https %s app/care-prod/6b1f0e2d3c4a5968 %s:%d 10.31.%d.%d:8443 0.000 0.%03d 0.000 %s %s %d %d "%s https://portal.care.example:443%s%s HTTP/2.0" "%s" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:us-east-1:445566778899:targetgroup/care-web/1f2e3d4c5b6a7980 "Root=1-%s-%s" "portal.care.example" "arn:aws:acm:us-east-1:445566778899:certificate/8a7b6c5d-1122-4334-9556-a1b2c3d4e5f6" %d %s "waf,forward" "-" "-" "10.31.4.17:8443" "%s" "-" "-" TID_%s`,
		at, m.ip(), 1024+m.r.IntN(60000), m.r.IntN(8), 1+m.r.IntN(250), m.r.IntN(1000), status, status, m.r.IntN(9000), m.r.IntN(90000),
		m.one("GET", "GET", "POST"), m.path(), m.query(), m.agent(), m.hex(8), m.hex(24), m.r.IntN(9), at, status, m.hex(32))
}

func (m *maker) cloudtrail() string {
	user, role := m.one("svc-etl", "nora.fields", "deploy", "t.abebe"), m.one("DataPlatform", "ClinicalApp", "ReadOnly")
	key := "exports/2026/05/" + m.hex(8) + "/part-" + fmt.Sprintf("%05d", m.r.IntN(90000)) + ".parquet"
	if m.plant {
		name, value := m.identifier()
		value = url.QueryEscape(value)
		m.planted = append(m.planted, value)
		key = "intake/" + m.hex(8) + "/form?" + name + "=" + value
	}
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA%s:%s","arn":"arn:aws:sts::445566778899:assumed-role/%s/%s","accountId":"445566778899","accessKeyId":"ASIA%s","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%s","arn":"arn:aws:iam::445566778899:role/%s","accountId":"445566778899","userName":"%s"},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"}}},"eventTime":"%s","eventSource":"s3.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"%s","userAgent":"[%s]","requestParameters":{"bucketName":"care-exports","Host":"care-exports.s3.us-east-1.amazonaws.com","key":"%s"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":%d,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s","bytesTransferredOut":%d},"requestID":"%s","eventID":"%s","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::care-exports/%s"},{"accountId":"445566778899","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::care-exports"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"445566778899","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"care-exports.s3.us-east-1.amazonaws.com"}}`,
		strings.ToUpper(m.hex(17)), user, role, user, strings.ToUpper(m.hex(16)), strings.ToUpper(m.hex(17)), role, role, m.at.Add(-time.Hour).Format(time.RFC3339), m.at.Format(time.RFC3339),
		m.one("GetObject", "PutObject", "HeadObject"), m.ip(), m.agent(), key, m.r.IntN(9000), strings.ToUpper(m.hex(76)), m.r.IntN(9_000_000), strings.ToUpper(m.hex(16)), m.uuid(), key)
}

func (m *maker) waf() string {
	return fmt.Sprintf(`{"timestamp":%d,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:445566778899:regional/webacl/care/5f6e7d8c-9b0a-4132-8465-768798a9bacb","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],"httpSourceName":"ALB","httpSourceId":"445566778899-app/care-prod/6b1f0e2d3c4a5968","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":null,"httpRequest":{"clientIp":"%s","country":"US","headers":[{"name":"Host","value":"portal.care.example"},{"name":"user-agent","value":"%s"},{"name":"accept","value":"*/*"}],"uri":"%s","args":"%s","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"1-%s-%s"},"labels":[]}`,
		m.at.UnixMilli(), m.ip(), m.agent(), m.path(), strings.TrimPrefix(m.query(), "?"), m.hex(8), m.hex(24))
}

func (m *maker) app() string {
	tail := m.one("", "", " | upstream answered with a cached copy of the schedule, version 1.24."+fmt.Sprint(m.r.IntN(90)))
	if m.plant {
		name, value := m.identifier()
		m.planted = append(m.planted, value)
		tail = " | " + m.one("lookup failed for ", "updated record, ", "bad request: ") + name + m.one("=", ": ") + value
	}
	return fmt.Sprintf("%s %s [%s] [trace=%s] org.care.portal.%s - %s id=%s duration_ms=%d rows=%d host=10.31.%d.%d%s",
		m.at.Format("2006-01-02T15:04:05.000Z"), m.one("INFO", "INFO", "WARN", "ERROR", "DEBUG"), m.one("web-1", "web-2", "batch", "hl7-in"), m.hex(32),
		m.one("ScheduleService", "ClaimJob", "HL7Inbound", "AuditFilter"), m.one("request completed", "connection pool exhausted, waiting", "retrying upstream call", "slow query detected", "cache miss for key"),
		m.uuid(), m.r.IntN(3000), m.r.IntN(500), m.r.IntN(8), 1+m.r.IntN(250), tail)
}
