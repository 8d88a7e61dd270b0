package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
)

// Config says what to read from where.
type Config struct {
	Brokers []string // host:port of some
	Topics  []Topic
	// Group is the consumer group that the partitions are shared in. Without one
	// each topic names its partitions, and no offset is committed.
	Group string
	TLS   *tls.Config // nil: none
	SASL  sasl.Mechanism

	// A window is what is read of all partitions until it holds WindowBytes or is
	// Window old. Its records are archived together, one object a partition at
	// least, and linked together. Defaults: 16 MiB and 2 seconds.
	Window      time.Duration
	WindowBytes int

	Log zerolog.Logger
}

// Topic is a topic that is read.
type Topic struct {
	Name       string
	Format     string  // source of its messages, "" to look at each
	Partitions []int32 // without a group: which
}

// Defaults of Config.
const (
	DefaultWindow      = 2 * time.Second
	DefaultWindowBytes = 16 << 20

	// fetchBytes is what a broker is asked for at a time, compressed. One answer
	// waits while a window is carried.
	fetchBytes = 8 << 20
)

// Validate checks the configuration.
func (c *Config) Validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("kafka: no brokers")
	}
	if len(c.Topics) == 0 {
		return errors.New("kafka: no topics")
	}
	seen := map[string]bool{}
	for _, t := range c.Topics {
		switch {
		case t.Name == "":
			return errors.New("kafka: a topic has no name")
		case seen[t.Name]:
			return fmt.Errorf("kafka: topic %s is there twice", t.Name)
		case c.Group == "" && len(t.Partitions) == 0:
			return fmt.Errorf("kafka: topic %s names no partitions and there is no group", t.Name)
		case c.Group != "" && len(t.Partitions) > 0:
			return fmt.Errorf("kafka: topic %s names partitions although there is a group", t.Name)
		}
		seen[t.Name] = true
	}
	return nil
}

func (c *Config) defaults() {
	if c.Window <= 0 {
		c.Window = DefaultWindow
	}
	if c.WindowBytes <= 0 {
		c.WindowBytes = DefaultWindowBytes
	}
}

// options of the client, without what it consumes.
func (c *Config) options() []kgo.Opt {
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID("scrubline"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // never elsewhere than we say
		kgo.FetchMaxBytes(fetchBytes), kgo.FetchMaxPartitionBytes(fetchBytes / 2),
		kgo.FetchMaxWait(min(c.Window, time.Second)),
	}
	if c.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	}
	if c.SASL != nil {
		opts = append(opts, kgo.SASL(c.SASL))
	}
	return opts
}
