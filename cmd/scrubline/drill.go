package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/drill"
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/pipeline"
)

type drillCmd struct {
	Compromise drillCompromiseCmd `cmd:"" name:"credential-compromise" help:"A stolen credential makes itself an administrator and stops the log; says how long it took until each stage noticed."`
}

type drillCompromiseCmd struct {
	Into string        `help:"Folder that a running scrubline takes in; default: this command carries the events itself." placeholder:"DIR"`
	Wait time.Duration `help:"How long to wait for the last stage." default:"1m"`
}

// Run injects the events and watches how far they come.
func (c *drillCompromiseCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	err = c.run(ctx, n)
	return errors.Join(err, n.close())
}

func (c *drillCompromiseCmd) run(ctx context.Context, n *node) error {
	if n.cfg.Detect.Off {
		return &exitError{exitUsage, errors.New("rules are off: a drill would raise nothing")}
	}
	marks, err := n.drills()
	if err != nil {
		return err
	}
	id := drill.NewDrill()
	began := time.Now()
	log, ids := marks.CredentialCompromise(id, began)
	b := n.book()
	// Reports must know the events before they come.
	if err := b.Drill(ctx, id, ids); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	ways, err := n.ways(ctx)
	if err != nil {
		return err
	}
	told := false // whether a route takes alerts of drills
	for _, w := range ways {
		told = told || w.Drills
	}
	carried := make(chan error, 1)
	began = time.Now()
	if c.Into != "" {
		path := filepath.Join(c.Into, "scrubline-drill-"+id+".json")
		if err := os.WriteFile(path+".tmp", log, 0o600); err != nil {
			return &exitError{exitUsage, fmt.Errorf("writing the drill's events: %w", err)}
		}
		if err := os.Rename(path+".tmp", path); err != nil {
			return fmt.Errorf("writing the drill's events: %w", err)
		}
	} else {
		sending, stop := context.WithCancel(ctx)
		defer stop()
		go func() { carried <- n.carryDrill(sending, log) }()
	}
	p, visible, err := c.follow(ctx, b, id, ids, told, carried)
	if err != nil {
		return err
	}
	return printDrill(began, id, uint64(len(ids)), p, visible, told)
}

// carryDrill takes the events in as an ingest does, and brings alerts to routes
// until ctx ends.
func (n *node) carryDrill(ctx context.Context, log []byte) error {
	dir, err := os.MkdirTemp("", "scrubline-drill-")
	if err != nil {
		return fmt.Errorf("making a folder for the drill: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "drill.json")
	if err := os.WriteFile(path, log, 0o600); err != nil {
		return fmt.Errorf("writing the drill's events: %w", err)
	}
	if err := n.openNotifier(ctx); err != nil {
		return err
	}
	r, err := n.carrier(ctx, "", 0, 0)
	if err != nil {
		return err
	}
	err = r.Run(ctx, &file.Input{Paths: []string{path}}, func(ingest.Payload, pipeline.Result) {})
	if err == nil {
		err = n.finishWatching(ctx)
	}
	if err = errors.Join(err, r.close(ctx)); err != nil || n.notifier == nil {
		return err
	}
	return n.notifier.Run(ctx)
}

// follow looks how far the events are until the last stage, ctx's end, or an error
// of whoever carries them. visible is when all of them could be found.
func (c *drillCompromiseCmd) follow(ctx context.Context, b *book.Book, id string, ids []string, told bool, carried <-chan error) (p book.Progress, visible time.Time, err error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		now, err := b.Progress(ctx, id, ids)
		if err != nil {
			// A connection's own clock may end a moment before the context's.
			if ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
				return p, visible, nil // what is known is reported
			}
			return p, visible, err
		}
		if p = now; visible.IsZero() && p.Events == uint64(len(ids)) {
			visible = time.Now()
		}
		if p.Alerts > 0 && (!told || p.Delivered > 0) {
			return p, visible, nil
		}
		select {
		case <-ctx.Done():
			return p, visible, nil
		case err := <-carried:
			if err != nil {
				return p, visible, err
			}
			carried = nil
		case <-tick.C:
		}
	}
}

// printDrill prints the stages; a drill that did not come through is a failure.
func printDrill(began time.Time, id string, events uint64, p book.Progress, visible time.Time, told bool) error {
	tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	good := true
	line := func(stage string, at time.Time, reached bool, what string) {
		after := "not reached"
		if reached {
			after = max(at.Sub(began), 0).Round(time.Millisecond).String()
		}
		good = good && reached
		_, _ = fmt.Fprintf(tab, "%s\t%s\t%s\n", stage, after, what)
	}
	_, _ = fmt.Fprintf(tab, "drill %s\tafter\t\n", id)
	line("seen", p.Seen, p.Events > 0, "an event was scrubbed")
	line("stored", visible, !visible.IsZero(), fmt.Sprintf("%d of %d events are archived and found by queries", p.Events, events))
	line("matched", p.Matched, p.Alerts > 0, fmt.Sprintf("%d alerts were stored", p.Alerts))
	if told {
		line("notified", p.Notified, p.Delivered > 0, fmt.Sprintf("%d deliveries to routes", p.Delivered))
	} else {
		_, _ = fmt.Fprintln(tab, "notified\t-\tno route takes drills (drills: true)")
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if !good {
		return &exitError{exitFailed, errors.New("the drill did not come through")}
	}
	return nil
}
