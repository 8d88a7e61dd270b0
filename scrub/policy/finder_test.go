package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

func parse(t testing.TB, file string) *Policy {
	t.Helper()
	p, problems, err := Parse("scrub.yaml", []byte(file), today)
	if err != nil {
		t.Fatal(problems.String())
	}
	return p
}

const customFile = `version: 1
recognizers:
  - {name: visit, class: R, pattern: 'NV-\d{4}'}
  - {name: folded, class: R, pattern: '(?i)kx\d{3}'}
  - {name: chart, class: H, pattern: '\d{6,7}', context: [chart no, file], distance: 12}
  - {name: near, class: R, pattern: 'ZZ\d{2}', context: [room]}
  - {name: summed, class: R, pattern: 'SUM\d{4,11}', checksum: luhn}
  - {name: waf_only, class: R, pattern: 'WW-\d{3}', source: aws_waf}
`

func TestFinder(t *testing.T) {
	finder := parse(t, customFile).Finder()
	f := func(before, text string, want ...string) {
		t.Helper()
		found, _ := finder.Find([]byte(text), []byte(before), "app")
		var got []string
		for _, m := range found {
			got = append(got, m.Custom.Name+" "+text[m.Start:m.End])
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%q %q: got %q, want %q", before, text, got, want)
		}
	}
	f("", "visit NV-1234 and NV-5678.", "visit NV-1234", "visit NV-5678")
	f("", "XNV-1234 NV-12345 nv-1234 NV-123")
	f("", "KX123 kX456", "folded KX123", "folded kX456")
	f("", "chart no 123456", "chart 123456")
	f("", "chartNo=1234567", "chart 1234567")
	f("", "chart_no: 123456, order 654321", "chart 123456")
	f("", "CHART NO. 123456", "chart 123456")
	f("", "profile 123456")
	f("", "123456")
	f(`{"chart_no":"`, "123456", "chart 123456")
	f(`{"chart_no":"x","order":"`, "123456")
	f("", "room 12, bed ZZ12", "near ZZ12")
	f("", "bed ZZ12")
	f(`"room":"`, "ZZ12", "near ZZ12")
	f("", "SUM79927398713 SUM79927398714", "summed SUM79927398713")
	f("", "WW-123")
	f("", "")
	f("", "é NV-1234 é", "visit NV-1234")
}

// TestFinderDoubts: what would match elsewhere must not pass for clean.
func TestFinderDoubts(t *testing.T) {
	finder := parse(t, customFile).Finder()
	f := func(text string, want bool) {
		t.Helper()
		if found, unsure := finder.Find([]byte(text), nil, "app"); unsure != want || len(found) > 0 {
			t.Errorf("%q: got %v, %v", text, found, unsure)
		}
	}
	f("123456", true)
	f("order 123456", true)
	f("bed ZZ12", true)
	f("WW-123", true)
	f("nothing 12", false)
	f("NV-12", false)
}

// TestFinderIsLinear: words of context that repeat cost each their distance, no
// more.
func TestFinderIsLinear(t *testing.T) {
	finder := parse(t, customFile).Finder()
	cost := func(n int) time.Duration {
		text := []byte(strings.Repeat("chart no 12 ", n))
		best := time.Hour
		for range 5 {
			began := time.Now()
			finder.Find(text, nil, "app")
			best = min(best, time.Since(began))
		}
		return best
	}
	if short, long := cost(2000), cost(8000); long > 12*short {
		t.Errorf("four times the text takes %v, the text %v", long, short)
	}
}

func TestAllowed(t *testing.T) {
	now := today()
	p, problems, err := Parse("scrub.yaml", []byte(`version: 1
allow:
  - {name: desk, class: us_phone, value: (415) 555-0142, reason: ours, owner: a, expires: 2026-11-22}
  - {name: gateway, class: O, value: 1.12.0.1, reason: ours, owner: a, expires: 2027-01-31}
  - {name: tests, class: H, pattern: 'TEST-\d{3}', reason: ours, owner: a, expires: 2027-01-31}
  - {name: in_waf, class: email, value: Probe@Example.org, source: aws_waf, reason: ours, owner: a, expires: 2027-01-31}
  - {name: in_field, class: email, value: status@example.org, source: app, field: message, reason: ours, owner: a, expires: 2027-01-31}
`), func() time.Time { return now })
	if err != nil {
		t.Fatal(problems.String())
	}
	f := func(source string, k recognizer.Kind, value string, field uint16, want bool) {
		t.Helper()
		if got := p.For(source).Allowed(k, nil, []byte(value), field); got != want {
			t.Errorf("%s %s %q: got %v", source, k, value, got)
		}
	}
	f("app", recognizer.Phone, "415.555.0142", 0, true)
	f("app", recognizer.Phone, "+1 (415) 555-0142", 0, true)
	f("app", recognizer.Phone, "415-555-01421", 0, false)
	f("app", recognizer.Phone, "415-555-014", 0, false)
	f("app", recognizer.Fax, "415-555-0142", 0, false)
	f("app", recognizer.IPAddress, "1.12.0.1", 0, true)
	f("app", recognizer.IPAddress, "11.2.0.1", 0, false)
	f("app", recognizer.MRN, "TEST-123", 0, true)
	f("app", recognizer.MRN, "TEST-1234", 0, false)
	f("app", recognizer.MRN, "XTEST-123", 0, false)
	f("aws_waf", recognizer.Email, "probe@example.ORG", 0, true)
	f("app", recognizer.Email, "probe@example.org", 0, false)
	f("app", recognizer.Email, "status@example.org", p.Overrides()["app"][0].Rule, true)
	f("app", recognizer.Email, "status@example.org", 0, false)
	f("app", recognizer.Email, strings.Repeat("x", 300), 0, false)
	now = now.Add(12*time.Hour - time.Nanosecond)
	f("app", recognizer.Phone, "415.555.0142", 0, true)
	now = now.Add(time.Nanosecond) // the day is over
	f("app", recognizer.Phone, "415.555.0142", 0, false)
	f("app", recognizer.MRN, "TEST-123", 0, true)
	var none *Policy
	if none.For("app").Allowed(recognizer.Phone, nil, []byte("415.555.0142"), 0) || none.Finder() != nil || none.Overrides() != nil || none.Warnings() != nil || none.Text(nil) != "" {
		t.Error("no policy does something")
	}
}

