package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/scrubline/scrubline/ingest"
)

// session is a client and what it was given.
type session struct {
	*Input
	client *kgo.Client
	emit   func(context.Context, ingest.Payload) error
	failed chan error // of begin, when the client called it
}

// adjust is called by the client when the group gave us partitions: what was
// committed, in offsets, is not looked at.
func (s *session) adjust(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	offsets, err := s.begin(ctx, offsets)
	if err != nil && ctx.Err() == nil {
		select {
		case s.failed <- err:
		default:
		}
	}
	return offsets, err
}

// revoked is called by the client when partitions are not ours any more. What of
// them is under way goes on: whoever has them now finds it in the archive.
func (s *session) revoked(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic, parts := range lost {
		for _, n := range parts {
			delete(s.parts, place{topic, n})
		}
	}
}

// begin asks the archive where the partitions are to be read from.
func (s *session) begin(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	ids, err := s.identities(ctx, slices.Collect(maps.Keys(offsets)))
	if err != nil {
		return nil, err
	}
	logs, err := s.bounds(ctx, offsets)
	if err != nil {
		return nil, err
	}
	var parts []*partition
	for at, log := range logs {
		id, ok := ids[at.topic]
		if !ok {
			return nil, kerr.UnknownTopicOrPartition
		}
		p := &partition{place: at, identity: fmt.Sprintf("%s/%d", id, at.partition), end: log.end, finished: -1}
		p.origin = ingest.Origin{Name: fmt.Sprintf("kafka/%s/%d", at.topic, at.partition)}
		for _, t := range s.cfg.Topics {
			if t.Name == at.topic {
				p.format = t.Format
			}
		}
		parts = append(parts, p)
	}
	for i, p := range parts {
		err := s.send(ctx, ingest.Payload{
			Origin: p.origin, Scheme: "k", Identity: p.identity, Size: 0, Turn: i == len(parts)-1,
			Stream: &ingest.Stretch{Ask: true, End: uint64(max(0, p.end)), Reached: func(at ingest.Position) {
				s.mu.Lock()
				p.at = at
				s.mu.Unlock()
			}},
			Done: func(error) {},
		})
		if err != nil {
			return nil, err
		}
	}
	return s.own(parts, logs), nil
}

// own takes partitions for ours and returns where to read them from.
func (s *session) own(parts []*partition, logs map[place]bounds) map[string]map[int32]kgo.Offset {
	from := map[string]map[int32]kgo.Offset{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range parts {
		log := logs[p.place]
		if int64(p.at.Offset) > log.end {
			s.halt(p.place, "its log is shorter than what is archived of it")
			continue
		}
		if s.halted[p.place] != "" {
			continue
		}
		read := kgo.NewOffset().At(int64(p.at.Offset)).WithEpoch(p.at.Epoch)
		if log.first > int64(p.at.Offset) {
			p.gap = uint64(log.first)
			s.gaps += p.gap - p.at.Offset
			read = kgo.NewOffset().At(log.first)
			s.cfg.Log.Error().Str("topic", p.topic).Int32("partition", p.partition).Uint64("from", p.at.Offset).Uint64("to", p.gap).
				Msg("kafka: messages were gone before they were read")
		}
		s.parts[p.place] = p
		if from[p.topic] == nil {
			from[p.topic] = map[int32]kgo.Offset{}
		}
		from[p.topic][p.partition] = read
	}
	return from
}

// halt says that a partition is not read. s.mu is held.
func (s *session) halt(at place, why string) {
	s.halted[at] = why
	delete(s.parts, at)
	s.cfg.Log.Error().Str("topic", at.topic).Int32("partition", at.partition).Str("reason", why).Msg("kafka: partition is not read")
}

// send gives the pipeline a payload.
func (s *session) send(ctx context.Context, p ingest.Payload) error {
	if err := s.emit(ctx, p); err != nil {
		return &emitError{err}
	}
	return nil
}

// failure looks at an error of a partition. It returns one if the session must
// end.
func (s *session) failure(topic string, partition int32, err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.As(err, new(*kgo.ErrDataLoss)):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.halt(place{topic, partition}, "its log was cut and written anew")
		s.client.PauseFetchPartitions(map[string][]int32{topic: {partition}})
		return nil
	case errors.Is(err, kerr.OffsetOutOfRange):
		return errAnew // what is missing is found when it is looked up
	}
	return err
}
