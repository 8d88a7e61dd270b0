package schedule

import (
	"slices"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/watch"
)

// window is a piece of event time, aligned to multiples of its length since 1970.
type window struct{ from, to int64 } // Unix milliseconds

// state is what is on record of a window.
type state struct {
	at     int64 // when it was run last, Unix milliseconds
	failed bool
	more   bool // events came since, or were left to the stream
	all    bool // none were left to the stream: from then on none are, or alerts would lose what they had
}

// job is a rule and what is on record of it.
type job struct {
	watch.Scheduled
	windows map[window]state
	start   int64 // windows before are nobody's duty: there was nothing, or it is too long ago
	least   int64 // what is caught up with begins there
}

// Pauses between runs of a window.
const (
	againAfter = 10 * time.Minute // that had more events since
	retryAfter = time.Minute      // that failed
	// slack is how much earlier than it became visible a batch may say that it did.
	slack = time.Minute
)

// arrived notes which windows had events since they were run.
// Events older than all that there were make windows before them due.
func (j *job) arrived(arrivals []book.Arrival) {
	for _, a := range arrivals {
		if slices.Contains(j.Sources, a.Source) {
			j.start = max(j.least, min(j.start, floor(a.From.UnixMilli(), j.Every.Milliseconds())))
		}
	}
	for w, s := range j.windows {
		s.more = s.more || slices.ContainsFunc(arrivals, func(a book.Arrival) bool {
			return slices.Contains(j.Sources, a.Source) && a.From.UnixMilli() < w.to && a.To.UnixMilli() >= w.from && a.At.Add(slack).UnixMilli() > s.at
		})
		j.windows[w] = s
	}
}

// due lists j's windows that are to be run now, the oldest first: those before closed
// that are not on record, that failed, or that had more events since.
func (j *job) due(closed, now int64) []window {
	every := j.Every.Milliseconds()
	var out []window
	for from := floor(j.start, every); from+every <= closed; from += every {
		w := window{from, from + every}
		s, known := j.windows[w]
		since := time.Duration(now-s.at) * time.Millisecond
		if !known || s.failed && since >= retryAfter || s.more && since >= againAfter {
			out = append(out, w)
		}
	}
	return out
}

// since moves on what is caught up with. It returns the end of the newest window that
// is left out by that though it was due, and the start of the oldest; 0 if none is.
func (j *job) since(least int64) (from, to int64) {
	every := j.Every.Milliseconds()
	j.least = floor(least, every) + every // windows that lie whole in it
	for w := j.start; w < j.least; w += every {
		if s, known := j.windows[window{w, w + every}]; !known || s.failed {
			if to = w + every; from == 0 {
				from = w
			}
		}
		delete(j.windows, window{w, w + every})
	}
	j.start = max(j.start, j.least)
	return from, to
}

// floor returns the multiple of d at or before t.
func floor(t, d int64) int64 { return t - ((t%d)+d)%d }
