package demo

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// cloudtrail writes a day of who touched the patient documents in S3, and of a
// few management calls.
func cloudtrail(h *hospital, day int, f *Facts) (string, []byte) {
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	n := 0
	record := func(at, name, source, user, ip, params, rest string) {
		if n > 0 {
			b.WriteByte(',')
		}
		n++
		fmt.Fprintf(&b, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA%s","arn":"arn:aws:iam::%s:user/%s","accountId":"%s","accessKeyId":"AKIA%s","userName":"%s"},"eventTime":"%s","eventSource":"%s","eventName":"%s","awsRegion":"%s","sourceIPAddress":"%s","userAgent":"[aws-cli/2.31.4 md/Botocore]","requestParameters":%s,"responseElements":null,"requestID":"%s","eventID":"%s-%s-4%s-a%s-%s","readOnly":%t,%s"eventType":"AwsApiCall","recipientAccountId":"%s"}`,
			strings.ToUpper(h.hex(16)), account, user, account, strings.ToUpper(h.hex(16)), user, at, source, name, region, ip, params, strings.ToUpper(h.hex(16)),
			h.hex(8), h.hex(4), h.hex(3), h.hex(3), h.hex(12), strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List"), rest, account)
	}
	for hour := day * 24; hour < day*24+24; hour++ {
		for range 60 {
			t, ok := h.when(hour)
			if !ok {
				continue
			}
			at := t.Format("2006-01-02T15:04:05Z")
			p, user := h.patient(), h.one(staff)
			ip := fmt.Sprintf("10.20.%d.%d", h.r.IntN(8), 2+h.r.IntN(250))
			switch h.r.IntN(10) {
			case 0:
				record(at, "DescribeInstances", "ec2.amazonaws.com", user, ip, `{"maxResults":50}`, `"eventCategory":"Management",`)
			case 1:
				key := fmt.Sprintf("exports/%s_%s_%s.pdf", lower(p.last), lower(p.first), strings.ReplaceAll(p.dob, "-", ""))
				f.Planted["person_name"]++
				record(at, "PutObject", "s3.amazonaws.com", user, ip, fmt.Sprintf(`{"bucketName":"%s","key":"%s"}`, bucket, key), s3(key))
			default:
				key := fmt.Sprintf("charts/%s/summary.json", p.mrn)
				f.Planted["mrn"]++
				record(at, "GetObject", "s3.amazonaws.com", user, ip, fmt.Sprintf(`{"bucketName":"%s","key":"%s"}`, bucket, key), s3(key))
			}
		}
		if hour%24 == 2 { // the snooper, when nobody looks
			for k := range 9 {
				key := "charts/" + Target + "/" + []string{"summary.json", "notes.json", "labs.json"}[k%3]
				f.Planted["mrn"]++
				record(Start.AddDate(0, 0, day).Add(2*time.Hour+deltas(k)).Format("2006-01-02T15:04:05Z"), "GetObject", "s3.amazonaws.com", Snooper, "10.20.3.44", fmt.Sprintf(`{"bucketName":"%s","key":"%s"}`, bucket, key), s3(key))
			}
		}
	}
	b.WriteString("]}\n")
	f.Records += n
	date := Start.AddDate(0, 0, day)
	return fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%sT2355Z_%s.json.gz", account, region, date.Format("2006/01/02"), account, region, date.Format("20060102"), "Nf7QpL2xVb9sKd3W"), b.Bytes()
}

func s3(key string) string {
	return fmt.Sprintf(`"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::%s/%s"},{"accountId":"%s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%s"}],"managementEvent":false,"eventCategory":"Data",`, bucket, key, account, bucket)
}

// flows writes a day of VPC flow records, in a custom order.
func flows(h *hospital, day int, f *Facts) (string, []byte) {
	var b bytes.Buffer
	b.WriteString("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status flow-direction\n")
	f.Records++
	for hour := day * 24; hour < day*24+24; hour++ {
		for range 120 {
			t, ok := h.when(hour)
			if !ok {
				continue
			}
			f.Records++
			src, action := h.patient().ip, "ACCEPT"
			port := 443
			if h.r.IntN(12) == 0 {
				src, action, port = Intruder, "REJECT", []int{22, 3389, 5432}[h.r.IntN(3)]
			}
			packets := 1 + h.r.IntN(40)
			fmt.Fprintf(&b, "5 %s eni-0a1b2c3d4e5f60718 %s 10.20.1.%d %d %d 6 %d %d %d %d %s OK ingress\n",
				account, src, 10+h.r.IntN(4), 1024+h.r.IntN(60000), port, packets, packets*(60+h.r.IntN(1300)), t.Unix(), t.Unix()+int64(h.r.IntN(60)), action)
		}
		if hour%24 == 4 {
			t := Start.Add(deltas(0)).AddDate(0, 0, day)
			f.Records++
			fmt.Fprintf(&b, "5 %s eni-0a1b2c3d4e5f60718 - - - - - - - %d %d - SKIPDATA -\n", account, t.Unix(), t.Unix()+60)
		}
	}
	date := Start.AddDate(0, 0, day)
	return fmt.Sprintf("AWSLogs/%s/vpcflowlogs/%s/%s/%s_vpcflowlogs_%s_fl-0f1e2d3c4b5a69788_%sT2355Z_b7c1d2e3.log.gz", account, region, date.Format("2006/01/02"), account, region, date.Format("20060102")), b.Bytes()
}

// alb writes a day of the patient portal's load balancer.
func alb(h *hospital, day int, f *Facts) (string, []byte) {
	var b bytes.Buffer
	for hour := day * 24; hour < day*24+24; hour++ {
		for range 70 {
			t, ok := h.when(hour)
			if !ok {
				continue
			}
			f.Records++
			p := h.patient()
			path := []string{"/portal/home", "/static/app.6f2c1.js", "/portal/appointments", "/healthz"}[h.r.IntN(4)]
			switch h.r.IntN(8) {
			case 0:
				path = "/fhir/Patient?identifier=urn:mrn%7C" + p.mrn + "&birthdate=" + p.dob
				f.Planted["birth_date"]++
			case 1:
				path = "/portal/reset?email=" + url.QueryEscape(p.email)
				f.Planted["email"]++
			case 2:
				path = "/portal/search?family=" + p.last + "&given=" + p.first + "&ssn=" + p.ssn
				f.Planted["us_ssn"]++
			case 3:
				path = "/portal/messages?sid=" + p.session
				f.Planted["session_id"]++
			}
			status := []int{200, 200, 200, 200, 302, 404, 500}[h.r.IntN(7)]
			at := t.Format("2006-01-02T15:04:05.000000Z")
			fmt.Fprintf(&b, `https %s app/portal/50dc6c495c0c9188 %s:%d 10.20.1.%d:8443 0.001 0.%03d 0.000 %d %d %d %d "GET https://portal.northfield.example:443%s HTTP/2.0" "%s" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 arn:aws:elasticloadbalancing:%s:%s:targetgroup/portal/73e2d6bc24d8a067 "Root=1-%s-%s" "portal.northfield.example" "arn:aws:acm:%s:%s:certificate/4f1c2a9e-77b0-4c1d-8a53-0d9e6b7f2c81" 10 %s "forward" "-" "-" "10.20.1.12:8443" "%d" "-" "-" TID_%s "-" "-" "-"`+"\n",
				at, p.ip, 1024+h.r.IntN(60000), 10+h.r.IntN(4), h.r.IntN(900), status, status, 200+h.r.IntN(900), 300+h.r.IntN(90000), path, h.one(agents),
				region, account, h.hex(8), h.hex(24), region, account, at, status, h.hex(32))
		}
	}
	date := Start.AddDate(0, 0, day)
	return fmt.Sprintf("AWSLogs/%s/elasticloadbalancing/%s/%s/%s_elasticloadbalancing_%s_app.portal.50dc6c495c0c9188_%sT2355Z_10.20.1.5_3h1k9x2q.log.gz", account, region, date.Format("2006/01/02"), account, region, date.Format("20060102")), b.Bytes()
}
