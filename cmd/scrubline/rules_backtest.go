package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/quarantine"
)

type rulesBacktestCmd struct {
	ruleFiles
	Input   []string `help:"File, folder or glob of logs, - for standard input; may be given more than once." placeholder:"PATH" sep:"none"`
	Format  string   `help:"Format of every file, for example aws_cloudtrail; by default each file's own is recognised." placeholder:"F"`
	Matches string   `help:"Write the matches here instead of standard output." placeholder:"FILE"`
	Stored  bool     `help:"Run over stored events instead of files."`
	Since   string   `help:"With --stored: from when on, a time or how long ago (24h, 30d)." default:"24h" placeholder:"T"`
	Until   string   `help:"With --stored: up to when, now by default." placeholder:"T"`
	Paths   []string `arg:"" optional:"" name:"path" help:"More files."`
}

// ruleMatch is a line of the matches. Scripts lean on its names.
type ruleMatch struct {
	Rule   string `json:"rule_id"`
	Level  string `json:"level"`
	File   string `json:"file"`
	Record uint64 `json:"record"`
	Event  string `json:"event_id"`
}

func (c *rulesBacktestCmd) Run(ctx context.Context, g *globals) (err error) {
	c.Input = append(c.Input, c.Paths...)
	if c.Stored == (len(c.Input) > 0) {
		return &exitError{exitUsage, errors.New("say --input PATH or --stored")}
	}
	if c.Format != "" {
		s, ok := all.ByName(c.Format)
		if !ok {
			return &exitError{exitUsage, fmt.Errorf("unknown format %q", c.Format)}
		}
		c.Format = s.Name()
	}
	set, err := c.load()
	if err != nil {
		return err
	}
	complain(os.Stderr, set.Problems)
	out := io.Writer(os.Stdout)
	if c.Matches != "" {
		f, err := os.Create(c.Matches)
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("opening the matches: %w", err)}
		}
		defer func() {
			if e := f.Close(); err == nil && e != nil {
				err = fmt.Errorf("closing the matches: %w", e)
			}
		}()
		out = f
	}
	buf := bufio.NewWriter(out)
	b := &backtest{out: json.NewEncoder(buf)}
	if c.Stored {
		err = c.overStored(ctx, g, b, set.Rules)
	} else {
		lists, e := loadLists(g.Data)
		if e != nil {
			return e
		}
		b.run = detect.New(set.Rules, lists).NewRun(correlate.Options{})
		err = c.overFiles(ctx, g, b)
	}
	var ee *exitError
	if e := buf.Flush(); e != nil && (err == nil || errors.As(err, &ee)) {
		err = fmt.Errorf("writing the matches: %w", e)
	}
	if err == nil || errors.As(err, &ee) {
		fmt.Fprintf(os.Stderr, "%d rules over %d records: %d matches, %d records could not be scrubbed\n",
			len(set.Rules), b.records, b.matches, b.tombstones)
	}
	return err
}

// overFiles carries the input through the scrubber and its rows through b.
func (c *rulesBacktestCmd) overFiles(ctx context.Context, g *globals, b *backtest) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	pol, err := g.rules(&cfg)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(g.Data+"/keys", 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	keys, err := openKeys(g.Data + "/keys/tokens.json")
	if err != nil {
		return err
	}
	defer keys.Close()
	patients, err := openRosterIfThere(g.Data, keys, cfg.Tenant)
	if err != nil {
		return err
	}
	r, err := pipeline.New(pipeline.Config{
		Archive: nowhere{}, Sink: b, Quarantine: nowhere{}, Keys: keys, Tenant: cfg.Tenant,
		Policy: pol, Link: pol.Link(), Roster: func() (*roster.Roster, error) { return patients, nil },
		Options: ingest.Options{FlowFormat: cfg.Ingest.FlowFormat, Limits: ingest.DefaultLimits},
		Format:  c.Format, Workers: 1, Log: g.logger(),
	})
	if err != nil {
		return err
	}
	partly := false
	in := &file.Input{Paths: c.Input}
	err = r.Run(ctx, in, func(_ ingest.Payload, res pipeline.Result) {
		b.tombstones += res.Tombstones
		if res.Error != "" {
			partly = true
			fmt.Fprintf(os.Stderr, "%s: %s\n", res.Origin, line(res).Error)
		}
	})
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return err
	}
	for _, f := range in.Failures() {
		partly = true
		fmt.Fprintf(os.Stderr, "%s: %s\n", f.Path, f.Err)
	}
	for _, f := range in.Skipped() {
		fmt.Fprintf(os.Stderr, "%s: skipped: %s\n", f.Path, f.Reason)
	}
	if partly || b.tombstones > 0 {
		return &exitError{code: exitPartly}
	}
	return nil
}

