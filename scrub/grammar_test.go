package scrub

import (
	"fmt"
	"strings"
	"testing"
)

// TestFHIRMarks lists what FHIR's structure makes of each value: its kind, keep
// for codes; values that are not listed are scanned.
func TestFHIRMarks(t *testing.T) {
	f := func(in string, want ...string) {
		t.Helper()
		var got []string
		for _, m := range fhirMarks([]byte(in), nil) {
			end := int(m.start)
			for end < len(in) && in[end] != '"' && in[end] != '}' && in[end] != ',' {
				end++
			}
			if m.kind != 0 {
				got = append(got, m.kind.String()+" "+in[m.start:end])
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\n got %q\nwant %q", in, got, want)
		}
	}
	f(`{"resourceType":"Patient","id":"p1","name":[{"family":"Lee","given":["Ann","Q"],"suffix":["Jr"]}],"birthDate":"1950-03-09","address":[{"line":["1 Oak St"],"city":"Troy","state":"NY","postalCode":"12180"}]}`,
		"patient_id p1", "person_name Lee", "person_name Ann", "person_name Q", "birth_date 1950-03-09", "street_address 1 Oak St", "street_address Troy", "us_zip 12180")
	f(`{"id":"p1","resourceType":"Patient","identifier":[{"value":"123","type":{"coding":[{"code":"MR"}]}},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"219099999"}],"telecom":[{"value":"4155550132","system":"phone"}]}`,
		"patient_id p1", "mrn 123", "us_ssn 219099999", "us_phone 4155550132")
	f(`{"resourceType":"Observation","id":"o1","meta":{"lastUpdated":"2025-01-02T03:04:05Z"},"code":{"coding":[{"display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/p1","display":"Ann Lee"},"performer":[{"reference":"Practitioner/7","display":"Dr Hall"}],"effectiveDateTime":"2025-01-02"}`,
		"other_id o1", "patient_id Patient/p1", "person_name Ann Lee", "care_date 2025-01-02")
	f(`{"resourceType":"Organization","id":"5","name":"Mercy Hospital","address":[{"city":"Troy"}]}`)
	f(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Encounter","id":"e1","period":{"start":"2025-01-02"}}}]}`, "other_id e1", "care_date 2025-01-02")
	f(`{"a":{"b":[1,2,{"c":"d"}]}}`)
	f(`{"resourceType":"Patient","name":[{"family":"Lee`)
}

// TestFHIRWork doubles text that makes the marks look ahead and holds that the
// marks, and so the work, grow as the text does.
func TestFHIRWork(t *testing.T) {
	for _, unit := range []string{`{"identifier":[{"identifier":[{"value":"1"}]}]},`, `{"a":{"a":{"a":{"a":"b"}}}},`, `{"resource":{"x":"1"}},`} {
		text := func(n int) []byte {
			return []byte(`{"contained":[` + strings.Repeat(unit, n) + `{"resourceType":"Patient"}]}`)
		}
		once, twice := len(fhirMarks(text(500), nil)), len(fhirMarks(text(1000), nil))
		if twice > 2*once+8 {
			t.Errorf("%s: %d marks, then %d", unit, once, twice)
		}
	}
}

func TestX12Separators(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		sep, term, from := x12Separators([]byte(in))
		if got := fmt.Sprintf("%c%c%d", max(sep, ' '), max(term, ' '), from); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("NM1*IL*1*LEE*ANN****MI*123~DMG*D8*19500309*F~", "*~0")
	f("HL*4*3*PT~NM1*QC*1*LEE", "*~0")
	f("DTP*472*D8*20250102", "*~0")
	f("ST|270|0001'BHT|0022|13'", "|'0")
	f("HL is a segment", "  0")
	f("REF: see the docs", "  0")
}

func TestNarrative(t *testing.T) {
	f := func(in string, want bool) {
		t.Helper()
		if narrative([]byte(in)) != want {
			t.Errorf("%q: narrative is %v", in, !want)
		}
	}
	f("My name is Ann Lee and I moved.", true)
	f("Tell the driver to stop at the corner of Elm and Oak.", true)
	f("Ann Lee\n12 Oak St\nTroy\nNY", true)
	f("level=info msg=started", false)
	f("Started Session 12 of user root", false)
	f("Full GC (Ergonomics) 1048576K->524288K(2097152K)", false)
	f(`{"message":"my name is Ann"}`, false)
	f("2025-01-02 10:00:00 my name is Ann", false)
}

func FuzzFHIRMarks(f *testing.F) {
	for _, s := range []string{`{"resourceType":"Patient","name":[{"given":["A"]}]}`, `{"identifier":[{"value":"1","system":"s"}],"resourceType":"Person"}`, `[{"resource":{"resourceType":"Claim"`, `{"resourceType":"Patient","extension":[{"url":"latitude","valueDecimal":1.5}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		last := -1
		for _, m := range fhirMarks(b, nil) {
			if int(m.start) <= last || int(m.start) > len(b) {
				t.Fatalf("mark at %d behind one at %d of %d bytes", m.start, last, len(b))
			}
			last = int(m.start)
		}
		x12Separators(b)
		resourceInside(b)
		narrative(b)
	})
}
