package ingest

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Together is several inputs as one. They deliver side by side, each in its own
// order, so emit is called from many goroutines. The first that fails ends all.
type Together []Input

var _ Input = Together{}

// Run implements Input. It returns when all of them have ended.
func (t Together) Run(ctx context.Context, emit func(context.Context, Payload) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, in := range t {
		group.Go(func() error { return in.Run(ctx, emit) })
	}
	return group.Wait()
}
