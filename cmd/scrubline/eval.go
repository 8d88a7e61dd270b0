package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/evaluate"
	"github.com/scrubline/scrubline/scrub/token"
)

type evalGroup struct {
	Set      evalCmd      `cmd:"" default:"withargs" help:"Measure on annotated records (without a name: eval --gold FILE)."`
	Residual evalResidual `cmd:"" help:"What may have leaked, by source and day: canaries, and a second look at a sample of what is stored."`
}

type evalCmd struct {
	Gold      string  `help:"Annotated records, lines {\"id\",\"format\",\"text\",\"spans\":[{\"start\",\"end\",\"type\",\"safe_harbor\"}]}." required:"" placeholder:"FILE"`
	Neg       string  `help:"Records without PHI, lines of the same shape." placeholder:"FILE"`
	Format    string  `help:"table or json." default:"table" enum:"table,json"`
	Misses    string  `help:"Write one JSON line a leak or false span here: id, class, offsets, never a value." placeholder:"FILE"`
	MinRecall float64 `help:"Exit 1 if the micro recall is below this." placeholder:"0.98"`
}

// errUnlike says that the filter's answer is not of the record that was asked.
var errUnlike = errors.New("answers do not follow the records")

// Run measures the scrubber as this data folder and its policy configure it. Exit
// codes: 0 measured, 1 below --min-recall, 2 files that are not as they must be.
func (c *evalCmd) Run(ctx context.Context, g *globals) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	pol, err := g.rules(&cfg)
	if err != nil {
		return err
	}
	keys, err := g.keysOrNew()
	if err != nil {
		return err
	}
	defer keys.Close()
	f := pipeline.Filter{Keys: keys, Tenant: cfg.Tenant, Policy: pol}
	if f.Roster, err = openRosterIfThere(g.Data, keys, cfg.Tenant); err != nil {
		return err
	}
	var score evaluate.Score
	if c.Misses != "" {
		out, err := os.Create(c.Misses)
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("opening the misses: %w", err)}
		}
		enc, writing := json.NewEncoder(out), error(nil)
		score.Miss = func(m evaluate.Miss) {
			if writing == nil {
				writing = enc.Encode(m)
			}
		}
		defer func() {
			if e := errors.Join(writing, out.Close()); err == nil && e != nil {
				err = fmt.Errorf("writing the misses: %w", e)
			}
		}()
	}
	for _, file := range []struct {
		path     string
		negative bool
	}{{c.Gold, false}, {c.Neg, true}} {
		if file.path == "" {
			continue
		}
		if err := evalFile(ctx, &f, file.path, file.negative, &score); err != nil {
			if errors.Is(err, evaluate.ErrRecord) || errors.Is(err, fs.ErrNotExist) {
				return &exitError{exitUsage, err}
			}
			return err
		}
	}
	report := score.Report()
	if report.Total.Spans == 0 && c.MinRecall > 0 {
		return &exitError{exitUsage, errors.New("the gold file has no spans to find")}
	}
	if c.Format == "json" {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = report.Table(os.Stdout)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if report.MicroRecall < c.MinRecall {
		return &exitError{exitFailed, fmt.Errorf("micro recall %.4f is below %.4f", report.MicroRecall, c.MinRecall)}
	}
	return nil
}

// evalFile scrubs a file's records and scores them. Filter.Lines reads them from
// a pipe and answers into another: a set of any size needs no memory.
func evalFile(ctx context.Context, f *pipeline.Filter, path string, negative bool, score *evaluate.Score) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a set: %w", err)
	}
	defer func() { _ = in.Close() }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	askR, askW := io.Pipe()
	answerR, answerW := io.Pipe()
	// Answers come in blocks of 256 KiB, 30 bytes each at least: there must be room
	// for the records of more than one block.
	pending := make(chan *evaluate.Record, 1<<14)
	read := make(chan error, 1)
	go func() {
		enc := json.NewEncoder(askW)
		err := evaluate.Read(in, func(r *evaluate.Record) error {
			select {
			case pending <- r:
			case <-ctx.Done():
				return ctx.Err()
			}
			return enc.Encode(struct {
				ID     string `json:"id"`
				Format string `json:"format"`
				Text   string `json:"text"`
			}{r.ID, r.Format, r.Text})
		})
		close(pending)
		read <- err
		askW.CloseWithError(err) // nil is the end
	}()
	failed := make(chan error, 1)
	go func() {
		err := f.Lines(ctx, askR, answerW)
		askR.CloseWithError(err)
		answerW.CloseWithError(err)
		failed <- err
	}()
	err = evalAnswers(answerR, pending, score, negative)
	cancel()
	answerR.CloseWithError(io.ErrClosedPipe)
	filter, file := <-failed, <-read
	switch {
	case errors.Is(file, evaluate.ErrRecord):
		return file
	case err != nil:
		return err
	}
	return filter
}

func evalAnswers(r io.Reader, pending <-chan *evaluate.Record, score *evaluate.Score, negative bool) error {
	dec := json.NewDecoder(r)
	for rec := range pending {
		var a struct {
			ID    string              `json:"id"`
			Spans []evaluate.Replaced `json:"spans"`
		}
		if err := dec.Decode(&a); err != nil {
			return nil // the filter says why
		}
		if a.ID != rec.ID {
			return errUnlike
		}
		score.Add(rec, a.Spans, negative)
	}
	return nil
}

// keysOrNew opens the data folder's token keys, or, if it has none, new ones that
// are forgotten at the end: measuring leaves nothing behind.
func (g *globals) keysOrNew() (*token.Keyring, error) {
	path := filepath.Join(g.Data, "keys", "tokens.json")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return openKeys(path)
	}
	dir, err := os.MkdirTemp("", "scrubline-eval-")
	if err != nil {
		return nil, fmt.Errorf("making keys to measure with: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return openKeys(filepath.Join(dir, "tokens.json"))
}
