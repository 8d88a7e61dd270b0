package querytest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// Week stores a week of a fictional hospital's logs that ends at end, about 2,000
// rows of all sources. The same end gives the same rows.
func Week(t testing.TB, s *clickhouse.Store, end time.Time) {
	t.Helper()
	g := &generator{r: rand.New(rand.NewPCG(1, 2)), end: end.UTC().Truncate(time.Second)}
	for _, part := range []struct {
		table   schemas.Table
		payload string
		n       int
		row     func() Row
	}{
		{schemas.Events, "cloudtrail", 900, g.trail},
		{schemas.Events, "portal", 500, g.alb},
		{schemas.Events, "firewall", 120, g.waf},
		{schemas.Events, "ehr", 280, g.app},
		{schemas.Flows, "vpcflow", 200, g.flow},
	} {
		rows := make([]Row, part.n)
		for i := range rows {
			rows[i] = part.row()
		}
		Insert(t, s, part.table, part.payload, rows)
	}
}

type generator struct {
	r   *rand.Rand
	end time.Time
}

func pick[T any](g *generator, list ...T) T { return list[g.r.IntN(len(list))] }

// when favours working hours.
func (g *generator) when() time.Time {
	for {
		t := g.end.Add(-time.Duration(g.r.Int64N(int64(7 * 24 * time.Hour)))).Truncate(time.Millisecond)
		if h := t.Hour(); h >= 7 && h < 19 || g.r.IntN(4) == 0 {
			return t
		}
	}
}

func (g *generator) hex(n int) string {
	return fmt.Sprintf("%0*x", n, g.r.Uint64())[:n]
}

var staff = []string{"alice.chen", "bob.ortiz", "carla.jones", "dmitri.popov", "erin.walsh", "f.nakamura"}

