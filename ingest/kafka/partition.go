package kafka

import (
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// partition is one that we read. It is used under Input.mu.
type partition struct {
	place
	origin   ingest.Origin
	identity string
	format   string

	at        ingest.Position // archived up to here
	gap       uint64          // if above at: where the log begins now
	end       int64           // of the log, as far as known
	finished  int64           // archived and inserted up to here; -1 if nothing is yet
	committed int64
	flights   []*flight // in the order of their offsets
}

// flight is a stretch that is under way.
type flight struct {
	to    int64 // archived up to there, 0 until it is
	done  bool  // and inserted
	first time.Time
}

// land notes that a flight is finished, and moves finished over the longest prefix
// of flights that all are.
func (p *partition) land(f *flight) {
	f.done = true
	for len(p.flights) > 0 && p.flights[0].done {
		p.finished = max(p.finished, p.flights[0].to)
		p.flights = p.flights[1:]
	}
}

// oldest is the time of the first message that is not finished.
func (p *partition) oldest() time.Time {
	if len(p.flights) == 0 {
		return time.Time{}
	}
	return p.flights[0].first
}
