package generic

import "testing"

func TestSourcesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sources() {
		if seen[s.Name()] {
			t.Errorf("%s twice", s.Name())
		}
		seen[s.Name()] = true
	}
	if len(seen) != 9 {
		t.Errorf("%d sources", len(seen))
	}
}
