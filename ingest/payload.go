package ingest

import (
	"context"
	"io"
)

// Payload is what an input delivers: a file, an object, a range of a partition.
type Payload struct {
	Origin Origin
	// Identity tells this payload from every other, the same at every delivery:
	// the input's scheme ("f", "s", "k") and what makes it unique there. It is
	// hashed before it is stored.
	Scheme, Identity string
	Size             int64 // bytes as delivered, -1 if unknown
	// Open starts reading from the first byte. The caller closes it. Errors hold
	// no content of the payload. A *PayloadError is final: a tombstone with its
	// code stands for the payload. After any other it is delivered again.
	Open func(context.Context) (io.ReadCloser, error)
	// Once says that a second Open fails: a stream, which cannot be looked through
	// before its rows are made.
	Once bool
	// Stream, if set, is what is delivered, instead of what Open reads.
	Stream *Stretch
	// Turn says that the input delivers no more before this payload, and all
	// before it, are archived. It ends a round of linking.
	Turn bool
	// Done is called exactly once, from any goroutine, when the payload is
	// finished: nil means every record of it is durable as an event or a
	// tombstone in the archive and visible in the store.
	Done func(error)
}

// Input delivers payloads.
type Input interface {
	// Run delivers payloads to emit, in order, until the input is at its end or
	// ctx ends. emit blocks while the pipeline is busy: that is the backpressure.
	Run(ctx context.Context, emit func(context.Context, Payload) error) error
}
