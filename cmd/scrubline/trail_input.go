package main

import (
	"context"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/generic"
	"github.com/scrubline/scrubline/query/audit"
)

// spooled is the input of the audit log: a segment of the spool is a payload, and
// leaves the spool when it is archived and inserted.
type spooled struct {
	spool *audit.Spool
	every time.Duration // 0: once
	log   zerolog.Logger
}

var _ ingest.Input = (*spooled)(nil)

// Run implements ingest.Input.
func (s *spooled) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for {
		if err := s.round(ctx, emit); err != nil || s.every == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.every):
		}
	}
}

// round delivers what is there and waits until it is carried.
func (s *spooled) round(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	list, err := s.spool.Take()
	if err != nil {
		return err
	}
	done := make(chan struct{}, len(list))
	for _, g := range list {
		err := emit(ctx, ingest.Payload{
			Origin: ingest.Origin{Name: "audit/" + g.Name, Time: g.Time, Service: generic.Own}, Scheme: "f", Identity: "audit " + g.Name, Size: g.Size, Turn: true,
			Open: func(context.Context) (io.ReadCloser, error) { return g.Open() },
			Done: func(err error) {
				if err == nil {
					if err := s.spool.Remove(g); err != nil { // it is carried again, and found
						s.log.Error().Str("error", err.Error()).Msg("a part of the audit log that is archived stays in the spool")
					}
				}
				done <- struct{}{}
			},
		})
		if err != nil {
			return err
		}
	}
	for range list {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
