// Package retry asks a bucket again after errors that may pass: one decorator, so
// that neither the store nor its callers do.
package retry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Options of New. Zero values are the defaults.
type Options struct {
	// For is how long a call asks again; below 0 until its context ends. Default
	// two minutes.
	For time.Duration
	// Try bounds one attempt, beside a second for each MiB. Default 30 s: a server
	// that takes a connection and says nothing is no reason to wait for ever.
	Try time.Duration
	// Again, if set, is told of each error after which the call is repeated.
	Again func(error)
}

// The pause before attempt n is a random part of first·2ⁿ, at most of most: full
// jitter, so that writers which met the same outage do not come back together.
const (
	first = 50 * time.Millisecond
	most  = 20 * time.Second
)

// Bucket is an object.Bucket that asks again. Lists it passes on: only the store
// can go on where a list stopped.
type Bucket struct {
	object.Bucket
	opt Options
}

// New decorates a bucket.
func New(b object.Bucket, opt Options) *Bucket {
	if opt.For == 0 {
		opt.For = 2 * time.Minute
	}
	if opt.Try == 0 {
		opt.Try = 30 * time.Second
	}
	return &Bucket{b, opt}
}

// final says that asking again would change nothing.
func final(err error) bool {
	return err == nil || errors.Is(err, object.ErrExists) || errors.Is(err, object.ErrNotExist) ||
		errors.Is(err, object.ErrKey) || errors.Is(err, object.ErrRefused)
}

// do calls ask until its answer is final, ctx ends or the time is over, and returns
// the last answer. size is how many bytes an attempt sends.
func (b *Bucket) do(ctx context.Context, size int, ask func(context.Context) error) error {
	begun, ceiling := time.Now(), first
	for try := 1; ; try++ {
		err := func() error {
			ctx, cancel := context.WithTimeout(ctx, b.opt.Try+time.Duration(size>>20)*time.Second)
			defer cancel()
			return ask(ctx)
		}()
		if final(err) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pause := rand.N(ceiling)
		if b.opt.For > 0 && time.Since(begun)+pause > b.opt.For {
			return fmt.Errorf("giving up after %d tries: %w", try, err)
		}
		if b.opt.Again != nil {
			b.opt.Again(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		ceiling = min(2*ceiling, most)
	}
}

// Put implements object.Store.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	return b.do(ctx, len(data), func(ctx context.Context) error { return b.Bucket.Put(ctx, key, data) })
}

// PutFor implements object.Retainer.
func (b *Bucket) PutFor(ctx context.Context, key string, data []byte, keep object.Period) error {
	return b.do(ctx, len(data), func(ctx context.Context) error { return b.Bucket.PutFor(ctx, key, data, keep) })
}

// getSize is what a Get may have to carry: more than any object of the archive.
const getSize = 256 << 20

// Get implements object.Store.
func (b *Bucket) Get(ctx context.Context, key string, buf []byte) (out []byte, err error) {
	err = b.do(ctx, getSize, func(ctx context.Context) (err error) {
		out, err = b.Bucket.Get(ctx, key, buf)
		return err
	})
	return out, err
}

// GetVersion implements object.Versioned.
func (b *Bucket) GetVersion(ctx context.Context, key, id string, buf []byte) (out []byte, err error) {
	err = b.do(ctx, getSize, func(ctx context.Context) (err error) {
		out, err = b.Bucket.GetVersion(ctx, key, id, buf)
		return err
	})
	return out, err
}

// Head implements object.Store.
func (b *Bucket) Head(ctx context.Context, key string) (i object.Info, err error) {
	err = b.do(ctx, 0, func(ctx context.Context) (err error) {
		i, err = b.Bucket.Head(ctx, key)
		return err
	})
	return i, err
}

// HeadVersion implements object.Versioned.
func (b *Bucket) HeadVersion(ctx context.Context, key, id string) (i object.Info, err error) {
	err = b.do(ctx, 0, func(ctx context.Context) (err error) {
		i, err = b.Bucket.HeadVersion(ctx, key, id)
		return err
	})
	return i, err
}

// Extend implements object.Retainer.
func (b *Bucket) Extend(ctx context.Context, key string, until time.Time) error {
	return b.do(ctx, 0, func(ctx context.Context) error { return b.Bucket.Extend(ctx, key, until) })
}

// Hold implements object.Holder.
func (b *Bucket) Hold(ctx context.Context, key string, on bool) error {
	return b.do(ctx, 0, func(ctx context.Context) error { return b.Bucket.Hold(ctx, key, on) })
}

// Held implements object.Holder.
func (b *Bucket) Held(ctx context.Context, key string) (on bool, err error) {
	err = b.do(ctx, 0, func(ctx context.Context) (err error) {
		on, err = b.Bucket.Held(ctx, key)
		return err
	})
	return on, err
}
