package scrub

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// identity is one fictional patient.
type identity struct {
	First, Last, MRN, SSN, Phone, Email, Birth, Session string
}

var (
	givenNames  = []string{"Ada", "Bruno", "Chiara", "Dmitri", "Elena", "Farid", "Greta", "Hiro", "Imani", "Jonas", "Kalea", "Luis", "Mireille", "Nadia", "Oskar", "Priya"}
	familyNames = []string{"Abernathy", "Blackwood", "Castellano", "Drummond", "Eskildsen", "Fairweather", "Gruenwald", "Hathaway", "Ivanenko", "Jankowski", "Kowalczyk", "Lindqvist", "Montefiore", "Nakagawa", "Oyelaran", "Petrosyan"}
)

func newIdentity(r *rand.Rand) identity {
	id := identity{First: givenNames[r.IntN(len(givenNames))], Last: familyNames[r.IntN(len(familyNames))]}
	id.MRN = fmt.Sprintf("%08d", 40_000_000+r.IntN(9_999_999))
	id.SSN = fmt.Sprintf("%03d-%02d-%04d", 100+r.IntN(500), 1+r.IntN(99), 1+r.IntN(9998))
	id.Phone = fmt.Sprintf("%03d-%03d-%04d", 312+r.IntN(80), 220+r.IntN(90), r.IntN(9999))
	id.Email = strings.ToLower(id.First+"."+id.Last) + fmt.Sprintf("%03d@mail.example", r.IntN(1000))
	id.Birth = fmt.Sprintf("%04d-%02d-%02d", 1931+r.IntN(70), 1+r.IntN(12), 1+r.IntN(28))
	id.Session = fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())
	return id
}

// corpus makes about size bytes of records, one in twenty of which names a
// patient. The same size gives the same bytes.
func corpus(format string, size int) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(len(format))))
	var out [][]byte
	for n := 0; n < size; {
		raw := []byte(generate(format, r, r.IntN(20) == 0))
		out = append(out, raw)
		n += len(raw) + 1
	}
	return out
}

