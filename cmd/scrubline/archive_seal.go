package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

type archiveSeal struct{}

// Run seals what any process left, one on a machine that is lost too. Whoever opens the
// archive does so for the processes of its own data folder, and run for all once a day.
func (c *archiveSeal) Run(ctx context.Context, g *globals) (err error) {
	a, err := g.openArchiveOnly(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	if err := a.Reconcile(ctx); err != nil {
		return err
	}
	strange := a.Unsealable()
	for _, p := range strange {
		fmt.Fprintf(os.Stderr, "%s is no object of the archive: %s\n", p.Key, p.Detail)
	}
	fmt.Printf("all objects are in the seal log but %d that are none\n", len(strange))
	return nil
}
