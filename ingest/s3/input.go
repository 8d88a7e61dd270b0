package s3

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/ingest"
)

// Queue is what the input asks of SQS. *sqs.Client of AWS's SDK is one.
type Queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// Defaults of Input.
const (
	DefaultInHand     = 1024
	DefaultVisibility = 2 * time.Minute
	DefaultTries      = 5

	receivers = 2
	fetchers  = 16
	longPoll  = 20 // seconds, as long as SQS lets one wait
	atOnce    = 10 // messages of one request, as many as SQS takes
)

// letGo is how long a message is kept hidden. SQS ends it after 12 hours; then it
// is delivered again while its objects are still under way, which costs nothing but
// the work: the archive has one of each record.
const letGo = 11 * time.Hour

// Input reads the objects that the messages of a queue announce. Its fields must
// not change after Run.
type Input struct {
	Queue  Queue
	URL    string                     // of the queue
	Client func(bucket string) Client // who may read the bucket

	// InHand is how many messages are received and not settled at most. Messages
	// wait for others that say whose their addresses are (pipeline.Config.Patience),
	// so it bounds the rate too: as many come within that time at most.
	InHand     int
	Visibility time.Duration // how long a message stays hidden if we die
	Tries      int           // deliveries after which an object that is gone or denied leaves a gap
	Memory     int64         // bytes of small objects held at a time; DefaultMemory if 0
	Log        zerolog.Logger
	Counts     *Counts
}

var _ ingest.Input = (*Input)(nil)

// Run implements ingest.Input. It ends with its context only: what SQS or S3 does
// not give now is asked for again. Messages in hand stay hidden until their
// payloads are done, also after Run returned.
func (in *Input) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &session{
		in: in, emit: emit, ctx: ctx, fetcher: newFetcher(in.Client, in.Memory),
		visibility: cmp.Or(in.Visibility, DefaultVisibility), tries: cmp.Or(in.Tries, DefaultTries),
		room: make(chan struct{}, cmp.Or(in.InHand, DefaultInHand)), work: make(chan *task),
		held: map[*held]bool{}, deletes: make(chan closing), returns: make(chan closing), over: make(chan struct{}),
	}
	s.learn(ctx)
	go s.beat()
	go s.closings(s.deletes, s.delete)
	go s.closings(s.returns, s.giveBack)
	var group errgroup.Group
	work := func(loop func(context.Context) error) {
		group.Go(func() error {
			defer cancel()
			return loop(ctx)
		})
	}
	for range receivers {
		work(s.receive)
	}
	for range fetchers {
		work(s.fetch)
	}
	err := group.Wait()
	go func() {
		s.inHand.Wait()
		close(s.over)
	}()
	return err
}

// learn asks what becomes of messages that are delivered often: an object that can
// not be read must leave its gap before SQS puts its message away.
func (s *session) learn(ctx context.Context) {
	for failed := 1; ctx.Err() == nil; failed++ {
		out, err := s.in.Queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &s.in.URL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy}})
		f := faultOf(err)
		switch {
		case err == nil:
			var policy struct {
				Max json.Number `json:"maxReceiveCount"` // a number, or a string that holds one
			}
			_ = json.Unmarshal([]byte(out.Attributes["RedrivePolicy"]), &policy)
			if n, err := strconv.Atoi(string(policy.Max)); err == nil && n > 0 {
				s.dead = true
				s.tries = min(s.tries, n)
			}
			return
		case f.code == ingest.CodeDenied:
			s.in.Log.Warn().Str("queue", s.in.URL).Str("code", f.word).Msg("the queue does not tell its dead-letter policy: sqs:GetQueueAttributes is needed")
			return
		}
		s.trouble(ctx, "asking a queue for its attributes", f, failed)
	}
}

// trouble logs a failed call and waits before the next.
func (s *session) trouble(ctx context.Context, doing string, f *fault, failed int) {
	if ctx.Err() != nil {
		return
	}
	s.in.Log.Error().Str("queue", s.in.URL).Str("code", f.word).Int("failures", failed).Msg(doing + " failed")
	sleep(ctx, polls.after(failed))
}

// polls is the pause after calls to SQS that failed.
var polls = backoff{time.Second, time.Minute}

// receive takes messages as long as there is room for them in hand.
func (s *session) receive(ctx context.Context) error {
	for failed := 0; ; {
		n, err := s.reserve(ctx)
		if err != nil {
			return err
		}
		out, err := s.in.Queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &s.in.URL, MaxNumberOfMessages: int32(n), WaitTimeSeconds: longPoll, VisibilityTimeout: seconds(s.visibility),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount},
		})
		var got []types.Message
		if err == nil {
			got = out.Messages
		}
		for range n - len(got) {
			<-s.room
		}
		if err != nil {
			failed++
			s.trouble(ctx, "receiving messages", faultOf(err), failed)
			continue
		}
		failed = 0
		for i := range got {
			s.take(ctx, &got[i])
		}
	}
}

// reserve waits for room for a message, and takes what there is for more.
func (s *session) reserve(ctx context.Context) (n int, err error) {
	select {
	case s.room <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for n = 1; n < atOnce; n++ {
		select {
		case s.room <- struct{}{}:
		default:
			return n, nil
		}
	}
	return n, nil
}

// take begins with a message.
func (s *session) take(ctx context.Context, m *types.Message) {
	s.in.Counts.Received.Add(1)
	h := &held{receipt: aws.ToString(m.ReceiptHandle), since: time.Now(), extended: time.Now()}
	h.count, _ = strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	s.hold(h)
	n, err := parseNotice([]byte(aws.ToString(m.Body)))
	s.in.Counts.Others.Add(int64(n.others))
	switch {
	case err != nil:
		s.in.Counts.Malformed.Add(1)
		s.in.Log.Error().Str("queue", s.in.URL).Str("message", aws.ToString(m.MessageId)).Msg("a message is no notification: it is carried as a record")
		h.left = 1
		s.put(ctx, &task{held: h, message: m})
		return
	case n.test:
		s.in.Counts.Tests.Add(1)
	}
	h.left = max(1, len(n.objects))
	for i := range n.objects {
		s.put(ctx, &task{held: h, object: n.objects[i]})
	}
	if len(n.objects) == 0 {
		go s.finish(h, true)
	}
}

// put hands a task to a fetcher.
func (s *session) put(ctx context.Context, t *task) {
	select {
	case s.work <- t:
	case <-ctx.Done():
		s.finish(t.held, false)
	}
}

func seconds(d time.Duration) int32 { return int32(max(1, d/time.Second)) }
