package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/scrubline/scrubline/pipeline"
)

// progress shows on a terminal how much was read, on stderr.
type progress struct {
	mu    sync.Mutex
	shown bool
	done  chan struct{}
	wg    sync.WaitGroup
}

// startProgress shows what r reads, and what more says.
func startProgress(r *pipeline.Runner, quiet bool, more func() string) *progress {
	p := &progress{done: make(chan struct{})}
	if quiet || !terminal(os.Stderr) {
		return p
	}
	start := time.Now()
	p.wg.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				p.hide()
				return
			case <-tick.C:
				mb := float64(r.BytesRead.Load()) / 1e6
				p.mu.Lock()
				fmt.Fprintf(os.Stderr, "\r\x1b[K%s read %.1f MB, %.1f MB/s%s", spin(start), mb, mb/time.Since(start).Seconds(), more())
				p.shown = true
				p.mu.Unlock()
			}
		}
	})
	return p
}

func spin(start time.Time) string {
	return [...]string{"|", "/", "-", "\\"}[time.Since(start)/(200*time.Millisecond)%4]
}

// hide clears the line, so that something else can be printed.
func (p *progress) hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) stop() {
	close(p.done)
	p.wg.Wait()
}
