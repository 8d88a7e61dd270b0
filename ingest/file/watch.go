package file

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"sync"
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// Defaults of Watch.
const (
	DefaultEvery  = 10 * time.Second
	DefaultSettle = 10 * time.Second
)

// Watch is the input that looks at Paths again and again for new files, until its
// context ends.
//
// A file counts as finished when nobody wrote to it for Settle; writers that take
// longer breaks use a temporary name and rename. What is in a file that was read
// and written to afterwards is another payload, with all of its records: rotate
// files instead of appending to them. A file is delivered again when its payload
// was not carried, and after a restart: the archive knows those it has.
type Watch struct {
	Paths         []string      // as of Input, without streams
	Every, Settle time.Duration // 0 is the default
	Failed        func(Failure) // hears once of each path that cannot be read, until it can

	mu    sync.Mutex
	files map[string]*watched // by path
}

var _ ingest.Input = (*Watch)(nil)

// watched is a file as it was seen first since it was last written to.
type watched struct {
	fs.FileInfo
	since     time.Time
	look      int  // the last look that saw it
	delivered bool // and not failed since
}

// Run implements ingest.Input.
func (w *Watch) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	w.files = map[string]*watched{}
	told := map[string]bool{}
	tick := time.NewTicker(cmp.Or(w.Every, DefaultEvery))
	defer tick.Stop()
	for look := 1; ; look++ {
		in := Input{Paths: w.Paths, ready: func(path string, info fs.FileInfo) bool { return w.ready(path, info, look) }}
		err := in.Run(ctx, func(ctx context.Context, p ingest.Payload) error { return emit(ctx, w.follow(p)) })
		if err != nil {
			return err
		}
		failed := map[string]bool{}
		for _, f := range in.Failures() {
			failed[f.Path] = true
			if !told[f.Path] && w.Failed != nil {
				w.Failed(f)
			}
		}
		told = failed
		w.forget(look)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// ready says whether a file that a look came to is to be read.
func (w *Watch) ready(path string, info fs.FileInfo, look int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[path]
	if f == nil || !same(info, f.FileInfo) {
		f = &watched{FileInfo: info, since: time.Now()}
		w.files[path] = f
	}
	f.look = look
	age := max(time.Since(f.since), time.Since(info.ModTime())) // the clock of a file server may be ahead
	return !f.delivered && age >= cmp.Or(w.Settle, DefaultSettle)
}

// follow marks a payload's file as delivered until it fails.
func (w *Watch) follow(p ingest.Payload) ingest.Payload {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[p.Origin.Name]
	f.delivered = true
	p.Done = func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		f.delivered = err == nil
	}
	return p
}

// forget drops what the last look did not see: it was removed.
func (w *Watch) forget(look int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.files, func(_ string, f *watched) bool { return f.look != look })
}
