package s3

import (
	"sync/atomic"

	"github.com/scrubline/scrubline/ingest"
)

// Counts are what an input did since its start.
type Counts struct {
	Received  atomic.Int64 // messages, each delivery of one counted
	Settled   atomic.Int64 // messages that were deleted: all that they name is durable
	Returned  atomic.Int64 // messages given back, to be delivered again
	LetGo     atomic.Int64 // messages whose time ran out while they were in hand
	Tests     atomic.Int64 // of S3 or CloudTrail, whether the queue can be reached
	Others    atomic.Int64 // events that made no object
	Malformed atomic.Int64 // messages that are no notification: carried as they are

	Objects     atomic.Int64 // carried
	Gone        atomic.Int64 // gaps: objects deleted or overwritten before they were read
	Denied      atomic.Int64 // gaps: objects that we may not read or decrypt
	Unavailable atomic.Int64 // gaps: objects that could not be read time after time

	Listed atomic.Int64 // objects that a list named
	Held   atomic.Int64 // of them, those that the archive had
	Missed atomic.Int64 // objects that a sweep found and no message had brought
}

// gap counts a gap.
func (c *Counts) gap(code ingest.Code) {
	switch code {
	case ingest.CodeGone:
		c.Gone.Add(1)
	case ingest.CodeDenied:
		c.Denied.Add(1)
	default:
		c.Unavailable.Add(1)
	}
}
