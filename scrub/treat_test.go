package scrub

import (
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// only scrubs a record that is one field.
func only(t *testing.T, e *Engine, text string, fd schemas.Field, enc ingest.Encoding) (string, []Match) {
	t.Helper()
	var rec ingest.Record
	rec.Reset("app", schemas.Events, []byte(text))
	rec.Add(0, len(text), fd, enc)
	out, ms, code := e.Filter(&rec, nil)
	if code != "" {
		t.Fatalf("%s: %s", text, code)
	}
	return string(out), ms
}

func TestTreatments(t *testing.T) {
	e := newEngine(t, newKeys(t), "treat")
	f := func(text string, fd schemas.Field, enc ingest.Encoding, want string) {
		t.Helper()
		got, _ := only(t, e, text, fd, enc)
		if got = string(numberTokens([]byte(got))); got != want {
			t.Errorf("%q, %v: got %q, want %q", text, fd.Treat, got, want)
		}
		if strings.Contains(want, "#") {
			return
		}
		if again, _ := only(t, e, got, fd, enc); enc == ingest.Plain && again != got {
			t.Errorf("%q, %v: twice gives %q", text, fd.Treat, again)
		}
	}
	f("anything", schemas.Field{}, ingest.Plain, "[phi-dropped]")
	f("anything", schemas.Field{Treat: schemas.Coarsen}, ingest.Plain, "[phi-dropped]")
	f("17", schemas.Field{}, ingest.JSONValue, `"[phi-dropped]"`)
	f(`{"a":[1]}`, schemas.Field{}, ingest.JSONValue, `"[phi-dropped]"`)
	f("-", schemas.Field{}, ingest.Plain, "-")
	f("null", schemas.Field{Treat: schemas.Token}, ingest.JSONValue, "null")
	f("anything", schemas.Field{Treat: schemas.Label, Type: "us_ssn"}, ingest.Plain, "[phi-us_ssn]")
	f("anything", schemas.Field{Treat: schemas.Label, Type: "no such"}, ingest.Plain, "[phi-other_id]")
	f("anything", schemas.Field{Treat: schemas.Token, Type: "member"}, ingest.Plain, "t1.member.1.#1")
	f("anything", schemas.Field{Treat: schemas.Token, Hint: schemas.SessionID}, ingest.Plain, "t1.session.1.#1")
	f("anything", schemas.Field{Treat: schemas.Token}, ingest.Plain, "t1.id.1.#1")
	f("512-34-8871", schemas.Field{Treat: schemas.Scan, Hint: schemas.TraceID}, ingest.Plain, "[phi-us_ssn]")
	f("4bf92f3577b34da6a3ce929d0e0e4736", schemas.Field{Treat: schemas.Scan, Hint: schemas.TraceID}, ingest.Plain, "4bf92f3577b34da6a3ce929d0e0e4736")
	f("ssn 512-34-8871", schemas.Field{Treat: schemas.Address}, ingest.Plain, "ssn [phi-us_ssn]")
	f("203.0.113.9", schemas.Field{Treat: schemas.Address}, ingest.Plain, "203.0.113.9")
	f("[phi-mrn] Ada", schemas.Field{Treat: schemas.Scan, Hint: schemas.UserID}, ingest.Plain, "t1.user.1.#1")
	f(`a \x22512-34-8871\x22`, schemas.Field{Treat: schemas.Scan}, ingest.SlashX, `a \x22[phi-us_ssn]\x22`)
	f(`mail%20ada%40mail.example`, schemas.Field{Treat: schemas.Scan}, ingest.Percent, `mail%20t1.email.1.#1`)
	f("mail Andr\xc3\xa9@mail.example\xc2\xa0", schemas.Field{Treat: schemas.Scan}, ingest.Plain, "mail t1.email.1.#1\xc2\xa0")
	f(`mail Andr\u00e9@mail.example`, schemas.Field{Treat: schemas.Scan}, ingest.JSONText, "mail t1.email.1.#1")
}

// A token's type says whom a field names when its hint does not.
func TestTokenTypeNamesSomebody(t *testing.T) {
	ring := newKeys(t)
	for typ, want := range map[string]bool{"session": true, "user": true, "patient": true, "email": true, "mrn": true, "member": true, "id": false, "": false} {
		e := newEngine(t, ring, "whom")
		var rec ingest.Record
		raw := []byte("abc123 203.0.113.9")
		rec.Reset("app", schemas.Events, raw)
		rec.Add(0, 6, schemas.Field{Treat: schemas.Token, Type: typ}, ingest.Plain)
		rec.Add(7, len(raw), schemas.Field{Treat: schemas.Address}, ingest.Plain)
		out, _, _ := e.Filter(&rec, nil)
		if got := !strings.Contains(string(out), "203.0.113.9"); got != want {
			t.Errorf("type %q: address replaced: %v", typ, got)
		}
	}
}

// TestQuotesFitTheirLevel: what stands for a number of nested JSON has quotes as
// the encodings around it want them.
func TestQuotesFitTheirLevel(t *testing.T) {
	f := func(want string, ls ...layer) {
		t.Helper()
		var in layers
		for _, l := range ls {
			in = in.add(l)
		}
		if got := string(in.appendQuote([]byte("x"))); got != "x"+want {
			t.Errorf("%v: got %s, want %s", ls, got, want)
		}
	}
	f(`"`)
	f(`\"`, inJSON)
	f(`\\\"`, inJSON, inJSON)
	f(`\\\\\\\"`, inJSON, inJSON, inJSON)
	f(`%22`, inPercent)
	f(`%22`, inJSON, inPercent)
	f(`%5C%22`, inPercent, inJSON)
	f(`%2522`, inPercent, inPercent)
	f(`\x22`, inSlashX)
	f(`\x5C\x22`, inSlashX, inJSON)
	f(`&quot;`, inEntity)
	f(`&amp;quot;`, inEntity, inEntity)
}

// TestSameValueSameToken: in every format, of one tenant; another tenant's differs.
func TestSameValueSameToken(t *testing.T) {
	ring := newKeys(t)
	find := func(format, tenant, raw string) string {
		t.Helper()
		out, _, code := newRig(t, format, newEngine(t, ring, tenant)).filter([]byte(raw))
		from, to := token.Find(out)
		if code != "" || from < 0 {
			t.Fatalf("%s: no token in %s (%s)", format, out, code)
		}
		return string(out[from:to])
	}
	app := find("app", "mercy", `{"mrn":"40012345"}`)
	for format, raw := range map[string]string{
		"app":        `MSH|^~\&|ADT|CLINIC|LAB|CLINIC|20260301101500||ADT^A01|MSG00001|P|2.5` + "\r" + `PID|1||40012345^^^CLINIC^MR`,
		"cloudtrail": `{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","requestParameters":{"note":"MRN 40012345"}}`,
		"waf":        `{"timestamp":1772359200123,"httpRequest":{"args":"mrn=%34%30%30%31%32%33%34%35"}}`,
	} {
		if got := find(format, "mercy", raw); got != app {
			t.Errorf("%s: %s, want %s", format, got, app)
		}
	}
	if find("app", "grace", `{"mrn":"40012345"}`) == app {
		t.Error("two tenants share a token")
	}
}

// TestStructuredValuesPass: what AWS writes comes through untouched, although
// half of it is digits.
func TestStructuredValuesPass(t *testing.T) {
	e := newEngine(t, newKeys(t), "pass")
	for _, text := range []string{
		"arn:aws:s3:::clinic-lake/exports/2026/03/01/part-00017.parquet", "arn:aws:iam::111122223333:role/etl-worker",
		"arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/73e2d6bc24d8a067",
		"3038ebd2-c98a-4c65-9b6e-e22506292313", "12345678-1234-1234-1234-123456789012", "Root=1-65e1a2b3-0123456789abcdef01234567",
		"4bf92f3577b34da6a3ce929d0e0e4736", "111122223333", "i-0123456789abcdef0", "eni-0a1b2c3d4e5f60718", "vpce-0a1b2c3d",
		"1772359200", "1772359200123", "1.11.904", "10.0.1.5:8443", "200 200 3785", "TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
		"aws-cli/2.15.30 Python/3.11.8 Linux/5.10.205-195.807.amzn2.x86_64 exe/x86_64.amzn.2", "C3D13FE58DE4C810",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
		"2026-03-01T10:15:00.123456Z", "s3.us-east-1.amazonaws.com", "AccessDenied", "com.clinic.portal.AuthenticationFilterChain",
		"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	} {
		for _, h := range []schemas.Hint{schemas.Text, schemas.Path, schemas.URL} {
			if got, ms := only(t, e, text, schemas.Field{Treat: schemas.Scan, Hint: h}, ingest.Plain); got != text {
				t.Errorf("%s became %s (%v)", text, got, ms[0].Kind)
			}
		}
	}
}

// Two matches that overlap are one, and nothing of either is left.
func TestOverlapsAreJoined(t *testing.T) {
	e := newEngine(t, newKeys(t), "join")
	e.repl = []byte("abc")
	e.matches = []Match{{Start: 8, End: 12, from: 2, to: 3}, {Start: 0, End: 4, from: 0, to: 1}, {Start: 2, End: 9, Kind: recognizer.SSN, from: 1, to: 2}, {Start: 12, End: 13}}
	e.arrange()
	if len(e.matches) != 2 || e.matches[0] != (Match{Start: 0, End: 12, from: 0, to: 1}) || e.matches[1].Start != 12 {
		t.Errorf("%+v", e.matches)
	}
}

// Columns say what the record says: no address, whole, in a column when the
// record has its token, wherever the decoder read it.
func TestAddressColumnsFollowTheRecord(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "columns"))
	raw := []byte("user ada77 from 2001:db8:1:2::7, via 203.0.113.9")
	r.rec.Reset("app", schemas.Events, raw)
	r.rec.Add(5, 10, schemas.Field{Treat: schemas.Token, Hint: schemas.UserID}, ingest.Plain)
	r.rec.Add(16, len(raw), schemas.Field{Treat: schemas.Scan, Column: schemas.SrcAddr}, ingest.Plain)
	a, _ := token.ParseAddr([]byte("2001:db8:1:2::7"))
	r.rec.SetAddr(schemas.SrcIP, a)
	b, _ := token.ParseAddr([]byte("203.0.113.9"))
	r.rec.SetAddr(schemas.DstIP, b)
	if code := r.engine.Record(&r.rec, nil, r.batch); code != "" {
		t.Fatal(code)
	}
	got := string(numberTokens(r.batch.Str(schemas.SrcAddr).At(0)))
	if got != "t1.ip.1.#1, via t1.ip.1.#2" {
		t.Errorf("src_addr is %s", got)
	}
	network, _ := token.ParseAddr([]byte("2001:db8:1::"))
	v4, _ := token.ParseAddr([]byte("203.0.113.0"))
	if r.batch.Addrs(schemas.SrcIP)[0] != network.As16() || r.batch.Addrs(schemas.DstIP)[0] != v4.As16() {
		t.Error("an address column holds more than the network")
	}
	if r.batch.Nums(schemas.Flags)[0]&schemas.FlagAddressPrefix == 0 {
		t.Error("the row does not say so")
	}
}