func TestCoarse(t *testing.T) {
	f := func(k recognizer.Kind, value, want string) {
		t.Helper()
		if got := string(AppendCoarse(nil, k, []byte(value), 2026)); got != want {
			t.Errorf("%s %q: got %q, want %q", k, value, got, want)
		}
	}
	f(recognizer.BirthDate, "1950-03-09", "1950")
	f(recognizer.BirthDate, "03/09/1950", "1950")
	f(recognizer.BirthDate, "March 9, 1950", "1950")
	f(recognizer.BirthDate, "19500309", "1950")
	f(recognizer.BirthDate, "03091950", "1950")
	f(recognizer.BirthDate, "19500309101500", "1950")
	f(recognizer.BirthDate, "1936-12-31", "over_89")
	f(recognizer.BirthDate, "1937-01-01", "1937")
	f(recognizer.BirthDate, "3/9/50", "")
	f(recognizer.CareDate, "1936-12-31", "1936")
	f(recognizer.ZIP, "62704", "627")
	f(recognizer.ZIP, "62704-1234", "627")
	f(recognizer.ZIP, "03601", "000")
	f(recognizer.ZIP, "3962", "")
	f(recognizer.Age, "93", "over_89")
	f(recognizer.IPAddress, "198.51.100.7", "198.51.100.0_24")
	f(recognizer.IPAddress, "2001:db8:1:2::7", "2001_db8_1___48")
	f(recognizer.SSN, "123-45-6789", "")
}

// TestNothingAllocates: what the engine asks at every text and match.
func TestNothingAllocates(t *testing.T) {
	p := parse(t, customFile+`allow:
  - {name: desk, class: us_phone, value: (415) 555-0142, reason: ours, owner: a, expires: 2027-11-22}
  - {name: tests, class: H, pattern: 'TEST-\d{3}', reason: ours, owner: a, expires: 2027-01-31}
`)
	finder, n := p.Finder(), 0
	text, value, mrn := []byte(strings.Repeat("chart no 123456, room ZZ12, visit NV-1234. ", 4)), []byte("415.555.0142"), []byte("TEST-999")
	finder.Find(text, nil, "app")
	allocs := testing.AllocsPerRun(100, func() {
		found, _ := finder.Find(text, nil, "app")
		n += len(found)
		if r := p.For("app"); !r.Allowed(recognizer.Phone, nil, value, 0) || !r.Allowed(recognizer.MRN, nil, mrn, 0) {
			n = -1 << 40
		}
	})
	if allocs > 0 || n <= 0 {
		t.Errorf("%v allocations, %d found", allocs, n)
	}
}

func BenchmarkFinder(b *testing.B) {
	finder := parse(b, customFile).Finder()
	text := []byte(strings.Repeat(`{"time":"2026-03-02T09:00:05Z","level":"info","message":"worklist refreshed in 12 ms for clinic 7"} `, 100))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		finder.Find(text, nil, "app")
	}
}

func TestLetter(t *testing.T) {
	p := parse(t, customFile)
	for name, want := range map[string]byte{"chart": 'H', "visit": 'R', "us_ssn": 'G', "nothing": 'R'} {
		if got := p.Letter(name); got != want {
			t.Errorf("%s: got %c", name, got)
		}
	}
	for i, c := range p.Customs() {
		if c.Number() != i {
			t.Errorf("%s is number %d, at %d", c.Name, c.Number(), i)
		}
	}
}

// TestDefaultNetworks: those that are exempt by default are groups, by name.
func TestDefaultNetworks(t *testing.T) {
	if text := parse(t, "version: 1\nsession_ip: {mode: strict, exempt: [unspecified, shared, link_local, loopback, private]}").Text(nil); text != "" {
		t.Errorf("the default written out changes something: %s", text)
	}
	if text := parse(t, "version: 1\nsession_ip: {exempt: [private]}").Text(nil); text == "" {
		t.Error("fewer networks change nothing")
	}
}

// TestSameFileSameHash: neither layout nor comments nor order change the text;
// what a file says does.
func TestSameFileSameHash(t *testing.T) {
	texts := map[string]string{}
	for i, file := range []string{
		"version: 1\nclasses:\n  us_npi: token\n  email: drop\n",
		"# hello\nclasses: {email: drop, 'us_npi': \"token\"}\nversion: 1",
		"version: 1\nclasses:\n    email:   {treat: drop}   # why\n    us_npi: |\n      token\n",
	} {
		texts[parse(t, file).Text([]byte("k"))] = fmt.Sprint(i)
	}
	if len(texts) != 1 {
		t.Errorf("the same file has the texts %v", texts)
	}
	if a, b := parse(t, customFile).Text(nil), parse(t, strings.ReplaceAll(customFile, `NV-\d{4}`, `NV-\d{5}`)).Text(nil); a == b {
		t.Error("another pattern gives the same text")
	}
}
