package match_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect/detecttest"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

// sampleRules makes n rules in the manner of the open ones for CloudTrail: most
// name a service and some of its calls, some what requests or agents hold.
func sampleRules(n int) (rules []*sigma.Rule, texts []string) {
	services := []string{"iam", "ec2", "s3", "kms", "rds", "lambda", "sts", "guardduty", "cloudtrail", "config"}
	for i := range n {
		svc := services[i%len(services)] + ".amazonaws.com"
		var sel string
		switch i % 8 {
		case 0:
			sel = fmt.Sprintf(`{eventSource: %s, eventName: [Delete%d, Update%d], errorCode: null}`, svc, i, i)
		case 1:
			sel = fmt.Sprintf(`{eventSource: %s, eventName|startswith: Put%d, requestParameters.policy|contains: '*'}`, svc, i)
		case 2:
			sel = fmt.Sprintf(`{userAgent|contains: 'tool-%d/', eventName: ListBuckets}`, i)
		case 3:
			sel = fmt.Sprintf(`{eventSource: %s, eventName: Create%d, requestParameters|contains: 'x%d'}`, svc, i, i)
		case 4:
			sel = fmt.Sprintf(`{userIdentity.type: Root, eventName: Set%d}`, i)
		case 5:
			sel = fmt.Sprintf(`{eventName: Modify%d, responseElements.items.name|re: '^adm.*%d$'}`, i, i)
		case 6:
			sel = fmt.Sprintf(`{sourceIPAddress|cidr: 198.51.%d.0/24, eventName: [Get%d, Read%d]}`, i%250, i, i)
		default:
			sel = fmt.Sprintf(`{errorCode|contains: 'Denied%d', userIdentity.sessionContext.sessionIssuer.userName|endswith: '-ops%d'}`, i, i)
		}
		text := fmt.Sprintf(`{title: t%d, logsource: {product: aws, service: cloudtrail}, detection: {s: %s, condition: s}}`, i, sel)
		rules, texts = append(rules, detecttest.Load(text)), append(texts, text)
	}
	return rules, texts
}

// ordinary is a record that none of the sample rules match, of the usual size.
const ordinary = `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE123:app","arn":"arn:aws:sts::111122223333:assumed-role/app-role/app","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE12","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE123","arn":"arn:aws:iam::111122223333:role/app-role","accountId":"111122223333","userName":"app-role"},"attributes":{"creationDate":"2026-03-02T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-02T09:05:11Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"10.1.2.3","userAgent":"[aws-sdk-java/1.12.261 Linux/5.10.0 OpenJDK_64-Bit_Server_VM/17.0.2+8 java/17.0.2 vendor/Oracle]","requestParameters":{"bucketName":"clinic-images","Host":"clinic-images.s3.us-east-1.amazonaws.com","key":"studies/2026/03/02/9f0c/series-001.dcm"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"bytesTransferredOut":524288},"requestID":"EXAMPLE123456789","eventID":"0c1d2e3f-1111-2222-3333-444455556666","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::clinic-images/studies/2026/03/02/9f0c/series-001.dcm"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::clinic-images"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"clinic-images.s3.us-east-1.amazonaws.com"}}`

// TestNoMemoryForRecordsThatMatchNothing: neither a plain record nor one whose
// strings need unquoting costs an allocation once the buffers have grown.
func TestNoMemoryForRecordsThatMatchNothing(t *testing.T) {
	rules, _ := sampleRules(800)
	s := match.Compile(rules, nil).NewScanner()
	odd := strings.Replace(ordinary, "app-role", `ÉÜ\u00e9 \"role\"`, -1)
	for _, rec := range []string{ordinary, odd, strings.Replace(ordinary, "GetObject", "Set4", 1)} {
		r := match.Record{Source: trail, Native: []byte(rec)}
		if got := s.Scan(&r); len(got) > 0 {
			t.Fatalf("matches %v", got)
		}
		if n := testing.AllocsPerRun(100, func() { s.Scan(&r) }); n != 0 {
			t.Errorf("%v allocations a record", n)
		}
	}
}

// BenchmarkTogether says how many times as fast 800 rules are together as one after
// the other, each walking the record by itself.
func BenchmarkTogether(b *testing.B) {
	rules, _ := sampleRules(800)
	s := match.Compile(rules, nil).NewScanner()
	var singles []*match.Scanner
	for _, r := range rules {
		singles = append(singles, match.Compile([]*sigma.Rule{r}, nil).NewScanner())
	}
	rec := match.Record{Source: trail, Native: []byte(ordinary)}
	var together, alone time.Duration
	for b.Loop() {
		start := time.Now()
		for range 100 {
			s.Scan(&rec)
		}
		middle := time.Now()
		for _, one := range singles {
			one.Scan(&rec)
		}
		together, alone = together+middle.Sub(start), alone+time.Since(middle)
	}
	b.ReportMetric(100*float64(alone)/float64(together), "times-as-fast")
}

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{57, 800} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rules, _ := sampleRules(n)
			s := match.Compile(rules, nil).NewScanner()
			rec := match.Record{Source: trail, Native: []byte(ordinary)}
			b.SetBytes(int64(len(ordinary)))
			for b.Loop() {
				s.Scan(&rec)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
