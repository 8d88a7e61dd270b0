package s3

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// returns is how long a message that is given back stays hidden: longer with each
// delivery if an object of it could not be read, a moment if we are to blame.
var (
	retries = backoff{30 * time.Second, 15 * time.Minute}
	soon    = backoff{5 * time.Second, 30 * time.Second}
)

// closing is the end of a message in hand.
type closing struct {
	*held
	done chan struct{} // closed when SQS knows, or will not
}

// finish notes that one object of a message is done. With the last one the message
// is settled, or given back if one failed; finish returns when SQS knows.
func (s *session) finish(h *held, good bool) {
	s.mu.Lock()
	h.left--
	h.failed = h.failed || !good
	last, to := h.left == 0, s.deletes
	if h.failed {
		to = s.returns
	}
	s.mu.Unlock()
	if !last {
		return
	}
	c := closing{h, make(chan struct{})}
	to <- c
	<-c.done
	s.mu.Lock()
	delete(s.held, h)
	s.mu.Unlock()
	<-s.room
	s.inHand.Done()
}

// gather is how long the end of a message waits for others, to go with them in one
// request.
const gather = 50 * time.Millisecond

// farewell is how long SQS may take to hear of it when we are asked to stop.
const farewell = 10 * time.Second

// closings brings what comes to SQS, several at a time.
func (s *session) closings(from chan closing, end func(context.Context, []closing)) {
	for {
		var some []closing
		select {
		case c := <-from:
			some = append(some, c)
		case <-s.over:
			return
		}
		for wait := time.After(gather); wait != nil && len(some) < atOnce; {
			select {
			case c := <-from:
				some = append(some, c)
			case <-wait:
				wait = nil
			}
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.visibility)
			defer cancel()
			defer context.AfterFunc(s.ctx, func() { time.AfterFunc(farewell, cancel) })()
			end(ctx, some)
			for _, c := range some {
				close(c.done)
			}
		}()
	}
}

// delete settles messages. One that SQS does not delete is delivered again, and
// settled then.
func (s *session) delete(ctx context.Context, some []closing) {
	s.until(ctx, "deleting messages", some, func(some []closing) ([]types.BatchResultErrorEntry, error) {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: &s.in.URL}
		for i := range some {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: id(i), ReceiptHandle: &some[i].receipt})
		}
		out, err := s.in.Queue.DeleteMessageBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		s.in.Counts.Settled.Add(int64(len(out.Successful)))
		return out.Failed, nil
	})
}

// giveBack lets messages be delivered again.
func (s *session) giveBack(ctx context.Context, some []closing) {
	s.in.Counts.Returned.Add(int64(len(some)))
	s.until(ctx, "giving messages back", some, func(some []closing) ([]types.BatchResultErrorEntry, error) {
		in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &s.in.URL}
		for i := range some {
			hidden := int32(0) // we stop: another may have it at once
			switch {
			case some[i].unread:
				hidden = seconds(retries.after(some[i].count))
			case s.ctx.Err() == nil:
				hidden = seconds(soon.after(some[i].count))
			}
			in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: id(i), ReceiptHandle: &some[i].receipt, VisibilityTimeout: hidden})
		}
		out, err := s.in.Queue.ChangeMessageVisibilityBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return out.Failed, nil
	})
}

// until repeats a request with what of it fails, but for receipts that are not
// good any more.
func (s *session) until(ctx context.Context, doing string, some []closing, request func([]closing) ([]types.BatchResultErrorEntry, error)) {
	for failed := 1; ; failed++ {
		wrong, err := request(some)
		if err == nil {
			var rest []closing
			for _, w := range wrong {
				if i, err := strconv.Atoi(*w.Id); err == nil && i < len(some) && !stale(w) {
					rest = append(rest, some[i])
				}
			}
			some = rest
		}
		if len(some) == 0 {
			return
		}
		if !sleep(ctx, pauses.after(failed)) {
			s.in.Log.Error().Str("queue", s.in.URL).Str("code", faultOf(err).word).Int("messages", len(some)).Msg(doing + " failed: they are delivered again")
			return
		}
	}
}

// stale says that a receipt is not good any more: the message is visible again, or
// was received or deleted by another.
func stale(e types.BatchResultErrorEntry) bool {
	return strings.HasSuffix(*e.Code, "ReceiptHandleIsInvalid") || strings.HasSuffix(*e.Code, "MessageNotInflight") || e.SenderFault
}

func id(i int) *string {
	s := strconv.Itoa(i)
	return &s
}

// beat keeps the messages in hand hidden: each is extended when half of its time is
// over.
func (s *session) beat() {
	tick := time.NewTicker(s.visibility / 8)
	defer tick.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-tick.C:
		}
		var due []*held
		now := time.Now()
		s.mu.Lock()
		for h := range s.held {
			switch {
			case h.expired || now.Sub(h.extended) < s.visibility/2-s.visibility/8:
			case now.Sub(h.since) >= letGo:
				h.expired = true
				s.in.Counts.LetGo.Add(1)
				s.in.Log.Warn().Str("queue", s.in.URL).Msg("a message is let go after 11 hours in hand")
			default:
				due = append(due, h)
			}
		}
		s.mu.Unlock()
		for len(due) > 0 {
			n := min(len(due), atOnce)
			s.extend(due[:n])
			due = due[n:]
		}
	}
}

// extend hides messages for another while. What fails is tried again at the next
// beat, of which there are some before their time is over.
func (s *session) extend(some []*held) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.visibility/4)
	defer cancel()
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &s.in.URL}
	for i, h := range some {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: id(i), ReceiptHandle: &h.receipt, VisibilityTimeout: seconds(s.visibility)})
	}
	asked := time.Now()
	out, err := s.in.Queue.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		s.in.Log.Warn().Str("queue", s.in.URL).Str("code", faultOf(err).word).Int("messages", len(some)).Msg("messages could not be kept hidden")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := map[string]bool{}
	for _, w := range out.Failed {
		i, err := strconv.Atoi(*w.Id)
		failed[*w.Id] = true
		if err == nil && i < len(some) && stale(w) && s.held[some[i]] {
			some[i].expired = true
			s.in.Counts.LetGo.Add(1)
		}
	}
	for i, h := range some {
		if !failed[*id(i)] {
			h.extended = asked
		}
	}
}
