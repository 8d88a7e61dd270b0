package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
)

// Run works on exports, one after the other, and removes old ones, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepTime)
	defer tick.Stop()
	s.sweep()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.sweep()
		case j := <-s.queue:
			s.work(ctx, j)
		}
	}
}

// work writes one export.
func (s *Store) work(ctx context.Context, j *job) {
	s.mu.Lock()
	if j.State != Waiting { // cancelled before it began
		s.mu.Unlock()
		return
	}
	j.State, j.Started = Running, s.opt.Now().UTC()
	err := j.keep(s.opt.Dir)
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, j.cancel)
	defer stop()
	if err == nil {
		err = s.record(j, audit.Begin, audit.OK)
	}
	if err == nil {
		err = s.write(j)
		outcome := audit.OK
		if err != nil {
			outcome = "failed"
		}
		if e := s.record(j, audit.End, outcome); err == nil { // before anybody can have the file
			err = e
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		err = s.end(j, Done, "")
	case ctx.Err() != nil:
		err = errors.Join(s.end(j, Interrupted, ""), os.Remove(j.data(s.opt.Dir)))
	case j.ctx.Err() != nil:
		err = errors.Join(s.end(j, Cancelled, ""), os.Remove(j.data(s.opt.Dir)))
	default:
		why := "the file could not be written"
		if query.Shown(err) {
			why = err.Error()
		}
		s.opt.Log.Error().Err(err).Str("export", j.ID).Msg("writing an export")
		err = errors.Join(s.end(j, Failed, why), os.Remove(j.data(s.opt.Dir)))
	}
	if err != nil {
		s.opt.Log.Error().Err(err).Str("export", j.ID).Msg("ending an export")
	}
	s.opt.Log.Info().Str("audit", "export").Str("export", j.ID).Str("who", j.Who).Str("filter", j.Query).Str("format", j.Format).
		Str("outcome", string(j.State)).Uint64("rows", j.Rows).Uint64("bytes", j.Bytes).Msg("export")
}

// record puts on record that an export begins, or what came of it.
func (s *Store) record(j *job, phase audit.Phase, outcome string) error {
	if s.opt.Audit == nil {
		return nil
	}
	e := audit.Entry{Action: audit.Export, Phase: phase, Route: "job:export", Asked: j.Query, Request: j.ID, Outcome: outcome}.By(j.ctx)
	if phase == audit.End {
		e.Rows, e.Bytes, e.Took = int(j.Rows), int64(j.Bytes), s.opt.Now().Sub(j.Started).Microseconds()
	}
	if err := s.opt.Audit.Append(e); err != nil {
		return fmt.Errorf("putting an export on record: %w", err)
	}
	return nil
}

// tally counts and hashes what is written.
type tally struct {
	w     io.Writer
	bytes uint64
}

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.bytes += uint64(n)
	return n, err
}

// progressRows is how often the number of rows is told.
const progressRows = 10_000

// write writes the file of an export.
func (s *Store) write(j *job) error {
	f, err := os.OpenFile(j.data(s.opt.Dir), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("making the file: %w", err)
	}
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, hash), 1<<20)
	out := &tally{w: buffered}
	rows := uint64(0)
	w, err := formats[j.Format].open(out, j.query.Tables(), j.columns)
	if err == nil {
		err = s.opt.Service.StreamColumns(j.ctx, j.query, j.columns, func(r *query.Row) error {
			if rows++; rows%progressRows == 0 {
				s.mu.Lock()
				j.Rows, j.Bytes = rows, out.bytes
				s.mu.Unlock()
			}
			return w.write(r)
		})
		err = errors.Join(err, w.close())
	}
	err = errors.Join(err, buffered.Flush(), f.Sync(), f.Close())
	s.mu.Lock()
	defer s.mu.Unlock()
	j.Rows, j.Bytes = rows, out.bytes
	if err == nil {
		j.SHA256 = hex.EncodeToString(hash.Sum(nil))
	}
	return err
}
