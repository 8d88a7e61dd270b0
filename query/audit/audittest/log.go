// Package audittest is an audit log in memory that can be made to fail.
package audittest

import (
	"errors"
	"slices"
	"sync"

	"github.com/scrubline/scrubline/query/audit"
)

// ErrDown is what a log says that is down.
var ErrDown = errors.New("the audit log is down")

// Log is an audit.Log. The zero value works.
type Log struct {
	mu      sync.Mutex
	entries []audit.Entry
	down    bool
	left    int // entries until it goes down; 0: it does not
}

// Append implements audit.Log.
func (l *Log) Append(e audit.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return ErrDown
	}
	l.entries = append(l.entries, e)
	if l.left > 0 {
		l.left--
		l.down = l.left == 0
	}
	return nil
}

// Down takes the log down, or brings it up again.
func (l *Log) Down(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down, l.left = down, 0
}

// DownAfter takes it down after n more entries.
func (l *Log) DownAfter(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down, l.left = n == 0, n
}

// Take returns the entries since the last Take.
func (l *Log) Take() []audit.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(l.entries)
	l.entries = nil
	return out
}
