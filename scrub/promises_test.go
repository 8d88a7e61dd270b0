package scrub

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
)

// phrase is text that names a patient, and the part of it that must not survive.
type phrase struct{ kind, text, secret string }

func (id identity) phrases() []phrase {
	return []phrase{
		{"ssn", "SSN " + id.SSN, id.SSN},
		{"ssn alone", id.SSN, id.SSN},
		{"mail", "mail " + id.Email, id.Email},
		{"phone", "call " + id.Phone, id.Phone},
		{"mrn", "MRN " + id.MRN, id.MRN},
		{"name", "patient " + id.First + " " + id.Last, id.Last},
		{"birth", "DOB: " + id.Birth, id.Birth},
	}
}

// place puts text into a record where a source's records have text. json says
// that it stands in a JSON string.
type place struct {
	name, format string
	json         bool
	record       func(text string) string
}

func in(format string, json bool, name, before, after string) place {
	return place{name, format, json, func(text string) string { return before + text + after }}
}

const (
	albHead = `https 2026-03-01T10:15:00.000000Z app/portal/50dc6c495c0c9188 203.0.113.9:4242 10.0.1.5:8443 0.001 0.010 0.000 200 200 3785 917 "GET https://portal.clinic.example:443/search?q=`
	albTail = ` HTTP/2.0" "okhttp/4.12.0" - - arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-65e1a2b3-0123456789abcdef01234567" "-" "-" 0 2026-03-01T10:14:59.990000Z "forward" "-" "-" "-" "-" "-" "-"`
)

var places = []place{
	in("app", true, "message", `{"time":"2026-03-01T10:15:00Z","level":"info","message":"`, `","status":200}`),
	in("app", true, "deep", `{"a":{"b":[{"c":"`, `"}]},"n":12}`),
	in("app", false, "plain text", `2026-03-01 10:15:00 INFO saved `, ` in 12 ms`),
	in("cloudtrail", true, "parameter", `{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","requestParameters":{"bucketName":"clinic","tagging":"`, `"},"eventID":"3038ebd2-c98a-4c65-9b6e-e22506292313"}`),
	in("cloudtrail", true, "error", `{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","errorMessage":"`, `","resources":[{"ARN":"arn:aws:s3:::clinic","type":"AWS::S3::Bucket"}]}`),
	in("waf", true, "header", `{"timestamp":1772359200123,"formatVersion":1,"action":"ALLOW","httpRequest":{"clientIp":"203.0.113.9","headers":[{"name":"X-Note","value":"`, `"}],"uri":"/","args":"page=2","httpMethod":"GET"}}`),
	in("waf", true, "matched", `{"timestamp":1772359200123,"formatVersion":1,"action":"BLOCK","terminatingRuleMatchDetails":[{"conditionType":"XSS","location":"BODY","matchedData":["`, `"]}],"httpRequest":{"clientIp":"203.0.113.9","uri":"/","httpMethod":"GET"}}`),
	in("alb", false, "query", albHead, albTail),
}

// writing is a way to write text inside something else.
type writing struct {
	name  string
	json  bool // only for places in JSON
	whole bool // hides where a part of the text stands
	write func(string) string
}

