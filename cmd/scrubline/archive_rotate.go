package main

import (
	"context"
	"errors"
	"fmt"
)

type archiveRotateKey struct{}

// Run changes the signing key and prints the new public one.
func (c *archiveRotateKey) Run(ctx context.Context, g *globals) error {
	a, err := g.openArchiveOnly(ctx)
	if err != nil {
		return err
	}
	public, err := a.RotateKey(ctx)
	if err = errors.Join(err, a.Close(ctx)); err != nil {
		return err
	}
	fmt.Println(public)
	return nil
}
