package s3

import (
	"cmp"
	"context"
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// Defaults of Sweep.
const (
	DefaultSweep  = time.Hour
	DefaultWindow = 48 * time.Hour
	DefaultGrace  = 15 * time.Minute
)

// Sweep is the input that lists a part of a bucket again and again for objects that
// no message brought: S3 may lose a notification, and a bucket may have none.
type Sweep struct {
	List                 // Since, Until and Accept are the sweep's own to set
	Every  time.Duration // from the end of one to the beginning of the next
	Window time.Duration // how far it looks back
	Grace  time.Duration // how old an object is before it is missed
}

// Run implements ingest.Input. A sweep that fails is logged, and the next one comes.
func (w *Sweep) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for {
		now := time.Now()
		l := w.List
		l.Since = now.Add(-cmp.Or(w.Window, DefaultWindow))
		l.Accept = func(o *Object) bool { return now.Sub(o.Time) >= cmp.Or(w.Grace, DefaultGrace) }
		err := l.Run(ctx, func(ctx context.Context, p ingest.Payload) error {
			w.Counts.Missed.Add(1)
			return emit(ctx, p)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.Log.Error().Str("error", err.Error()).Msg("a sweep failed")
		}
		if !sleep(ctx, cmp.Or(w.Every, DefaultSweep)) {
			return ctx.Err()
		}
	}
}
