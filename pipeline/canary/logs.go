package canary

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Planting is a value in a record of a log.
type Planting struct {
	Format   string
	Encoding string
	Record   string
	Value    Value
}

// place is where a format's records have text.
type place struct {
	format        string
	json, url     bool
	before, after string // %n is a number that no other record has, %T the minute, %E the time in milliseconds
}

var places = []place{
	{"app", true, false, `{"time":"%T:00Z","level":"info","message":"`, `","status":200,"request":"%n"}`},
	{"app", true, false, `{"time":"%T:01Z","a":{"b":[{"c":"`, `"}]},"n":"%n"}`},
	{"cloudtrail", true, false, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"etl","accountId":"111122223333"},"eventTime":"%T:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","requestParameters":{"bucketName":"clinic","tagging":"`, `"},"eventID":"3038ebd2-c98a-4c65-9b6e-%n","recipientAccountId":"111122223333"}`},
	{"cloudtrail", true, false, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"etl","accountId":"111122223333"},"eventTime":"%T:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","errorCode":"AccessDenied","errorMessage":"`, `","eventID":"3038ebd2-c98a-4c65-9b6f-%n","recipientAccountId":"111122223333"}`},
	{"waf", true, false, `{"timestamp":%E,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/portal/9f1c2b3a-1111-4222-8333-444455556666","terminatingRuleId":"Default_Action","action":"ALLOW","httpSourceName":"ALB","httpRequest":{"clientIp":"203.0.113.9","country":"US","headers":[{"name":"X-Note","value":"`, `"}],"uri":"/","args":"page=%n","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"1-65e1a2b3-%n"}}`},
	{"app", true, true, `{"time":"%T:02Z","level":"warn","message":"upstream answered 404 to GET https://lab.clinic.example/search?q=`, ` in 3 ms","request":"%n"}`},
	{"cloudtrail", true, true, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"etl","accountId":"111122223333"},"eventTime":"%T:00Z","eventSource":"lambda.amazonaws.com","eventName":"Invoke","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","errorMessage":"GET https://lab.clinic.example/search?q=`, ` failed","eventID":"3038ebd2-c98a-4c65-9b70-%n","recipientAccountId":"111122223333"}`},
	{"alb", false, true, `https %T:00.000000Z app/portal/50dc6c495c0c9188 203.0.113.9:4242 10.0.1.5:8443 0.001 0.010 0.000 200 200 3785 917 "GET https://portal.clinic.example:443/search?q=`, ` HTTP/2.0" "okhttp/4.12.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-65e1a2b3-%n" "portal.clinic.example" "-" 0 %T:00.000000Z "forward" "-" "-" "10.0.1.5:8443" "200" "-" "-"`},
}

// fits says that a value can stand in the place in an encoding. Lower-case words
// in a header are not taken for a name, whatever stands before them.
func (p *place) fits(e Encoding, v Value) bool {
	switch {
	case e.JSON && !p.json, e.Lines && p.url, e.URL && !p.url:
		return false
	case p.format == "waf" && e.Name == "lower" && v.Kind == "name":
		return false
	}
	return true
}

// Plant writes every value of every identity in every encoding, each into one
// record of a place it fits, as if it had been logged at that time.
func Plant(identities [][]Value, seed uint64, at time.Time) []Planting {
	r := rand.New(rand.NewPCG(seed, 9))
	var out []Planting
	for _, values := range identities {
		for _, v := range values {
			for _, e := range Encodings {
				p := &places[r.IntN(len(places))]
				for !p.fits(e, v) {
					p = &places[r.IntN(len(places))]
				}
				out = append(out, p.plant(v, e, r.Uint64()>>16, at))
			}
		}
	}
	return out
}

// plant writes v into the place; n is in no other record.
func (p *place) plant(v Value, e Encoding, n uint64, at time.Time) Planting {
	text := e.Write(v)
	if p.json && !e.JSON {
		text = quoted(text)
	}
	in := strings.NewReplacer("%n", fmt.Sprintf("%012x", n), "%T", at.UTC().Format("2006-01-02T15:04"), "%E", strconv.FormatInt(at.UnixMilli(), 10))
	return Planting{Format: p.format, Encoding: e.Name, Record: in.Replace(p.before) + text + in.Replace(p.after), Value: v}
}

// Damage is a record of a format that cannot be decoded and names a patient: it
// must end in the quarantine.
func Damage(format string, v Value) Planting {
	record := `{"message":"` + quoted(v.Text) + `","message":"twice"}`
	if format == "vpcflow" {
		record = "2 111122223333 eni-0a1b2c3d4e5f60718 " + strings.ReplaceAll(v.Text, " ", ",") + " 10.0.0.5 443 50122"
	}
	return Planting{Format: format, Encoding: "damaged", Record: record, Value: v}
}

// Write writes the plantings as gzipped files below dir, the way AWS lays them
// out, and returns how many records they have.
func Write(dir string, all []Planting) error {
	byFormat := map[string][]string{}
	for _, p := range all {
		byFormat[p.Format] = append(byFormat[p.Format], p.Record)
	}
	for format, records := range byFormat {
		const most = 20_000 // records of a file
		for part := 0; len(records) > 0; part++ {
			n := min(most, len(records))
			text := join(format, records[:n])
			records = records[n:]
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%03d.log.gz", format, part)), Gzip([]byte(text)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// join makes a file of records of a format.
func join(format string, records []string) string {
	switch text := strings.Join(records, "\n") + "\n"; format {
	case "cloudtrail":
		return `{"Records":[` + strings.Join(records, ",") + "]}"
	case "vpcflow":
		return "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n" + text
	default:
		return text
	}
}

// Gzip compresses b.
func Gzip(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}
