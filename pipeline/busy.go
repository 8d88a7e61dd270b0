package pipeline

import "sync"

// busy counts tasks that workers have or will get. Unlike sync.WaitGroup it may
// be added to while somebody waits: several inputs deliver at a time.
type busy struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n is 0 again; nil if nobody waits
}

func (b *busy) add() {
	b.mu.Lock()
	b.n++
	b.mu.Unlock()
}

func (b *busy) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n--; b.n == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// wait returns when there was a moment without tasks.
func (b *busy) wait() {
	b.mu.Lock()
	if b.n == 0 {
		b.mu.Unlock()
		return
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	idle := b.idle
	b.mu.Unlock()
	<-idle
}