// overStored asks the store.
func (c *rulesBacktestCmd) overStored(ctx context.Context, g *globals, b *backtest, rules []*sigma.Rule) error {
	p, err := parsePeriod(c.Since, c.Until, time.Now())
	if err != nil {
		return err
	}
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	return b.stored(ctx, n, rules, p)
}

// backtest is a pipeline's sink that runs rules over what comes and keeps
// nothing.
type backtest struct {
	run        *detect.Run
	out        *json.Encoder
	records    uint64
	matches    uint64
	tombstones uint64
	err        error
	fired      func(detect.Alert) // if set, is told instead of out
	alerts     map[*sigma.Rule]uint64
}

// Insert implements pipeline.Sink.
func (b *backtest) Insert(_ context.Context, batches []*event.Batch, _ bool) error {
	for _, batch := range batches {
		kinds, native := batch.Nums(schemas.RowKind), batch.Str(schemas.Native)
		times, numbers, sources := batch.Nums(schemas.EventTime), batch.Nums(schemas.RecordNo), batch.Dict(schemas.Source)
		for row := range batch.Rows() {
			b.records++
			if kinds[row] != schemas.KindEvent {
				continue
			}
			rec := match.Record{Source: sources.At(row), Native: native.At(row), Batch: batch, Row: row}
			b.run.Record(&rec, int64(times[row]), func() detect.Ref {
				return detect.Ref{Origin: batch.Origin, Record: numbers[row], ID: nativeID(batch, row)}
			}, b.fire)
		}
	}
	return b.err
}

// fire writes a match.
func (b *backtest) fire(a detect.Alert) {
	b.matches++
	if b.alerts != nil {
		b.alerts[a.Rule]++
	}
	if b.fired != nil {
		b.fired(a)
		return
	}
	if err := b.out.Encode(ruleMatch{a.Rule.Key(), a.Rule.Level, a.Ref.Origin, a.Ref.Record, a.Ref.ID}); err != nil && b.err == nil {
		b.err = fmt.Errorf("writing a match: %w", err)
	}
}

// finish writes what correlations waited with.
func (b *backtest) finish() error {
	b.run.Finish(b.fire)
	if late, dropped := b.run.Late(); late+dropped > 0 {
		fmt.Fprintf(os.Stderr, "correlations: %d matches came too late to be taken in order of time, %d groups were given up\n", late, dropped)
	}
	return b.err
}

func nativeID(b *event.Batch, row int) string {
	if ids := b.Str(schemas.NativeID); row < ids.Len() {
		return string(ids.At(row))
	}
	return ""
}

// Has implements pipeline.Sink.
func (b *backtest) Has(context.Context, []string) (map[string]clickhouse.Held, error) {
	return nil, nil
}

// Seen implements pipeline.Sink: every record is new, copies too.
func (b *backtest) Seen(_ context.Context, _ string, ids []clickhouse.NativeKey) ([]bool, error) {
	return make([]bool, len(ids)), nil
}

// nowhere is an archive and quarantine that keep nothing: a backtest must leave
// no trace of what it reads.
type nowhere struct{}

// Write implements pipeline.Archive.
func (nowhere) Write(_ context.Context, b *event.Batch) (archive.Object, bool, error) {
	rows := uint64(b.Rows())
	tombs := uint64(b.Count(schemas.KindTombstone) + b.Count(schemas.KindGap))
	return archive.Object{
		Key: b.Key(), Meta: b.Meta, Rows: rows, End: b.Start + rows, Events: rows - tombs, Tombstones: tombs,
	}, false, nil
}

// Read implements pipeline.Archive.
func (nowhere) Read(context.Context, string, *event.Batch) error {
	return errors.New("nothing is archived in a backtest")
}

// Chain implements pipeline.Archive.
func (nowhere) Chain(context.Context, string) ([]archive.Object, error) { return nil, nil }
func (nowhere) Tail(context.Context, string, uint64) (o archive.Object, ok bool, err error) {
	return o, false, nil
}
func (nowhere) Before(context.Context, *archive.Object) (o archive.Object, err error) { return o, nil }

// Put implements pipeline.Quarantine.
func (nowhere) Put(context.Context, quarantine.Entry, []byte) (string, error) { return "", nil }

// Sync implements pipeline.Quarantine.
func (nowhere) Sync(context.Context, string) error { return nil }
