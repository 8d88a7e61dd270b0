package canary

import "testing"

// TestEveryPlantingIsFound: a search that did not see a value in some encoding
// would prove nothing.
func TestEveryPlantingIsFound(t *testing.T) {
	for _, values := range Identities(20, 1) {
		for _, v := range values {
			for _, e := range Encodings {
				s := NewSearch([]Value{v})
				s.Look("here", []byte(`{"message":"`+e.Write(v)+`","status":200}`))
				if s.Found() != 1 {
					t.Errorf("%s %q in %s is not found: %s", v.Kind, v.Secret, e.Name, e.Write(v))
				}
			}
		}
	}
}

// TestNothingElseIsFound: neither parts of a value nor numbers that hold one.
func TestNothingElseIsFound(t *testing.T) {
	s := NewSearch([]Value{{"mrn", "", "40012345"}, {"ssn", "", "219-09-9999"}, {"name", "", "Aberandoman"}})
	s.Look("here", []byte(`140012345 400123456 4001234 219-09-999 2190999990 Aberandoma [phi-mrn] t1.mrn.1.abcdefghijklmnopqrstuvwxyz`))
	if s.Found() != 0 {
		t.Error(s.Report(9))
	}
	s.Look("there", []byte("a 2190 9999 x219099999 ABERANDOMAN40012345"))
	if s.Found() != 3 {
		t.Error(s.Report(9), s.Missing())
	}
}
