package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/scrubline/scrubline/ingest"
)

// shelf is the pipeline and the archive: what it was given counts, first come,
// first served, as with objects that are never overwritten.
type shelf struct {
	t testing.TB

	mu      sync.Mutex
	at      map[string]ingest.Position // by identity
	values  map[string][]string        // by origin
	gaps    map[string][2]uint64       // the last, by origin
	changed chan struct{}
	slow    time.Duration
	failure error
}

func newShelf(t testing.TB) *shelf {
	return &shelf{t: t, at: map[string]ingest.Position{}, values: map[string][]string{}, gaps: map[string][2]uint64{}, changed: make(chan struct{}, 1)}
}

func (s *shelf) emit(ctx context.Context, p ingest.Payload) error {
	if s.slow > 0 {
		time.Sleep(s.slow)
	}
	s.mu.Lock()
	at := s.at[p.Identity]
	part := p.Stream
	if part.Ask {
		s.mu.Unlock()
		part.Reached(at)
		p.Done(nil)
		return nil
	}
	if s.failure != nil {
		err := s.failure
		s.mu.Unlock()
		p.Done(err)
		return err
	}
	if part.From.Offset > at.Offset {
		s.t.Errorf("%s: a stretch from %d where %d is archived", p.Origin.Name, part.From.Offset, at.Offset)
	}
	if part.Gap > at.Offset {
		s.gaps[p.Origin.Name] = [2]uint64{at.Offset, part.Gap}
		at.Offset, at.Record = part.Gap, at.Record+1
	}
	for _, m := range part.Messages {
		if m.Offset < at.Offset {
			continue
		}
		s.values[p.Origin.Name] = append(s.values[p.Origin.Name], string(m.Value))
		at.Offset, at.Record, at.Epoch = m.Offset+1, at.Record+1, m.Epoch
	}
	s.at[p.Identity] = at
	s.mu.Unlock()
	part.Reached(at)
	p.Done(nil)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return nil
}

// all returns the values of all partitions, sorted.
func (s *shelf) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(func(yield func(string) bool) {
		for _, vs := range maps.Clone(s.values) {
			for _, v := range vs {
				if !yield(v) {
					return
				}
			}
		}
	})
}

// wait waits until so many values are there.
func (s *shelf) wait(n int) {
	s.t.Helper()
	late := time.After(30 * time.Second)
	for len(s.all()) < n {
		select {
		case <-s.changed:
		case <-late:
			s.t.Fatalf("%d values of %d", len(s.all()), n)
		}
	}
}

// run starts an input and returns what stops it.
func run(t testing.TB, cfg Config, s *shelf) (in *Input, stop func()) {
	t.Helper()
	if cfg.Window == 0 {
		cfg.Window = 50 * time.Millisecond
	}
	cfg.Log = zerolog.Nop()
	in, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx, s.emit) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, errShelf) {
			t.Errorf("the input ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return in, stop
}

var errShelf = errors.New("shelf is full")

func cluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func client(t testing.TB, addrs []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// produce writes the values first … first+n-1 to partitions in turn.
func produce(t testing.TB, c *kgo.Client, topic string, partitions, first, n int) (values []string) {
	t.Helper()
	for i := first; i < first+n; i++ {
		v := fmt.Sprintf("%05d", i)
		values = append(values, v)
		if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

func same(t *testing.T, s *shelf, want []string) {
	t.Helper()
	if got := s.all(); !slices.Equal(got, want) {
		t.Errorf("got %d values, want %d: %.200s", len(got), len(want), fmt.Sprint(got))
	}
}

// TestResumesFromTheArchive: whatever was committed, reading goes on where the
// archive ends.
func TestResumesFromTheArchive(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(3, "logs"))
	p := client(t, c.ListenAddrs())
	cfg := Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}
	s := newShelf(t)
	want := produce(t, p, "logs", 3, 0, 30)
	in, stop := run(t, cfg, s)
	s.wait(30)
	if len(in.States()) != 3 || in.Gaps() != 0 {
		t.Errorf("%+v", in.States())
	}
	stop()
	for i, committed := range []int64{0, 5, 1000, 10} { // reset, behind, beyond, right
		req := kmsg.NewPtrOffsetCommitRequest()
		req.Group, req.Generation = "g", -1
		topic := kmsg.NewOffsetCommitRequestTopic()
		topic.Topic, topic.TopicID = "logs", c.TopicInfo("logs").TopicID
		for n := range int32(3) {
			part := kmsg.NewOffsetCommitRequestTopicPartition()
			part.Partition, part.Offset = n, committed
			topic.Partitions = append(topic.Partitions, part)
		}
		req.Topics = append(req.Topics, topic)
		resp, err := req.RequestWith(t.Context(), p)
		if err != nil || resp.Topics[0].Partitions[0].ErrorCode != 0 {
			t.Fatal(err, resp)
		}
		want = append(want, produce(t, p, "logs", 3, 30+6*i, 6)...)
		_, stop := run(t, cfg, s)
		s.wait(len(want))
		stop()
	}
	same(t, s, want)
}

// TestCommitsWhatIsFinished: the group sees how far all is finished.
func TestCommitsWhatIsFinished(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "logs"))
	p := client(t, c.ListenAddrs())
	s := newShelf(t)
	produce(t, p, "logs", 1, 0, 7)
	in, _ := run(t, Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}, s)
	s.wait(7)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		at := c.GroupInfo("g").Commits["logs"][0].Offset
		if st := in.States(); at == 7 && st[0].Finished == 7 && st[0].Archived == 7 && st[0].End == 7 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("committed %d, %+v", at, in.States())
		}
	}
}

