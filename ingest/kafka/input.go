package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/scrubline/scrubline/ingest"
)

// Input reads the topics of a Config. It is an ingest.Input whose Run ends with
// its context only, or if the brokers refuse us.
type Input struct {
	cfg Config

	mu     sync.Mutex
	parts  map[place]*partition // that we own
	halted map[place]string     // that are not read, and why
	gaps   uint64               // offsets that were gone before they were read
}

// place names a partition.
type place struct {
	topic     string
	partition int32
}

// New returns an input for a valid Config.
func New(cfg Config) (*Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.defaults()
	return &Input{cfg: cfg, parts: map[place]*partition{}, halted: map[place]string{}}, nil
}

// errAnew ends a session whose partitions must be looked up anew.
var errAnew = errors.New("partitions must be looked up anew")

// Pauses between sessions.
const (
	pauseMin = 200 * time.Millisecond
	pauseMax = 30 * time.Second
)

// Run implements ingest.Input. Brokers that do not answer are waited for.
func (in *Input) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	pause := pauseMin
	for {
		began := time.Now()
		err := in.session(ctx, emit)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.GroupAuthorizationFailed):
			return fmt.Errorf("reading kafka: %w", reason(err))
		case errors.As(err, new(*emitError)):
			return errors.Unwrap(err)
		}
		in.cfg.Log.Warn().Str("reason", reason(err).Error()).Msg("kafka: beginning anew")
		if time.Since(began) > pauseMax {
			pause = pauseMin
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, pauseMax)
	}
}

// emitError is an error of the pipeline, not of Kafka.
type emitError struct{ error }

func (e *emitError) Unwrap() error { return e.error }

// reason is what may be said of an error: a broker's code, or that the connection
// is in trouble.
func reason(err error) error {
	if e, ok := errors.AsType[*kerr.Error](err); ok {
		return errors.New(e.Message)
	}
	for _, known := range []error{errAnew, errNoID, kgo.ErrClientClosed, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errors.As(err, new(*kgo.ErrDataLoss)) {
		return errors.New("the partition's log was cut")
	}
	return errors.New("no connection to the brokers")
}

// session reads until something must be begun anew.
func (in *Input) session(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &session{Input: in, emit: emit, failed: make(chan error, 1)}
	opts := in.cfg.options()
	if in.cfg.Group != "" {
		var topics []string
		for _, t := range in.cfg.Topics {
			topics = append(topics, t.Name)
		}
		opts = append(opts, kgo.ConsumerGroup(in.cfg.Group), kgo.ConsumeTopics(topics...), kgo.DisableAutoCommit(),
			kgo.AdjustFetchOffsetsFn(s.adjust), kgo.OnPartitionsRevoked(s.revoked), kgo.OnPartitionsLost(s.revoked))
	}
	var err error
	if s.client, err = kgo.NewClient(opts...); err != nil {
		return &emitError{fmt.Errorf("configuring kafka: %w", err)}
	}
	defer in.forget()
	defer s.client.CloseAllowingRebalance()
	if err := s.client.Ping(ctx); err != nil {
		return err
	}
	if in.cfg.Group == "" {
		offsets := map[string]map[int32]kgo.Offset{}
		for _, t := range in.cfg.Topics {
			offsets[t.Name] = map[int32]kgo.Offset{}
			for _, p := range t.Partitions {
				offsets[t.Name][p] = kgo.NewOffset()
			}
		}
		if offsets, err = s.begin(ctx, offsets); err != nil {
			return err
		}
		s.client.AddConsumePartitions(offsets)
	}
	return s.read(ctx)
}

// forget gives up all partitions.
func (in *Input) forget() {
	in.mu.Lock()
	defer in.mu.Unlock()
	clear(in.parts)
}

// State is what is known of a partition that is ours.
type State struct {
	Topic     string
	Partition int32
	End       int64     // offset after the last message
	Archived  int64     // offset up to which all is archived
	Finished  int64     // the same, and inserted: what is committed
	Oldest    time.Time // of the messages that were read and are not finished; zero if none
	Halted    string    // why it is not read, ""
}

// States describes the partitions.
func (in *Input) States() []State {
	in.mu.Lock()
	defer in.mu.Unlock()
	var all []State
	for at, p := range in.parts {
		all = append(all, State{Topic: at.topic, Partition: at.partition, End: p.end, Archived: int64(p.at.Offset), Finished: p.finished, Oldest: p.oldest()})
	}
	for at, why := range in.halted {
		all = append(all, State{Topic: at.topic, Partition: at.partition, Halted: why})
	}
	return all
}

// Gaps returns how many offsets were gone before they were read, since the input
// was made.
func (in *Input) Gaps() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.gaps
}