// What was put in before announces nothing: the last letters of a token are no
// word, and a token is no mail server.
func TestOursAnnounceNothing(t *testing.T) {
	e := newEngine(t, newKeys(t), "ours")
	const body = "abcdefghijklmnopqrst"
	for _, text := range []string{
		"patient:[phi-person_name]:000", "0@t1.email.1." + body + "uvwxyz",
		"t1.id.1." + body + "vwx7pt 40012345", "t1.id.1." + body + "wx7mrn:40012345", "t1.id.1." + body + "wx7mrn=40012345",
	} {
		if got, _ := only(t, e, text, schemas.Field{Treat: schemas.Scan}, ingest.Plain); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// TestCleanTextsAreRememberedWhole: a text is clean for its key and its hint
// only, and one byte more is another text.
func TestCleanTextsAreRememberedWhole(t *testing.T) {
	e := newEngine(t, newKeys(t), "clean")
	scrub := func(raw string) string {
		var rec ingest.Record
		rec.Reset("app", schemas.Events, []byte(raw))
		at := strings.IndexByte(raw, '=') + 1
		rec.Add(at, len(raw), schemas.Unknown.Field, ingest.Plain).KeyEnd = uint32(at - 1)
		out, _, _ := e.Filter(&rec, nil)
		return string(numberTokens(out))
	}
	for range 2 {
		for raw, want := range map[string]string{
			"note=abernathy-40012345":      "note=abernathy-40012345",
			"mrn=abernathy-40012345":       "mrn=t1.mrn.1.#1",
			"password=abernathy-40012345":  "password=[phi-secret]",
			"note=abernathy-40012345 ssn":  "note=abernathy-40012345 ssn",
			"note=a 512-34-8871 of no one": "note=a [phi-us_ssn] of no one",
		} {
			if got := scrub(raw); got != want {
				t.Errorf("%s became %s", raw, got)
			}
		}
	}
}

// TestSpansCutNoCharacter: however a match lies in the text, what stands for it
// in the record begins and ends with whole characters and whole escapes.
func TestSpansCutNoCharacter(t *testing.T) {
	plain := view{b: []byte("aé…z"), base: 10} // 1, 2, 3 and 1 bytes
	var buf buffer
	text := view{b: []byte(`a\u00e9\u2026z`)}
	escaped := buf.unescapeJSON(&text)
	if string(escaped.b) != string(plain.b) {
		t.Fatalf("unescaped to %q", escaped.b)
	}
	f := func(v *view, s, e int, from, to uint32) {
		t.Helper()
		if a, b := v.span(s, e); a != from || b != to {
			t.Errorf("[%d,%d): got [%d,%d), want [%d,%d)", s, e, a, b, from, to)
		}
	}
	f(&plain, 0, 1, 10, 11)
	f(&plain, 0, 2, 10, 13)
	f(&plain, 2, 4, 11, 16)
	f(&plain, 5, 7, 13, 17)
	f(&escaped, 0, 1, 0, 1)
	f(&escaped, 0, 2, 0, 7)
	f(&escaped, 2, 4, 1, 13)
	f(&escaped, 5, 7, 7, 14)
}

// Two keys of an object that are replaced stay two keys.
func TestReplacedKeysStayApart(t *testing.T) {
	r := newRig(t, "app", newEngine(t, newKeys(t), "keys"))
	out, _, code := r.filter([]byte(`{"512-34-8871":1,"512-34-8872":{"512-34-8873":2},"s":"{\"512-34-8874\":1}"}`))
	if want := `{"[phi-us_ssn]":1,"[phi-us_ssn.2]":{"[phi-us_ssn.3]":2},"s":"{\"[phi-us_ssn.4]\":1}"}`; string(out) != want {
		t.Errorf("%s %s", out, code)
	}
}