// TestOnlyCommitted: records of aborted transactions and markers are not delivered.
func TestOnlyCommitted(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "logs"))
	p := client(t, c.ListenAddrs(), kgo.TransactionalID("t"))
	s := newShelf(t)
	run(t, Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs", Partitions: []int32{0}}}}, s)
	var want []string
	for i, commit := range []bool{false, true, false, true, true, false} {
		if err := p.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		values := produce(t, p, "logs", 1, 10*i, 3)
		if commit {
			want = append(want, values...)
		}
		if err := p.EndTransaction(t.Context(), kgo.TransactionEndTry(commit)); err != nil {
			t.Fatal(err)
		}
	}
	s.wait(len(want))
	same(t, s, want)
}

// TestCompacted: offsets that compaction took, single and in whole batches, are no
// hole and stop nothing.
func TestCompacted(t *testing.T) {
	c := cluster(t)
	if err := c.CreateTopic("logs", 1, map[string]string{"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01"}); err != nil {
		t.Fatal(err)
	}
	p := client(t, c.ListenAddrs())
	var want []string
	for i := range 40 {
		r := &kgo.Record{Topic: "logs", Key: []byte{byte(min(i, 4+i%4))}, Value: fmt.Appendf(nil, "%05d", i)}
		if err := p.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	c.Compact()
	read := client(t, c.ListenAddrs(), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"logs": {0: kgo.NewOffset().AtStart()}}))
	for len(want) == 0 || want[len(want)-1] != "00039" {
		read.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) { want = append(want, string(r.Value)) })
	}
	if len(want) == 40 {
		t.Fatal("nothing was compacted")
	}
	s := newShelf(t)
	_, stop := run(t, Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}, s)
	s.wait(len(want))
	stop()
	same(t, s, want)
	if s.gaps["kafka/logs/0"] != [2]uint64{} {
		t.Errorf("gaps %v", s.gaps)
	}
}

// TestGap: what retention took before it was read is told; the rest is read.
func TestGap(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "logs"))
	p := client(t, c.ListenAddrs())
	cfg := Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}
	s := newShelf(t)
	cut := func(to int64) {
		if err := c.DeleteRecords("logs", 0, to); err != nil {
			t.Fatal(err)
		}
	}
	values := produce(t, p, "logs", 1, 0, 10)
	cut(4)
	in, stop := run(t, cfg, s)
	s.wait(6)
	stop()
	want := values[4:]
	same(t, s, want)
	if s.gaps["kafka/logs/0"] != [2]uint64{0, 4} || in.Gaps() != 4 {
		t.Errorf("gap %v, %d", s.gaps, in.Gaps())
	}
	values = produce(t, p, "logs", 1, 10, 10)
	cut(17)
	_, stop = run(t, cfg, s)
	s.wait(9)
	stop()
	same(t, s, append(want, values[7:]...))
	if s.gaps["kafka/logs/0"] != [2]uint64{10, 17} {
		t.Errorf("gap %v", s.gaps)
	}
}

