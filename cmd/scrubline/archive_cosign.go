package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/scrubline/scrubline/store/archive"
)

type archiveCosign struct {
	URL     string `help:"Where the witness answers." required:"" placeholder:"URL"`
	Witness string `help:"The witness's public key." required:"" placeholder:"FILE"`
}

// Run has a witness sign the newest checkpoint.
func (c *archiveCosign) Run(ctx context.Context, g *globals) error {
	by, err := (&witnessConfig{PublicKey: c.Witness}).verifier()
	if err != nil {
		return err
	}
	cfg, err := g.load()
	if err != nil {
		return err
	}
	s, err := g.objects(ctx, &cfg)
	if err != nil {
		return fmt.Errorf("opening the archive: %w", err)
	}
	size, err := archive.Cosign(ctx, s, &http.Client{Timeout: 30 * time.Second}, c.URL, by)
	if err != nil {
		return err
	}
	fmt.Printf("witnessed %d leaves\n", size)
	return nil
}
