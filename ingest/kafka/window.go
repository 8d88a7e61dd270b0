package kafka

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/scrubline/scrubline/ingest"
)

// window is what was read of each partition.
type window struct {
	of     map[*partition][]ingest.Message
	bytes  int
	broken error // why the session is to end, after this window
}

// read carries window after window.
func (s *session) read(ctx context.Context) error {
	for {
		w := s.fill(ctx)
		if err := s.carry(ctx, w); err != nil {
			return err
		}
		s.commit(ctx)
		if w.broken != nil {
			return w.broken
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// fill polls until the window has enough or is old enough.
func (s *session) fill(ctx context.Context) *window {
	w := &window{of: map[*partition][]ingest.Message{}}
	ends, cancel := context.WithTimeout(ctx, s.cfg.Window)
	defer cancel()
	for w.bytes < s.cfg.WindowBytes && w.broken == nil && ends.Err() == nil {
		select {
		case w.broken = <-s.failed:
			return w
		default:
		}
		fetches := s.client.PollFetches(ends)
		if fetches.IsClientClosed() {
			w.broken = kgo.ErrClientClosed
			return w
		}
		fetches.EachError(func(topic string, n int32, err error) {
			if err := s.failure(topic, n, err); err != nil {
				w.broken = err
			}
		})
		s.mu.Lock()
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			p := s.parts[place{f.Topic, f.Partition}]
			if p == nil {
				return // revoked while it was fetched, or halted
			}
			if f.Err == nil {
				p.end = max(p.end, f.HighWatermark)
			}
			for _, r := range f.Records {
				w.of[p] = append(w.of[p], ingest.Message{Offset: uint64(r.Offset), Epoch: r.LeaderEpoch, Time: r.Timestamp, Value: r.Value})
				w.bytes += len(r.Value)
			}
		})
		s.mu.Unlock()
	}
	return w
}

// carry gives the pipeline the window and waits until it is archived.
func (s *session) carry(ctx context.Context, w *window) error {
	s.mu.Lock()
	for _, p := range s.parts {
		if p.gap > p.at.Offset && w.of[p] == nil {
			w.of[p] = []ingest.Message{}
		}
	}
	var parts []*partition
	for p := range w.of {
		parts = append(parts, p)
	}
	s.mu.Unlock()
	slices.SortFunc(parts, func(a, b *partition) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition))
	})
	for i, p := range parts {
		if err := s.send(ctx, s.stretch(p, w.of[p], i == len(parts)-1)); err != nil {
			return err
		}
	}
	return nil
}

// stretch is the payload of messages of a partition.
func (s *session) stretch(p *partition, messages []ingest.Message, last bool) ingest.Payload {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &flight{first: time.Now()}
	if len(messages) > 0 {
		f.first = messages[0].Time
	}
	p.flights = append(p.flights, f)
	part := &ingest.Stretch{From: p.at, Messages: messages, Format: p.format}
	if p.gap > p.at.Offset {
		part.Gap = p.gap
	}
	part.Reached = func(at ingest.Position) {
		s.mu.Lock()
		defer s.mu.Unlock()
		p.at, f.to = at, int64(at.Offset)
		part.Messages = nil // their memory is not needed for the insert
	}
	return ingest.Payload{
		Origin: p.origin, Scheme: "k", Identity: p.identity, Size: part.Bytes(), Turn: last, Stream: part,
		Done: func(err error) {
			if err != nil {
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			p.land(f)
		},
	}
}

// commit tells the group how far all is finished. It is a hint to others: that it
// fails, or comes late, harms nothing.
func (s *session) commit(ctx context.Context) {
	if s.cfg.Group == "" {
		return
	}
	offsets := map[string]map[int32]kgo.EpochOffset{}
	s.mu.Lock()
	for at, p := range s.parts {
		if p.finished <= p.committed {
			continue
		}
		p.committed = p.finished
		if offsets[at.topic] == nil {
			offsets[at.topic] = map[int32]kgo.EpochOffset{}
		}
		offsets[at.topic][at.partition] = kgo.EpochOffset{Epoch: -1, Offset: p.finished}
	}
	s.mu.Unlock()
	if len(offsets) > 0 {
		s.client.CommitOffsets(ctx, offsets, nil)
	}
}