var writings = []writing{
	{"as it is", false, false, func(s string) string { return s }},
	{"percent", false, false, percentAll},
	{"percent twice", false, false, func(s string) string { return strings.ReplaceAll(percentAll(s), "%", "%25") }},
	{"escapes", true, false, escapeAll},
	{"references", false, false, func(s string) string {
		return each(s, func(c byte) string { return fmt.Sprintf("&#x%x;", c) })
	}},
	{"base64", false, true, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", false, true, func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"json", true, false, func(s string) string { return quoted(`{"note":` + string(quote(s)) + `}`) }},
	{"json in json", true, false, func(s string) string {
		return quoted(`{"note":` + string(quote(`{"note":`+string(quote(s))+`}`)) + `}`)
	}},
	{"json in base64", true, true, func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"note":` + string(quote(s)) + `}`))
	}},
}

func each(s string, f func(byte) string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(f(s[i]))
	}
	return b.String()
}

func percentAll(s string) string {
	return each(s, func(c byte) string { return fmt.Sprintf("%%%02X", c) })
}

func escapeAll(s string) string {
	return each(s, func(c byte) string { return fmt.Sprintf(`\u%04x`, c) })
}

func quote(s string) []byte {
	b, _ := json.Marshal(s)
	return b
}

// quoted is s as it stands in a JSON string, without the quotes.
func quoted(s string) string {
	b := quote(s)
	return string(b[1 : len(b)-1])
}

// spelled lists how a secret could still be read in what came out.
func spelled(ph phrase) []string {
	s := []string{ph.secret, hex.EncodeToString([]byte(ph.secret))}
	for _, w := range writings {
		if w.whole {
			s = append(s, w.write(ph.text), w.write(ph.secret))
		} else if w.name != "json" && w.name != "json in json" {
			s = append(s, w.write(ph.secret))
		}
	}
	return s
}

// planted is a record that names a patient, and what must not be left of it.
type planted struct {
	raw    []byte
	phrase phrase
	place  place
	how    writing
}

func plant(r *rand.Rand, id identity) planted {
	for {
		p := planted{place: places[r.IntN(len(places))], how: writings[r.IntN(len(writings))]}
		if p.how.json && !p.place.json {
			continue
		}
		ph := id.phrases()
		p.phrase = ph[r.IntN(len(ph))]
		if !p.place.json && p.how.name == "as it is" && p.place.format == "alb" {
			p.phrase.text = strings.ReplaceAll(p.phrase.text, " ", "+") // a URL has no blanks
		}
		if p.place.json {
			p.raw = []byte(p.place.record(p.how.write(p.phrase.text)))
		} else {
			p.raw = []byte(p.place.record(p.how.write(p.phrase.text)))
		}
		return p
	}
}

func (p planted) String() string {
	return p.phrase.kind + ", " + p.how.name + ", " + p.place.format + " " + p.place.name
}

// survives says how a secret is still to be read in one of the texts, or "".
func (p planted) survives(texts ...string) string {
	for _, text := range texts {
		for _, s := range spelled(p.phrase) {
			if strings.Contains(text, s) {
				return s
			}
		}
	}
	return ""
}

func rigs(t testing.TB) map[string]*rig {
	e := newEngine(t, newKeys(t), "promises")
	m := map[string]*rig{}
	for format := range sources() {
		m[format] = newRig(t, format, e)
	}
	return m
}

// TestPlantedIdentifierNeverSurvives: neither as it is nor in an encoding, in
// neither the record nor a column; and where it cannot be found the test can
// tell, because it is there before.
func TestPlantedIdentifierNeverSurvives(t *testing.T) {
	rs := rigs(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		p := plant(r, newIdentity(r))
		if p.survives(string(p.raw)) == "" && !strings.HasPrefix(p.how.name, "json") {
			t.Fatalf("%v: the record does not hold what was planted", p)
		}
		rig := rs[p.place.format]
		rig.newBatch()
		code := rig.record(p.raw)
		if code != "" {
			t.Fatalf("%v: tombstone %s", p, code)
		}
		for c, text := range rig.texts() {
			if s := p.survives(text); s != "" {
				t.Fatalf("%v: %q survives in %s: %s", p, s, c, text)
			}
		}
		if rig.batch.Rows() != 1 {
			t.Fatalf("%v: %d rows", p, rig.batch.Rows())
		}
	})
}

// TestScrubbingTwiceIsScrubbingOnce, and what comes out has the shape of what
// went in.
func TestScrubbingTwiceIsScrubbingOnce(t *testing.T) {
	rs := rigs(t)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		raw, format := drawRecord(t, r)
		rig := rs[format]
		once, ms, code := rig.filter(raw)
		if code != "" {
			t.Fatalf("tombstone %s: %s", code, raw)
		}
		checkMatches(t, rig, raw, ms)
		once = bytes.Clone(once)
		checkShape(t, format, raw, once)
		twice, _, code := rig.filter(once)
		if code != "" || !bytes.Equal(once, twice) {
			t.Fatalf("%s\nonce  %s\ntwice %s %s", raw, once, twice, code)
		}
		checkColumns(t, rig, raw, once)
	})
}

// checkColumns: the columns of a record are those of the scrubbed record, but for
// what says what was scrubbed.
func checkColumns(t *rapid.T, r *rig, raw, scrubbed []byte) {
	r.newBatch()
	if code := r.record(raw); code != "" {
		t.Fatal(code)
	}
	want := r.texts()
	if code := r.record(scrubbed); code != "" {
		t.Fatal(code)
	}
	for c, got := range r.texts() {
		switch c {
		case schemas.ScrubTypes, schemas.PatientToken, schemas.SessionIDCol:
			continue
		}
		if got != want[c] {
			t.Fatalf("%s is %q, in the scrubbed record %q: %s", c, want[c], got, raw)
		}
	}
}

// drawRecord draws a record of any kind that the tests know.
func drawRecord(t *rapid.T, r *rand.Rand) (raw []byte, format string) {
	id := newIdentity(r)
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		p := plant(r, id)
		return p.raw, p.place.format
	case 1:
		format := rapid.SampledFrom(benchFormats).Draw(t, "format")
		return []byte(generate(format, r, true)), format
	case 2:
		return []byte(strings.Join([]string{`MSH|^~\&|ADT|CLINIC|LAB|CLINIC|20260301101500||ADT^A01|MSG00001|P|2.5`,
			`PID|1||` + id.MRN + `^^^CLINIC^MR~` + id.MRN + `9^^^OTHER||` + id.Last + `^` + id.First + `||19470615|F|||1420 MAPLE ST^^SPRINGFIELD^IL^62704||` + id.Phone,
			`OBX|1|TX|NOTE||seen with SSN ` + id.SSN + `||||||F`}, "\r")), "app"
	}
	return []byte(`ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *260301*1015*^*00501*000000001*0*P*:~NM1*IL*1*` + id.Last + `*` + id.First + `****MI*XQJ` + id.MRN + `~NM1*85*2*CLINIC~REF*SY*` + strings.ReplaceAll(id.SSN, "-", "") + `~NTE*ADD*CALL ` + id.Phone + `~IEA*1*000000001~`), "app"
}

// checkMatches: matches lie in fields, in order, apart from one another.
func checkMatches(t *rapid.T, r *rig, raw []byte, ms []Match) {
	at := uint32(0)
	for _, m := range ms {
		if m.Start < at || m.End <= m.Start || int(m.End) > len(raw) {
			t.Fatalf("match [%d,%d) after %d in %d bytes", m.Start, m.End, at, len(raw))
		}
		at = m.End
		inside := false
		for _, f := range r.rec.Fields {
			inside = inside || !f.Alias && f.Start <= m.Start && m.End <= f.End
		}
		if !inside {
			t.Fatalf("match [%d,%d) lies in no field", m.Start, m.End)
		}
	}
}

func checkShape(t *rapid.T, format string, raw, out []byte) {
	count := func(sep string) {
		if a, b := bytes.Count(raw, []byte(sep)), bytes.Count(out, []byte(sep)); a != b {
			t.Fatalf("%d of %q became %d:\n%s\n%s", a, sep, b, raw, out)
		}
	}
	switch {
	case bytes.HasPrefix(raw, []byte("MSH")):
		count("|")
		count("\r")
	case bytes.HasPrefix(raw, []byte("ISA")):
		count("*")
		count("~")
	case raw[0] == '{':
		var a, b any
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &b); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if !sameShape(a, b) {
			t.Fatalf("shape changed:\n%s\n%s", raw, out)
		}
	case format == "alb":
		if a, b := albFields(raw), albFields(out); a != b {
			t.Fatalf("%d fields became %d:\n%s\n%s", a, b, raw, out)
		}
	}
}

// sameShape compares keys and nesting, also of JSON in strings; a number may have
// become a string.
func sameShape(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if c, ok := b[k]; !ok || !sameShape(a[k], c) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameShape(a[i], b[i]) {
				return false
			}
		}
		return true
	case string:
		s, ok := b.(string)
		var inner, scrubbed any
		if ok && strings.HasPrefix(a, "{") && json.Unmarshal([]byte(a), &inner) == nil {
			return json.Unmarshal([]byte(s), &scrubbed) == nil && sameShape(inner, scrubbed)
		}
		return ok
	case float64:
		_, isString := b.(string)
		return isString || reflect.DeepEqual(a, b)
	}
	return reflect.DeepEqual(a, b)
}

func albFields(line []byte) int {
	n, inside := 1, false
	for _, c := range line {
		switch {
		case c == '"':
			inside = !inside
		case c == ' ' && !inside:
			n++
		}
	}
	return n
}
