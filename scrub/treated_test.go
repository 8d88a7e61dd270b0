package scrub

import (
	"maps"
	"strings"
	"testing"
)

// TestTreated: the counts by treatment add up to those by recognizer, a policy's
// own among them.
func TestTreated(t *testing.T) {
	e := policyEngine(t, newKeys(t), parsePolicy(t, `version: 1
classes: {us_phone: drop}
recognizers:
  - {name: visit, class: R, pattern: 'NV-\d{4}'}
`))
	r := newRig(t, "app", e)
	for _, text := range []string{`{"message":"NV-1234 SSN 123-45-6789"}`, `{"message":"SSN 123-45-6788, call 312-555-0144, mail ada.lind@mail.example"}`} {
		if _, _, code := r.filter([]byte(text)); code != "" {
			t.Fatal(code)
		}
	}
	got, sum, want := map[string]uint64{}, map[string]uint64{}, map[string]uint64{}
	for i, n := range e.Treated() {
		if n > 0 {
			got[e.TreatedAs(i)] = n
			kind, _, _ := strings.Cut(e.TreatedAs(i), "/")
			sum[kind] += n
		}
	}
	for i, n := range e.Counts() {
		if n > 0 {
			want[e.Counted(i)] = n
		}
	}
	if !maps.Equal(sum, want) {
		t.Errorf("by treatment %v, by recognizer %v", got, want)
	}
	if got["us_ssn/label"] != 2 || got["us_phone/drop"] != 1 || got["email/token"] != 1 || got["visit/label"] != 1 {
		t.Errorf("got %v", got)
	}
}
