package identity

import (
	"fmt"
	"testing"
	"time"
)

func TestLoginsThatFailAreLimited(t *testing.T) {
	now := noon
	l := NewLimiter(func() time.Time { return now })
	for i := range loginBurst {
		if l.Blocked("192.0.2.1:1000") {
			t.Fatalf("blocked after %d", i)
		}
		l.Failed(fmt.Sprintf("192.0.2.1:%d", 2000+i))
	}
	for remote, want := range map[string]bool{"192.0.2.1:7": true, "[::ffff:192.0.2.1]:7": true, "192.0.2.2:7": false, "[2001:db8::1]:7": false, "pipe": false} {
		if l.Blocked(remote) != want {
			t.Errorf("%s: %v", remote, !want)
		}
	}
	now = now.Add(loginEvery)
	if l.Blocked("192.0.2.1:7") {
		t.Error("blocked for good")
	}
	for i := range loginBurst {
		l.Failed(fmt.Sprintf("[2001:db8::%x]:7", i))
	}
	if !l.Blocked("[2001:db8::ffff]:7") || l.Blocked("[2001:db8:1::1]:7") {
		t.Error("a network of one machine is not one place")
	}
	for i := range 2 * maxAddresses {
		l.Failed(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256))
	}
	if len(l.places) > maxAddresses {
		t.Errorf("%d places", len(l.places))
	}
}
