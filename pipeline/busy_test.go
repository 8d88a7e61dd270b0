package pipeline

import (
	"sync"
	"testing"
)

// TestBusyWhileOthersDeliver: tasks come and go while several wait; everybody's
// wait ends, and not before the own task did.
func TestBusyWhileOthersDeliver(t *testing.T) {
	var b busy
	b.wait() // nothing to wait for
	var inputs sync.WaitGroup
	for range 4 {
		inputs.Go(func() {
			for range 2000 {
				ended := false
				b.add()
				go func() {
					ended = true
					b.done()
				}()
				if b.wait(); !ended {
					t.Error("waited for nothing")
				}
			}
		})
	}
	inputs.Wait()
	if b.wait(); b.n != 0 {
		t.Errorf("%d tasks are left", b.n)
	}
}