func generate(format string, r *rand.Rand, phi bool) string {
	id := newIdentity(r)
	hex := func(n int) string { return fmt.Sprintf("%0*x", n, r.Uint64())[:n] }
	ip := fmt.Sprintf("203.0.113.%d", r.IntN(256))
	sec := r.IntN(60)
	route := []string{"/api/v2/schedule", "/static/app.9f1c.js", "/healthz", "/portal/home", "/api/v2/messages/inbox", "/img/logo.svg"}[r.IntN(6)]
	agent := []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "okhttp/4.12.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1"}[r.IntN(3)]
	query := fmt.Sprintf("page=%d&sort=date&v=%s", r.IntN(40), hex(8))
	switch format {
	case "alb":
		if phi {
			route, query = "/patients/"+id.MRN+"/chart", "name="+id.First+"+"+id.Last+"&dob="+id.Birth+"&email="+strings.Replace(id.Email, "@", "%40", 1)
		}
		return fmt.Sprintf(`https 2026-03-01T10:15:%02d.%06dZ app/portal/50dc6c495c0c9188 %s:%d 10.0.%d.%d:8443 0.001 0.0%02d 0.000 200 200 %d %d "GET https://portal.clinic.example:443%s?%s HTTP/2.0" "%s" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-65e1a2b3-%s%s" "portal.clinic.example" "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-%s" 0 2026-03-01T10:15:%02d.000000Z "forward" "-" "-" "10.0.1.5:8443" "200" "-" "-"`,
			sec, r.IntN(1e6), ip, 1024+r.IntN(60000), r.IntN(4), r.IntN(256), r.IntN(100), r.IntN(4000), r.IntN(90000), route, query, agent, hex(12), hex(12), hex(12), sec)
	case "cloudtrail":
		key := fmt.Sprintf("exports/2026/03/01/part-%05d.parquet", r.IntN(99999))
		if phi {
			key = "patients/" + id.Last + "_" + id.First + "/mrn-" + id.MRN + "/ssn-" + id.SSN + ".pdf"
		}
		return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE0000000001:i-0%s","arn":"arn:aws:sts::111122223333:assumed-role/etl-worker/i-0%s","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE000000001","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE0000000001","arn":"arn:aws:iam::111122223333:role/etl-worker","accountId":"111122223333","userName":"etl-worker"},"attributes":{"creationDate":"2026-03-01T09:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T10:15:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"%s","userAgent":"[aws-sdk-java/2.20.162 Linux/5.10.205 OpenJDK_64-Bit_Server_VM/17.0.9+8 Java/17.0.9 vendor/Amazon.com_Inc.]","requestParameters":{"bucketName":"clinic-lake","Host":"clinic-lake.s3.us-east-1.amazonaws.com","key":"%s"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s/%s+%s=","bytesTransferredOut":%d},"requestID":"%s","eventID":"%s-1111-4222-8333-%s","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::clinic-lake/%s"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::clinic-lake"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","vpcEndpointId":"vpce-0a1b2c3d4e5f6071%d","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"clinic-lake.s3.us-east-1.amazonaws.com"}}`,
			hex(16), hex(16), sec, ip, key, hex(12), hex(16), hex(16), r.IntN(1e7), strings.ToUpper(hex(16)), hex(8), hex(12), key, r.IntN(9))
	case "waf":
		cookie := ""
		if phi {
			query, cookie = "mrn="+id.MRN+"&name="+id.First+"+"+id.Last, `,{"name":"Cookie","value":"SESSION=`+id.Session+`; lang=en"}`
		}
		return fmt.Sprintf(`{"timestamp":17723592%05d,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/portal/9f1c2b3a-1111-4222-8333-444455556666","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],"httpSourceName":"ALB","httpSourceId":"111122223333-app/portal/50dc6c495c0c9188","ruleGroupList":[{"ruleGroupId":"AWS#AWSManagedRulesCommonRuleSet","terminatingRule":null,"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":null,"httpRequest":{"clientIp":"%s","country":"US","headers":[{"name":"Host","value":"portal.clinic.example"},{"name":"User-Agent","value":"%s"},{"name":"Accept","value":"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},{"name":"Accept-Encoding","value":"gzip, deflate, br"}%s],"uri":"%s","args":"%s","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"1-65e1a2b3-%s%s"},"labels":[{"name":"awswaf:managed:aws:core-rule-set:NoUserAgent"}],"ja3Fingerprint":"%s%s"}`,
			r.IntN(99999), ip, agent, cookie, route, query, hex(12), hex(12), hex(16), hex(16))
	case "vpcflow":
		return fmt.Sprintf("2 111122223333 eni-0%s %s 10.0.%d.%d %d 443 6 %d %d 1772359%03d 1772360%03d ACCEPT OK", hex(16), ip, r.IntN(4), r.IntN(256), 1024+r.IntN(60000), r.IntN(400), r.IntN(90000), r.IntN(1000), r.IntN(1000))
	case "app":
		message := fmt.Sprintf("request completed route=%s took=%dms cache=hit shard=%d", route, r.IntN(900), r.IntN(16))
		if phi {
			message = "chart opened for patient " + id.First + " " + id.Last + ", MRN " + id.MRN + ", phone " + id.Phone
		}
		return fmt.Sprintf(`{"time":"2026-03-01T10:15:%02d.%03dZ","level":"info","logger":"org.clinic.portal.RequestFilter","thread":"http-nio-8443-exec-%d","message":"%s","request_id":"%s-1111-4222-8333-%s","status":200,"duration_ms":%d,"path":"%s","host":"ip-10-0-1-%d","version":"4.17.%d"}`,
			sec, r.IntN(1000), r.IntN(64), message, hex(8), hex(12), r.IntN(900), route, r.IntN(256), r.IntN(30))
	}
	panic("no corpus of that format")
}
