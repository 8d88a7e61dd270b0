package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/store/archive/tlog"
	"github.com/scrubline/scrubline/store/archive/witness"
)

type witnessCmd struct {
	Dir    string   `help:"The witness's folder: its key, and the newest checkpoint of each log." required:"" placeholder:"DIR"`
	Name   string   `help:"The witness's name, in its key." default:"scrubline-witness"`
	Logs   []string `name:"watch" help:"Public key file of an archive to watch; again for others, and for a new key of the same." required:"" placeholder:"FILE"`
	Listen string   `help:"Loopback address; for others put a proxy with TLS before it." default:"127.0.0.1:0" placeholder:"ADDR"`
}

// Run signs checkpoints that continue what it has seen, until ctx ends.
func (c *witnessCmd) Run(ctx context.Context) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	var keys []string
	for _, path := range c.Logs {
		b, err := os.ReadFile(path)
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("reading a log's public key: %w", err)}
		}
		keys = append(keys, string(b))
	}
	w, err := witness.New(c.Dir, key, keys)
	if err != nil {
		return fmt.Errorf("opening the witness: %w", err)
	}
	l, err := api.Listen(c.Listen)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "address"), []byte("http://"+l.Addr().String()+"\n"), 0o644); err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(os.Stderr, "Witness: http://%s\nCtrl-C stops.\n", l.Addr())
	return serveWitness(ctx, l, w)
}

func serveWitness(ctx context.Context, l net.Listener, w *witness.Witness) error {
	s := &http.Server{Handler: w, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(bound)
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// key reads the witness's key, making it and its public half on first use.
func (c *witnessCmd) key() (*tlog.Cosigner, error) {
	path := filepath.Join(c.Dir, "witness.key")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		var text string
		if text, err = tlog.GenerateCosigner(c.Name); err == nil {
			err = errors.Join(os.MkdirAll(c.Dir, 0o700), os.WriteFile(path, []byte(text+"\n"), 0o600))
		}
		b = []byte(text)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the witness's key: %w", err)
	}
	k, err := tlog.NewCosigner(string(b))
	if err != nil {
		return nil, err
	}
	return k, os.WriteFile(filepath.Join(c.Dir, "witness.pub"), []byte(k.Public()+"\n"), 0o644)
}
