package scrub

import (
	"regexp"
	"testing"
)

var marks = regexp.MustCompile("«[a-z_]+ ([^»]*)»")

// foundIn returns text with what a rig's engine finds in it as «kind text».
func foundIn(t testing.TB, r *rig, text string) string {
	t.Helper()
	_, ms, code := r.filter([]byte(text))
	if code != "" {
		t.Fatalf("%s: %q", code, text)
	}
	out, at := "", uint32(0)
	for _, m := range ms {
		out += text[at:m.Start] + "«" + m.Kind.String() + " " + text[m.Start:m.End] + "»"
		at = m.End
	}
	return out + text[at:]
}

// finds holds what is found in the lines of an application: the text without its
// marks gives the text with them.
func finds(t *testing.T, marked ...string) {
	t.Helper()
	r := newRig(t, "app", newEngine(t, newKeys(t), "clinic"))
	for _, want := range marked {
		text := marks.ReplaceAllString(want, "$1")
		if got := foundIn(t, r, text); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestRows(t *testing.T) {
	finds(t,
		`row 7: «mrn 0091234»;«person_name Haldane»;«person_name Ruth»;«birth_date 11.02.1961»;F;«street_address 44 Maple Court»;«us_zip 19901»`,
		`Failing row contains (7, «person_name Ruth, Haldane», «birth_date 1961-02-11», «us_ssn 219-09-9999», null)`,
		`parameters: $1 = '«person_name Ruth»', $2 = '«person_name Haldane»', $3 = '«us_ssn 219-09-9999»'`,
		`received args=('«email ruth@example.net»', '«other_id 1119462»')`,
		`pt | «person_name RUTH HALDANE» | F | «birth_date 02/11/2009» | «us_ssn 219-09-9999»`,
		`dup «person_name RUTH HALDANE» / «birth_date 02/11/1961» / «us_zip 19901»`,
		`INFO, Started, Worker, 12, 200, 3785`,
		`GET, POST, PUT from «email ruth@example.net»`,
		`«email ruth@example.net» 1119462 bytes`,
	)
}

func TestLoneDates(t *testing.T) {
	finds(t,
		`cannot parse "«birth_date 02/11/1961»" of row 7`,
		`invalid input: '«birth_date April 2, 1979»'`,
		`signed by «person_name Ruth Haldane» on «care_date 5/26/2025»`,
		`need to move my «care_date June 3» appt`,
		`birthdate=ge«birth_date 1961-02-11»`,
		`copied faxes/«person_name haldane_ruth»/«birth_date 19610211»/referral.pdf`,
		`Expires: Sat, 26 Jul 1997 05:00:00 GMT`,
		`epoch 1970-01-01 and default 1900-01-01`,
		`API version 2006-03-01, policy 2012-10-17`,
		`build 4.26.45 of 2025-06-03`,
		`xmlns http://www.w3.org/1999/02/22-rdf-syntax-ns`,
	)
}

func TestMarkup(t *testing.T) {
	finds(t,
		`<soap:lastName>«person_name Lee»</soap:lastName><dob>«birth_date 1950-03-09»</dob>`,
		`<patient><id>«patient_id 8812345»</id></patient>`,
		`<birthTime value="«birth_date 19500309»"/>`,
		`<PID.3><CX.1>«mrn 78545147»</CX.1></PID.3><PID.5><FN.1>«person_name OSEI»</FN.1></PID.5><MSH.9><X>ADT</X></MSH.9>`,
		`PID.5.1="«person_name LEE»" PID.7.1="«birth_date 19500309»" MSH.9.1="ADT"`,
		`Writing [PatientDto(id=«patient_id 721983», firstName=«person_name Ann»)]`,
		`"first_name"=>"«person_name Ann»", "dob"=>"«birth_date 1950-03-09»"`,
		`<b>12</b> items in <queue>claims-7</queue>`,
		`JobDto(id=721983, state=DONE)`,
	)
}

func TestSQLWords(t *testing.T) {
	finds(t,
		`WHERE last_name ILIKE '«person_name lee»%' AND mrn IN ('«mrn 77120»','«mrn 77121»')`,
		`WHERE dob BETWEEN '«birth_date 1950-01-02»' AND '«birth_date 1951-03-04»'`,
		`WHERE queue LIKE 'claims%' AND shard IN ('17120','17121')`,
	)
}

func TestSegmentsAlone(t *testing.T) {
	finds(t,
		`reject segment NM1*IL*1*«person_name LEE»*«person_name ANN»****MI*«health_plan_id W123456789»~ reason=invalid`,
		`NACK for PID|1||«mrn 7712034»^^^HOSP^MR||«person_name LEE^ANN»||«birth_date 19500309»|F`,
		`matched 4*3*2*1 and A|B|C|D`,
	)
}

func TestAgain(t *testing.T) {
	finds(t,
		`key=«health_plan_id W123456789» value={"memberId":"«health_plan_id W123456789»"}`,
		`topic=W12345 key=77120345 level=info`,
	)
}

func TestPathsOfPersons(t *testing.T) {
	finds(t,
		`GET /patients/«patient_id 287156»/imaging/«other_id ACC95035830» 200`,
		`exports/by-patient/«person_name haldane_ruth»/«other_id 7712034»/summary_«care_date 20250611».pdf`,
		`out/«person_name LOPEZ_MARIA»_«mrn 0091234».hl7`,
		`what=ccda_«person_name lopez_maria».xml`,
		`profile «personal_url https://www.facebook.com/ann.lee.96» linked`,
		`arn:aws:iam::111122223333:user/maria-lopez`,
		`lib/code_block_1234567.js`,
	)
}

func TestUsersOfSessions(t *testing.T) {
	finds(t,
		`User "«user_id ruth.haldane61»" failed login`,
		`session opened for «user_id emoen» from the portal`,
		`Login failed for user 'sa'`,
		`Disconnected from authenticating user root 192.0.2.7 port 62832`,
		`userId: Practitioner/4083`,
		`INVITE sip:a;user=phone`,
	)
}

func TestWhatIsNoSecret(t *testing.T) {
	finds(t,
		`reset token 8c0f592f49d724a1e57d9b49e014ac67ffcca634 sent`,
		`token=«secret ya29XabcdQWERTYuiopZ» used`,
		`Authorization: Bearer «secret ya29XabcdQWERTYuiopZ»`,
	)
}

func TestPairs(t *testing.T) {
	finds(t,
		`set("lastName", "«person_name Haldane»") set('mrn', '«mrn 0091234»')`,
		`{"criteria":[{"field":"LAST_NAME","op":"EQ","value":"«person_name Haldane»"}]}`,
		`{"a":{"patient.mrn":{"stringValue":"«mrn 0091234»"}}}`,
		`field [Last Name] = [«person_name Haldane»]`,
		`{"key":"queue","value":"claims 123456"}`,
		`["patient-view","hookInstance","mrn"]`,
		`set("lastRun", "Monday")`,
	)
}

func TestNumbersOfPersons(t *testing.T) {
	finds(t,
		`USING (SELECT '«us_ssn 219099999»' AS SSN, '«person_name LEE»' AS LAST_NM FROM dual)`,
		`cdr: "«person_name Ann Lee»" <«us_phone 4155550132»>,«us_phone 4155550132»,s`,
		`authenticated with dob «birth_date 19500309» and last4 «us_ssn 6352»`,
		`insured vehicle, policy «health_plan_id SDW334842263»`,
		`patient.merge survivor=«mrn 1857165» retired=«mrn MR2612103»`,
		`GET /patients/by-phone/«us_phone 4155550132» and (302) 555-01`,
		`SELECT 'x' AS kind, '1234567' AS build`,
		`lock survivor=1857165`,
		`MessageSid=SM15a950698edb792fef54eb42437b2ed2`,
		`<1234567890>`,
	)
}

func TestForeignAddresses(t *testing.T) {
	finds(t,
		`mailing address updated to «street_address Calle Hidalgo 218, Monterrey» for member`,
		`emergency contact abroad: «person_name Maria Lopez», «street_address Storgata 18, 87342 Oslo», tel «us_phone +47 22 12 34 56»`,
		`visit at «street_address 12 rue de la République», «street_address 69001 Lyon» ok`,
		`ping via 192.0.2.7 took 12 ms`,
		`retry Route 53 lookup`,
	)
}

func TestImplants(t *testing.T) {
	finds(t,
		`CGM paired: transmitter «device_id 8GK42Z» ok`,
		`pacemaker interrogation «device_id PJN882104H» done`,
		`transmitter lost, retry 3 of 5`,
		`pacemaker interrogation scheduled`,
	)
}

func TestClaimNumbers(t *testing.T) {
	finds(t,
		`claim 837P batch rejected by the clearinghouse`,
		`claim number «account_number 837P4418» rejected`,
	)
}
