package api

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errMine means that one principal has as much under way as one may.
var errMine = errors.New("you have as many questions under way as one may; wait for one of them to end")

// mostWaiting is how many questions of one principal may wait for others of theirs.
const mostWaiting = 16

// slots bound how many answers are made at a time, in all and for one principal, who
// can never have all of them.
type slots struct {
	all  chan struct{}
	each int // that one principal may have

	mu   sync.Mutex
	mine map[string]*share // by subject; of those who have or want one
}

// share is what one principal has.
type share struct {
	taken chan struct{}
	users int // that have or want a slot
}

func newSlots(n int) *slots {
	return &slots{all: make(chan struct{}, n), each: max(1, n-1), mine: map[string]*share{}}
}

// take waits for a slot for a principal; release gives it back. It is errMine if what
// stands in the way is the principal's own, errBusy if it is that of others.
func (s *slots) take(ctx context.Context, subject string) (release func(), err error) {
	own, ok := s.join(subject)
	if !ok {
		return nil, errMine
	}
	timer := time.NewTimer(waitTime)
	defer timer.Stop()
	wait := func(c chan struct{}, late error) error {
		select {
		case c <- struct{}{}:
			return nil
		case <-timer.C:
			return late
		case <-ctx.Done():
			return errGone
		}
	}
	if err := wait(own.taken, errMine); err != nil {
		s.leave(subject)
		return nil, err
	}
	if err := wait(s.all, errBusy); err != nil {
		<-own.taken
		s.leave(subject)
		return nil, err
	}
	return func() {
		<-s.all
		<-own.taken
		s.leave(subject)
	}, nil
}

// join counts somebody who wants a slot; false: too many of theirs wait.
func (s *slots) join(subject string) (*share, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.mine[subject]
	if own == nil {
		own = &share{taken: make(chan struct{}, s.each)}
		s.mine[subject] = own
	}
	if own.users >= s.each+mostWaiting {
		return nil, false
	}
	own.users++
	return own, true
}

func (s *slots) leave(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.mine[subject]
	if own.users--; own.users == 0 {
		delete(s.mine, subject)
	}
}
