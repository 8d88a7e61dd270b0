package pipeline

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
)

// The logs that tests carry: n records of each kind, numbered from first on, so
// that no two are alike.

type kind struct {
	name string
	make func(first, n int) string
	// plus is how many records besides n there are: a header.
	plus int
}

var kinds = []kind{
	{"cloudtrail.json", cloudTrail, 0},
	{"flow.log", flows, 1},
	{"alb.log", alb, 0},
	{"waf.log", waf, 0},
	{"app.log", lines, 0},
	{"app.jsonl", jsonLines, 0},
	{"subscription.json", cloudWatch, 0},
	{"adt.hl7", hl7v2, 0},
}

func number(first, n int, sep string, f func(i int) string) string {
	var s strings.Builder
	for i := first; i < first+n; i++ {
		if i > first {
			s.WriteString(sep)
		}
		s.WriteString(f(i))
	}
	return s.String()
}

func trail(i int) string {
	return fmt.Sprintf(`{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"user%d","accountId":"123456789012"},`+
		`"eventTime":"2026-03-04T05:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",`+
		`"sourceIPAddress":"10.0.0.%d","userAgent":"aws-cli/2","requestParameters":{"bucketName":"charts","key":"scan/%d.dcm"},`+
		`"requestID":"REQ%d","eventID":"%08d-0000-4000-8000-000000000000","readOnly":true,"eventType":"AwsApiCall","managementEvent":false,`+
		`"recipientAccountId":"123456789012","eventCategory":"Data"}`, i%7, i/60%60, i%60, i%250, i, i, i)
}

func cloudTrail(first, n int) string {
	return `{"Records":[` + number(first, n, ",", trail) + `]}`
}

func flows(first, n int) string {
	return "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" +
		number(first, n, "", func(i int) string {
			return fmt.Sprintf("2 123456789012 eni-0a1b2c3d4e5f60718 10.0.%d.%d 10.0.1.9 %d 443 6 10 %d 1772600000 1772600060 ACCEPT OK\n", i/250%250, i%250, 1024+i%60000, 840+i)
		})
}

func alb(first, n int) string {
	return number(first, n, "", func(i int) string {
		return fmt.Sprintf(`https 2026-03-04T05:%02d:%02d.186641Z app/portal/50dc6c495c0c9188 10.1.2.%d:46532 10.0.0.1:443 0.086 0.048 0.037 200 200 0 57 "GET https://portal.example.org:443/visits/%d HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/portal/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577%03d" "portal.example.org" "-" 1 2026-03-04T05:06:07.081000Z "forward" "-" "-" "10.0.0.1:443" "200" "-" "-"`+"\n", i/60%60, i%60, i%250, i, i%1000)
	})
}

func waf(first, n int) string {
	return number(first, n, "", func(i int) string { // no newline between them, as Firehose writes it
		return fmt.Sprintf(`{"timestamp":%d,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/portal/a1","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","httpSourceName":"ALB","httpSourceId":"123456789012-app/portal/1","httpRequest":{"clientIp":"10.3.0.%d","country":"US","headers":[{"name":"Host","value":"portal.example.org"}],"uri":"/p/%d","args":"","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"r-%d"}}`, 1772600000000+i, i%250, i, i)
	})
}

func lines(first, n int) string {
	return number(first, n, "", func(i int) string {
		return fmt.Sprintf("worker %d finished its round, SSN 219-09-%04d seen\n", i, 1000+i%9000)
	})
}

func jsonLines(first, n int) string {
	return number(first, n, "", func(i int) string {
		return fmt.Sprintf(`{"time":"2026-03-04T05:06:%02dZ","level":"info","msg":"visit %d of MRN: 44%05d"}`+"\n", i%60, i, i)
	})
}

func cloudWatch(first, n int) string {
	return `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/app/portal","logStream":"a","subscriptionFilters":["f"],"logEvents":[` +
		number(first, n, ",", func(i int) string {
			return fmt.Sprintf(`{"id":"%d","timestamp":%d,"message":"visit %d ended\n"}`, i, 1772600000000+i, i)
		}) + `]}`
}

func hl7v2(first, n int) string {
	return number(first, n, "", func(i int) string {
		return fmt.Sprintf("MSH|^~\\&|EPIC|MERCY|LAB|MERCY|20260304050607||ADT^A01|MSG%05d|P|2.5\rPID|1||MRN%06d^^^MERCY^MR||DOE^JANE^%d||19700101|F\r\n", i, i, i)
	})
}

func zip(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

func log(k kind, first, n int) payload {
	return payload{name: fmt.Sprintf("%d-%s", first, k.name), raw: []byte(k.make(first, n))}
}