func (g *generator) trail() Row {
	who := pick(g, staff...)
	at := g.when()
	action := pick(g, "GetObject", "GetObject", "GetObject", "PutObject", "ListBuckets", "AssumeRole", "ConsoleLogin", "DescribeInstances", "DeleteObject", "GetSecretValue")
	service := map[string]string{"AssumeRole": "sts", "ConsoleLogin": "signin", "DescribeInstances": "ec2", "GetSecretValue": "secretsmanager"}[action]
	if service == "" {
		service = "s3"
	}
	ip := fmt.Sprintf("203.0.113.%d", 4+g.r.IntN(20))
	arn := "arn:aws:iam::111122223333:user/" + who
	typ, role := "IAMUser", ""
	if g.r.IntN(3) == 0 {
		role = pick(g, "Radiology", "Billing", "OnCallAdmin")
		arn = "arn:aws:sts::111122223333:assumed-role/" + role + "/" + who
		role = "arn:aws:iam::111122223333:role/" + role
		typ = "AssumedRole"
	}
	id := g.hex(8) + "-" + g.hex(4) + "-4" + g.hex(3) + "-a" + g.hex(3) + "-" + g.hex(12)
	row := Row{Time: at, Source: "aws_cloudtrail", Text: map[schemas.Column]string{
		schemas.Action: action, schemas.Service: service + ".amazonaws.com", schemas.ActorType: typ, schemas.ActorID: arn, schemas.ActorName: who,
		schemas.ActorRole: role, schemas.CloudAccount: "111122223333", schemas.RecipientAccount: "111122223333", schemas.CloudRegion: pick(g, "us-east-1", "us-east-1", "us-west-2"),
		schemas.UserAgentCol: pick(g, "aws-cli/2.17.0 md/awscrt#1.0.0 ua/2.0", "Boto3/1.34.9 Python/3.12", "console.amazonaws.com"),
		schemas.RequestID:    strings.ToUpper(g.hex(16)), schemas.NativeID: id, schemas.CredentialID: "AKIAEXAMPLE" + strings.ToUpper(g.hex(5)),
		schemas.TLSVersion: "TLSv1.3", schemas.SrcCountry: "US",
	}, Num: map[schemas.Column]uint64{schemas.StatusID: 1, schemas.ClassUID: 6003, schemas.ReadOnly: 1, schemas.MFA: uint64(g.r.IntN(2))},
		Addr: map[schemas.Column]string{schemas.SrcIP: ip}, Lists: map[schemas.Column][]string{}}
	key := ""
	if service == "s3" && action != "ListBuckets" {
		key = pick(g, "imaging/2026/11/scan-", "records/export-", "billing/claim-") + fmt.Sprint(g.r.IntN(40)) + pick(g, ".dcm", ".json", ".csv")
		row.Lists[schemas.ResourceIDs] = []string{"arn:aws:s3:::phi-bucket/" + key, "arn:aws:s3:::phi-bucket"}
		row.Text[schemas.ResourceType] = "AWS::S3::Object"
		row.Num[schemas.BytesOut] = g.r.Uint64N(4 << 20)
	}
	if action == "PutObject" || action == "DeleteObject" {
		row.Num[schemas.ReadOnly] = 0
	}
	errorCode := ""
	if g.r.IntN(9) == 0 {
		errorCode = "AccessDenied"
		row.Num[schemas.StatusID] = 2
		row.Text[schemas.StatusCode], row.Text[schemas.StatusDetail] = errorCode, "User is not authorized to perform "+service+":"+action
	}
	if g.r.IntN(40) == 0 {
		row.Flags |= schemas.FlagDuplicate
	}
	row.Text[schemas.Native] = fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":%q,"arn":%q,"userName":%q},"eventTime":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":%q,"sourceIPAddress":%q,"errorCode":%q,"requestParameters":{"bucketName":"phi-bucket","key":%q},"eventID":%q}`,
		typ, arn, who, at.Format(time.RFC3339), service, action, row.Text[schemas.CloudRegion], ip, errorCode, key, id)
	return row
}

func (g *generator) alb() Row {
	at := g.when()
	method := pick(g, "GET", "GET", "GET", "POST")
	path := pick(g, "/portal/appointments", "/portal/results/[phi-mrn]", "/login", "/api/v2/messages", "/static/app.js")
	status := pick(g, 200, 200, 200, 200, 302, 401, 403, 404, 502)
	n := g.r.IntN(30)
	ip := fmt.Sprintf("198.51.100.%d", n)
	row := Row{Time: at, Source: "aws_alb", Text: map[schemas.Column]string{
		schemas.Action: method, schemas.HTTPMethod: method, schemas.Service: "app/portal/50dc6c495c0c9188", schemas.URLHost: "portal.example.org", schemas.URLPath: path,
		schemas.UserAgentCol: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", schemas.TraceIDCol: "1-" + g.hex(8) + "-" + g.hex(12) + g.hex(12),
		schemas.CloudAccount: "111122223333", schemas.CloudRegion: "us-east-1", schemas.TLSVersion: "TLSv1.2",
	}, Num: map[schemas.Column]uint64{schemas.HTTPStatus: uint64(status), schemas.StatusID: 1, schemas.DurationMS: uint64(math.Float32bits(float32(g.r.IntN(900)) + 0.5))},
		Addr:  map[schemas.Column]string{schemas.SrcIP: ip},
		Lists: map[schemas.Column][]string{schemas.ResourceIDs: {"app/portal/50dc6c495c0c9188"}}}
	if status >= 400 {
		row.Num[schemas.StatusID] = 2
	}
	if n < 12 { // these carry a session, so the address is a token and its network
		row.Text[schemas.SrcAddr] = Token("ip", ip)
		row.Addr[schemas.SrcIP] = "198.51.100.0"
		row.Flags |= schemas.FlagAddressPrefix
		row.Text[schemas.SessionIDCol] = Token("session", ip)
	}
	if strings.Contains(path, "phi-mrn") {
		row.Num[schemas.ScrubCount] = 1
		row.Lists[schemas.ScrubTypes] = []string{"mrn"}
		row.Text[schemas.PatientToken] = Token("patient", fmt.Sprintf("MRN-%d", n))
	}
	src := row.Text[schemas.SrcAddr]
	if src == "" {
		src = ip
	}
	row.Text[schemas.Native] = fmt.Sprintf(`https %s app/portal/50dc6c495c0c9188 %s:443 10.0.3.17:8080 0.001 0.042 0.000 %d %d 512 3785 "%s https://portal.example.org:443%s HTTP/2.0" "%s"`,
		at.Format(time.RFC3339Nano), src, status, status, method, path, row.Text[schemas.UserAgentCol])
	return row
}

func (g *generator) waf() Row {
	at := g.when()
	action := pick(g, "ALLOW", "ALLOW", "BLOCK")
	row := Row{Time: at, Source: "aws_waf", Text: map[schemas.Column]string{
		schemas.Action: action, schemas.Service: "waf", schemas.StatusCode: pick(g, "Default_Action", "AWS-AWSManagedRulesSQLiRuleSet", "rate-limit"), schemas.HTTPMethod: "POST",
		schemas.URLPath: "/login", schemas.URLHost: "portal.example.org", schemas.SrcCountry: pick(g, "US", "US", "RO", "BR"), schemas.CloudRegion: "us-east-1",
		schemas.Native: fmt.Sprintf(`{"timestamp":%d,"formatVersion":1,"action":%q,"httpRequest":{"uri":"/login","httpMethod":"POST"}}`, at.UnixMilli(), action),
	}, Num: map[schemas.Column]uint64{schemas.StatusID: 1, schemas.DispositionID: 1}, Addr: map[schemas.Column]string{schemas.SrcIP: fmt.Sprintf("192.0.2.%d", g.r.IntN(250))},
		Lists: map[schemas.Column][]string{schemas.ResourceIDs: {"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/portal/1"}}}
	if action == "BLOCK" {
		row.Num[schemas.StatusID], row.Num[schemas.DispositionID] = 2, 2
	}
	return row
}

func (g *generator) app() Row {
	at := g.when()
	if g.r.IntN(25) == 0 {
		return Row{Time: at, Source: "app", Kind: schemas.KindTombstone, Text: map[schemas.Column]string{
			schemas.Reason: pick(g, "bad_json", "duplicate_key", "egress_gate"), schemas.Service: "ehr"}}
	}
	who := pick(g, "dr.patel", "dr.okafor", "rn.silva", "rn.haas")
	mrn := fmt.Sprintf("MRN-%d", 100+g.r.IntN(12))
	fhir := pick(g, "Patient", "Observation", "MedicationRequest", "DiagnosticReport")
	token := Token("patient", mrn)
	return Row{Time: at, Source: "app", Text: map[schemas.Column]string{
		schemas.Action: pick(g, "read", "read", "read", "search", "update", "export"), schemas.Service: "ehr", schemas.ActorName: who, schemas.ActorType: "practitioner",
		schemas.PatientToken: token, schemas.PurposeOfUse: pick(g, "TREAT", "TREAT", "HPAYMT", "ETREAT"), schemas.FHIRResource: fhir,
		schemas.Native: fmt.Sprintf(`{"ts":%q,"app":"ehr","user":%q,"op":"read","resource":"%s/%s","patient":%q,"note":"opened chart of [phi-name]"}`, at.Format(time.RFC3339), who, fhir, g.hex(6), token),
	}, Num: map[schemas.Column]uint64{schemas.StatusID: 1, schemas.ScrubCount: 2}, Addr: map[schemas.Column]string{schemas.SrcIP: fmt.Sprintf("10.20.%d.%d", g.r.IntN(4), g.r.IntN(250))},
		Lists: map[schemas.Column][]string{schemas.ScrubTypes: {"mrn", "person_name"}, schemas.ResourceIDs: {fhir + "/" + token}}}
}

func (g *generator) flow() Row {
	at := g.when()
	action := pick(g, "ACCEPT", "ACCEPT", "ACCEPT", "REJECT")
	src := fmt.Sprintf("10.0.%d.%d", g.r.IntN(4), g.r.IntN(250))
	port := pick(g, uint64(443), 5432, 22, 3389, 53)
	status := uint64(1)
	if action == "REJECT" {
		src, status = fmt.Sprintf("192.0.2.%d", g.r.IntN(250)), 2
	}
	return Row{Time: at, Source: "aws_vpcflow", Text: map[schemas.Column]string{
		schemas.Action: action, schemas.InterfaceID: "eni-0" + g.hex(16), schemas.VPCID: "vpc-0a1b2c3d", schemas.CloudAccount: "111122223333", schemas.Direction: "ingress",
		schemas.Native: fmt.Sprintf("2 111122223333 eni-0a1 %s 10.0.1.5 49152 %d 6 12 8400 %d %d %s OK", src, port, at.Unix()-60, at.Unix(), action),
	}, Num: map[schemas.Column]uint64{schemas.StatusID: status, schemas.SrcPort: 49152, schemas.DstPort: port, schemas.Protocol: 6, schemas.Packets: 12, schemas.Bytes: 8400, schemas.StartTime: uint64(at.Add(-time.Minute).UnixMilli())},
		Addr: map[schemas.Column]string{schemas.SrcIP: src, schemas.DstIP: "10.0.1.5"}}
}
