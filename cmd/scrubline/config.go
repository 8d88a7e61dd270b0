package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// defaultData is where the data folder is if nobody says.
const defaultData = "scrubline-data"

// globals are the flags of every command.
type globals struct {
	Data   string `help:"Data folder." default:"scrubline-data" env:"SCRUBLINE_DATA" placeholder:"DIR"`
	Config string `help:"Configuration file (default: scrubline.yaml in the data folder, if it is there)." placeholder:"FILE"`
	Policy string `help:"Policy file (default: scrub.yaml in the data folder, if it is there)." placeholder:"FILE"`
	Log    string `help:"Log level: debug, info, warn, error." default:"warn" enum:"debug,info,warn,error"`

	policy  *policy.Policy // once inForce; nil without a file
	inForce bool
}

// config is scrubline.yaml. Zero values work.
type config struct {
	Tenant  string        `yaml:"tenant"` // default "default"
	Listen  string        `yaml:"listen"` // default 127.0.0.1:8080
	Policy  string        `yaml:"policy"` // of scrub.yaml; relative to this file
	Store   storeConfig   `yaml:"store"`
	Ingest  ingestConfig  `yaml:"ingest"`
	AWS     awsConfig     `yaml:"aws"`
	Archive archiveConfig `yaml:"archive"`
	Inputs  inputsConfig  `yaml:"inputs"`
	Detect  detectConfig  `yaml:"detect"`
	Alerts  alertsConfig  `yaml:"alerts"`
	Canary  canaryConfig  `yaml:"canary"`
	Audit   auditConfig   `yaml:"audit"`

	Schedule   scheduleConfig   `yaml:"schedule"`
	Identity   identityConfig   `yaml:"identity"`
	Quarantine quarantineConfig `yaml:"quarantine"`
}

type storeConfig struct {
	ClickHouse clickhouseConfig `yaml:"clickhouse"`
	Engine     engineConfig     `yaml:"engine"`
}

// clickhouseConfig switches to a server of the user's own when Addr is set.
type clickhouseConfig struct {
	Addr         []string `yaml:"addr"`
	User         string   `yaml:"user"`
	PasswordFile string   `yaml:"password_file"`
	Database     string   `yaml:"database"`
	TLS          bool     `yaml:"tls"`

	Reader readerConfig `yaml:"reader"` // for /v1/sql; without it there is none
	Asker  readerConfig `yaml:"asker"`  // for all other questions, with row policies; without it the first user asks
}

type engineConfig struct {
	Library string `yaml:"library"`
	Memory  int64  `yaml:"memory_mib"`
}

type ingestConfig struct {
	FlowFormat string `yaml:"vpcflow_format"`
	Workers    int    `yaml:"workers"`
}

func (g *globals) logger() zerolog.Logger {
	level, _ := zerolog.ParseLevel(g.Log)
	var w = zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.RFC3339, NoColor: !terminal(os.Stderr)}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// load reads the configuration.
func (g *globals) load() (config, error) {
	c := config{Tenant: "default", Listen: "127.0.0.1:8080"}
	path, explicit := g.Config, g.Config != ""
	if !explicit {
		path = filepath.Join(g.Data, "scrubline.yaml")
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		return c, c.Archive.check()
	}
	if err != nil {
		return c, &exitError{exitUsage, fmt.Errorf("reading configuration: %w", err)}
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&c); err != nil {
		return c, &exitError{exitUsage, fmt.Errorf("configuration %s: %s", path, yaml.FormatError(err, false, true))}
	}
	if err := errors.Join(c.Archive.check(), c.Identity.check(), c.Schedule.check(), c.Quarantine.check(&c.Identity)); err != nil {
		return c, &exitError{exitUsage, fmt.Errorf("configuration %s: %w", path, err)}
	}
	return c, nil
}

// server returns where the user's own ClickHouse is, or ok false.
func (c *config) server() (cfg clickhouse.Config, ok bool, err error) {
	s := c.Store.ClickHouse
	if len(s.Addr) == 0 {
		return cfg, false, nil
	}
	cfg = clickhouse.Config{Addr: s.Addr, User: s.User, Database: s.Database}
	if cfg.Database == "" {
		cfg.Database = "scrubline"
	}
	if s.PasswordFile != "" {
		b, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return cfg, true, fmt.Errorf("reading the clickhouse password: %w", err)
		}
		cfg.Password = string(bytes.TrimSpace(b))
	}
	if s.TLS {
		cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return cfg, true, nil
}

// terminal says whether f is one.
func terminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
