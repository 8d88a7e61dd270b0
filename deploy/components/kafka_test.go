package components

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestKafka: a broker takes messages and has them after it was killed.
func TestKafka(t *testing.T) {
	addr, k := Kafka(t)
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation(), kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ProduceSync(t.Context(), kgo.StringRecord("one"), kgo.StringRecord("two")).FirstErr(); err == nil {
		t.Fatal("a record without a topic was taken")
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("one")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	k.Kill()
	k.Restart()
	for {
		f := c.PollFetches(t.Context())
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		if n := f.NumRecords(); n == 1 {
			return
		}
	}
}
