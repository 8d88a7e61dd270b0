package evaluate

import (
	"slices"
	"testing"
)

func TestSecondLook(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{`{"msg":"ok","id":"3f2b8c1a-9d4e-4b6a-8f00-112233445566","port":8443,"ssn":"[phi-us_ssn]","mrn":"t1.mrn.1.abcdefghijklmnopqrstuvwxyz"}`, nil},
		{`lookup ssn 219-09-9999 failed`, []string{"ssn"}},
		{`000-12-3456 and 912-34-5678 are none`, nil},
		{`GET /p?dob=1950-03-09&n=%34`, []string{"birth_date"}},
		{`GET /p?phone=%28415%29%20655-0134`, []string{"phone"}},
		{`card 4111-1111-1111-1111`, []string{"card"}},
		{`card 4111-1111-1111-1112`, nil},
		{`patient_name="Ann" MRN: 4001234 ann@mail.example`, []string{"email", "mrn", "name"}},
	} {
		got := SecondLook(c.text)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}
