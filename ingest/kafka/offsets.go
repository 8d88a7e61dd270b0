package kafka

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// errNoID says that a broker is too old.
var errNoID = errors.New("the brokers give topics no id: kafka 2.8 or newer is needed")

// identities asks for the topics' ids: what tells a partition from one of the same
// name before or elsewhere.
func (s *session) identities(ctx context.Context, topics []string) (map[string]string, error) {
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, t := range resp.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, err
		}
		if t.TopicID == [16]byte{} {
			return nil, errNoID
		}
		ids[*t.Topic] = hex.EncodeToString(t.TopicID[:])
	}
	return ids, nil
}

// bounds are the first offset of a partition's log and the one after its last.
type bounds struct{ first, end int64 }

const (
	earliest = -2
	latest   = -1
)

// bounds asks where the partitions' logs begin and end.
func (s *session) bounds(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[place]bounds, error) {
	all := map[place]bounds{}
	for _, when := range []int64{earliest, latest} {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID = -1
		for topic, parts := range offsets {
			t := kmsg.NewListOffsetsRequestTopic()
			t.Topic = topic
			for n := range parts {
				p := kmsg.NewListOffsetsRequestTopicPartition()
				p.Partition, p.Timestamp = n, when
				t.Partitions = append(t.Partitions, p)
			}
			req.Topics = append(req.Topics, t)
		}
		resp, err := req.RequestWith(ctx, s.client)
		if err != nil {
			return nil, err
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				at := place{t.Topic, p.Partition}
				b := all[at]
				if when == earliest {
					b.first = p.Offset
				} else {
					b.end = p.Offset
				}
				all[at] = b
			}
		}
	}
	return all, nil
}
