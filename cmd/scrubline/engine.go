package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/scrubline/scrubline/store/engine"
)

type engineCmd struct{}

// Run starts the engine on the data folder and keeps it until it is interrupted.
func (c *engineCmd) Run(ctx context.Context, g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Options{
		Dir: filepath.Join(g.Data, "engine"), Library: cfg.Store.Engine.Library,
		MemoryBytes: cfg.Store.Engine.Memory << 20, Log: g.logger(),
	})
	if err != nil {
		return fmt.Errorf("starting the embedded clickhouse: %w", err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"addr": e.Addr, "user": e.User, "database": e.Database, "password_in": filepath.Join(g.Data, "engine", "session.json")})
	select {
	case <-ctx.Done():
		return e.Close()
	case <-e.Done():
		return fmt.Errorf("the embedded clickhouse ended: %w", e.Err())
	}
}
