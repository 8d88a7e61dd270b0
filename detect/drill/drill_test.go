package drill_test

import (
	"strings"
	"testing"

	"github.com/scrubline/scrubline/detect/drill"
)

// TestOnlyTheKeyMarks: a mark is known under its key and under no other, and a
// changed character ends it.
func TestOnlyTheKeyMarks(t *testing.T) {
	m, other := drill.New([]byte("one")), drill.New([]byte("two"))
	d := drill.NewDrill()
	for n := range uint16(100) {
		id := m.ID(d, n)
		if got := m.Drill(id); got != d {
			t.Fatalf("%s is of drill %q, want %q", id, got, d)
		}
		if other.Drill(id) != "" {
			t.Fatalf("another key knows %s", id)
		}
		for i := range id {
			c := "0"
			if id[i] == '0' {
				c = "1"
			}
			if m.Drill(id[:i]+c+id[i+1:]) != "" {
				t.Fatalf("%s with character %d changed is a mark", id, i)
			}
		}
	}
	for _, id := range []string{"", "x", strings.Repeat("8", 36), "3b9ac9ff-0000-4000-8000-000000000000"} {
		if m.Drill(id) != "" {
			t.Errorf("%q is a mark", id)
		}
	}
	var none *drill.Marker
	if none.Drill(m.ID(d, 1)) != "" {
		t.Error("nobody's marker knows a mark")
	}
}