// TestShortLog: a partition that is shorter than what is archived of it is left
// alone, and the others are read.
func TestShortLog(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(2, "logs"))
	p := client(t, c.ListenAddrs())
	s := newShelf(t)
	produce(t, p, "logs", 2, 0, 4)
	id := c.TopicInfo("logs").TopicID
	s.at[fmt.Sprintf("%x/0", id[:])] = ingest.Position{Offset: 100, Record: 100, Epoch: -1}
	in, _ := run(t, Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}, s)
	s.wait(2)
	same(t, s, []string{"00001", "00003"})
	halted := 0
	for _, st := range in.States() {
		if st.Halted != "" && st.Partition == 0 {
			halted++
		}
	}
	if halted != 1 {
		t.Errorf("%+v", in.States())
	}
}

// TestRebalances: two inputs share a group, come and go; each value is taken once,
// whoever brings it.
func TestRebalances(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(4, "logs"))
	p := client(t, c.ListenAddrs())
	cfg := Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g"}
	s := newShelf(t)
	s.slow = 2 * time.Millisecond
	var want []string
	_, first := run(t, cfg, s)
	for i := range 4 {
		want = append(want, produce(t, p, "logs", 4, 200*i, 100)...)
		_, second := run(t, cfg, s)
		want = append(want, produce(t, p, "logs", 4, 200*i+100, 100)...)
		if i%2 == 0 {
			first()
			first = second
		} else {
			second()
		}
	}
	s.wait(len(want))
	same(t, s, want)
}

// TestFailureOfThePipeline ends the input.
func TestFailureOfThePipeline(t *testing.T) {
	c := cluster(t, kfake.SeedTopics(1, "logs"))
	p := client(t, c.ListenAddrs())
	s := newShelf(t)
	s.failure = errShelf
	produce(t, p, "logs", 1, 0, 1)
	in, err := New(Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g", Window: 10 * time.Millisecond, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Run(t.Context(), s.emit); !errors.Is(err, errShelf) {
		t.Error(err)
	}
}

// TestMechanisms: with each of them a broker that demands it is read.
func TestMechanisms(t *testing.T) {
	const user, password = "scrubline", "not-a-secret"
	for name, m := range map[string]func(password string) sasl.Mechanism{
		"PLAIN":         func(pw string) sasl.Mechanism { return plain.Auth{User: user, Pass: pw}.AsMechanism() },
		"SCRAM-SHA-256": func(pw string) sasl.Mechanism { return scram.Auth{User: user, Pass: pw}.AsSha256Mechanism() },
		"SCRAM-SHA-512": func(pw string) sasl.Mechanism { return scram.Auth{User: user, Pass: pw}.AsSha512Mechanism() },
	} {
		c := cluster(t, kfake.SeedTopics(1, "logs"), kfake.EnableSASL(), kfake.Superuser(name, user, password))
		p := client(t, c.ListenAddrs(), kgo.SASL(m(password)))
		produce(t, p, "logs", 1, 0, 3)
		s := newShelf(t)
		cfg := Config{Brokers: c.ListenAddrs(), Topics: []Topic{{Name: "logs"}}, Group: "g", SASL: m(password)}
		_, stop := run(t, cfg, s)
		s.wait(3)
		stop()
	}
}

// TestValidate names what is wrong.
func TestValidate(t *testing.T) {
	for want, c := range map[string]Config{
		"kafka: no brokers":             {},
		"kafka: no topics":              {Brokers: []string{"b:1"}},
		"kafka: topic a is there twice": {Brokers: []string{"b:1"}, Group: "g", Topics: []Topic{{Name: "a"}, {Name: "a"}}},
		"kafka: topic a names no partitions and there is no group":  {Brokers: []string{"b:1"}, Topics: []Topic{{Name: "a"}}},
		"kafka: topic a names partitions although there is a group": {Brokers: []string{"b:1"}, Group: "g", Topics: []Topic{{Name: "a", Partitions: []int32{1}}}},
		"kafka: a topic has no name":                                {Brokers: []string{"b:1"}, Group: "g", Topics: []Topic{{}}},
	} {
		if err := c.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
