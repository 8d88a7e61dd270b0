package s3

import (
	"bytes"
	"context"
	"io"
	"path"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/scrubline/scrubline/ingest"
)

// session is one Run of an Input.
type session struct {
	in         *Input
	emit       func(context.Context, ingest.Payload) error
	ctx        context.Context // of Run
	fetcher    *fetcher
	visibility time.Duration
	tries      int
	dead       bool // the queue has a dead-letter queue

	room   chan struct{} // one in it for each message in hand
	work   chan *task
	inHand sync.WaitGroup // the messages in hand
	over   chan struct{}  // closed when Run has returned and none is left

	mu   sync.Mutex // of held and what is in it
	held map[*held]bool

	deletes, returns chan closing
}

// held is a message in hand.
type held struct {
	receipt  string
	count    int       // deliveries, this one included
	since    time.Time // it was received
	extended time.Time // it was last made to stay hidden
	left     int       // objects that are not done
	failed   bool      // one of them could not be carried
	unread   bool      // because it could not be read
	expired  bool      // it is not made to stay hidden any more
}

// task is what a message asks for: an object, a gap in its place, or the message
// itself to be carried.
type task struct {
	*held
	object  Object
	gap     ingest.Code
	message *types.Message
}

func (s *session) hold(h *held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[h] = true
	s.inHand.Add(1)
}

// fetch does tasks.
func (s *session) fetch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case t := <-s.work:
			if err := s.do(ctx, t); err != nil {
				s.finish(t.held, false)
				return err
			}
		}
	}
}

// do reads a task's object and hands its payload on. It returns emit's error or
// the context's; the task is the caller's then.
func (s *session) do(ctx context.Context, t *task) error {
	switch {
	case t.message != nil:
		return s.emit(ctx, s.asItIs(t))
	case t.gap != "":
		p := t.object.gap(t.gap)
		p.Done = func(err error) {
			if err == nil {
				s.in.Counts.gap(t.gap)
			}
			s.finish(t.held, err == nil)
		}
		return s.emit(ctx, p)
	}
	p, err := s.fetcher.fetch(ctx, &t.object, func(err error, unread *fault) {
		switch {
		case err == nil:
			s.in.Counts.Objects.Add(1)
			s.finish(t.held, true)
		case unread != nil:
			s.unread(t, unread)
		default:
			s.finish(t.held, false)
		}
	})
	switch {
	case err == nil:
		return s.emit(ctx, p)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	go s.unread(t, faultOf(err)) // a fetcher must not wait for fetchers
	return nil
}

// patienceTries is how many deliveries an object that cannot be read for reasons
// that pass has, in a queue that puts no message away itself.
const patienceTries = 20

// unread decides what becomes of an object that could not be read: it is tried
// again later, or leaves a gap.
func (s *session) unread(t *task, f *fault) {
	s.in.Log.Warn().Str("origin", t.object.origin().Name).Str("code", f.word).Int("delivery", t.count).Msg("an object could not be read")
	switch {
	case f.code != ingest.CodeUnreadable && t.count >= s.tries:
		t.gap = f.code
	case f.code == ingest.CodeUnreadable && t.count >= patienceTries && !s.dead:
		t.gap = ingest.CodeUnavailable
	default:
		s.mu.Lock()
		t.held.unread = true
		s.mu.Unlock()
		s.finish(t.held, false)
		return
	}
	s.in.Log.Error().Str("origin", t.object.origin().Name).Str("code", string(t.gap)).Msg("an object leaves a gap")
	s.put(s.ctx, t)
}

// asItIs is the payload of a message that nobody understands: what it announces
// cannot be found, but that it came is not lost.
func (s *session) asItIs(t *task) ingest.Payload {
	body, queue := []byte(aws.ToString(t.message.Body)), path.Base(s.in.URL)
	return ingest.Payload{
		Origin: ingest.Origin{Name: "sqs:" + queue + "/" + aws.ToString(t.message.MessageId), Time: t.since.UTC()},
		Scheme: Scheme, Identity: "message\x00" + s.in.URL + "\x00" + aws.ToString(t.message.MessageId), Size: int64(len(body)),
		Open: func(context.Context) (io.ReadCloser, error) { return inMemory{bytes.NewReader(body)}, nil },
		Done: func(err error) { s.finish(t.held, err == nil) },
	}
}
