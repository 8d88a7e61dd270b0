package watch

import "context"

// Correlate is what Run does when something came.
func Correlate(ctx context.Context, w *Watcher) error { return w.correlate(ctx, false) }
