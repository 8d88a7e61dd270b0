package app

import "testing"

func TestSchemaNamesEveryShapesFields(t *testing.T) {
	s := New().(*Source)
	for name, f := range map[string]bool{"client": s.known.client.Column != 0, "user": s.known.user.Hint != 0, "host": s.known.host.Column != 0, "url": s.known.url.Hint != 0} {
		if !f {
			t.Errorf("%s has no entry", name)
		}
	}
}
