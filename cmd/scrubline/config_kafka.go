package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/kafka"
)

// kafkaConfig is one Kafka cluster to read from.
type kafkaConfig struct {
	Brokers []string      `yaml:"brokers"`
	Topics  []topicConfig `yaml:"topics"`
	Group   string        `yaml:"group"` // default scrubline; "" is not possible with topics that name no partitions

	// A window is read, archived and linked together.
	Window    time.Duration `yaml:"window"`
	WindowMiB int           `yaml:"window_mib"`

	TLS  tlsConfig  `yaml:"tls"`
	SASL saslConfig `yaml:"sasl"`
}

type topicConfig struct {
	Name       string  `yaml:"name"`
	Format     string  `yaml:"format"`
	Partitions []int32 `yaml:"partitions"` // without a group: which to read
}

// tlsConfig turns TLS on with Enabled or any file.
type tlsConfig struct {
	Enabled  bool   `yaml:"enabled"`
	CAFile   string `yaml:"ca_file"` // instead of the system's authorities
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

type saslConfig struct {
	Mechanism    string `yaml:"mechanism"` // plain, scram_sha_256, scram_sha_512, aws_msk_iam
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
}

// defaultGroup is the consumer group of clusters that name none.
const defaultGroup = "scrubline"

// kafkaInput makes the input of a cluster.
func (n *node) kafkaInput(ctx context.Context, k kafkaConfig) (*kafka.Input, error) {
	cfg := kafka.Config{Brokers: k.Brokers, Group: k.Group, Window: k.Window, WindowBytes: k.WindowMiB << 20, Log: n.log}
	explicit := false
	for _, t := range k.Topics {
		if t.Format != "" {
			s, ok := all.ByFormat(t.Format)
			if !ok {
				return nil, fmt.Errorf("kafka: topic %s: unknown format %q", t.Name, t.Format)
			}
			t.Format = s.Name()
		}
		explicit = explicit || len(t.Partitions) > 0
		cfg.Topics = append(cfg.Topics, kafka.Topic{Name: t.Name, Format: t.Format, Partitions: t.Partitions})
	}
	if cfg.Group == "" && !explicit {
		cfg.Group = defaultGroup
	}
	var err error
	if cfg.TLS, err = k.TLS.load(); err != nil {
		return nil, err
	}
	if cfg.SASL, err = n.mechanism(ctx, k.SASL); err != nil {
		return nil, err
	}
	return kafka.New(cfg)
}

// load returns nil if there is to be no TLS.
func (c tlsConfig) load() (*tls.Config, error) {
	if !c.Enabled && c.CAFile == "" && c.CertFile == "" {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading kafka's authorities: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, errors.New("the client certificate for kafka or its key cannot be read")
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// mechanism returns nil if there is to be no SASL.
func (n *node) mechanism(ctx context.Context, c saslConfig) (sasl.Mechanism, error) {
	if c.Mechanism == "" {
		return nil, nil
	}
	if c.Mechanism == "aws_msk_iam" {
		conf, err := n.cfg.AWS.load(ctx)
		if err != nil {
			return nil, err
		}
		return aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) {
			creds, err := conf.Credentials.Retrieve(ctx)
			return aws.Auth{AccessKey: creds.AccessKeyID, SecretKey: creds.SecretAccessKey, SessionToken: creds.SessionToken, UserAgent: "scrubline"}, err
		}), nil
	}
	password, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("reading the kafka password: %w", err)
	}
	pass := string(bytes.TrimSpace(password))
	switch c.Mechanism {
	case "plain":
		return plain.Auth{User: c.User, Pass: pass}.AsMechanism(), nil
	case "scram_sha_256":
		return scram.Auth{User: c.User, Pass: pass}.AsSha256Mechanism(), nil
	case "scram_sha_512":
		return scram.Auth{User: c.User, Pass: pass}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("unknown sasl mechanism %q", c.Mechanism)
}
