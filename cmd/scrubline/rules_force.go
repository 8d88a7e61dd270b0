package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/suppress"
	"github.com/scrubline/scrubline/detect/watch"
)

// force is the rules and suppressions in force, and the files they are from.
type force struct {
	n *node

	mu    sync.Mutex
	rules *watch.Rules
	quiet *suppress.List
	print [sha256.Size]byte // of the files
}

// openForce reads rules and suppressions. A rule that is refused is named and left
// out; a suppression that is wrong stops the start.
func (n *node) openForce() (*force, error) {
	f := &force{n: n}
	var err error
	if f.print, err = f.look(); err != nil {
		return nil, err
	}
	f.rules, err = n.cfg.Detect.loadRules(n.dir, n.refused)
	if err == nil {
		f.quiet, err = n.suppressions()
	}
	return f, err
}

func (n *node) refused(p sigma.Problem) {
	n.log.Warn().Str("file", p.File).Int("line", p.Line).Str("reason", p.Reason).Msg("rule refused")
}

// waiting names the lists that rules in force wait for.
func (f *force) waiting() {
	f.mu.Lock()
	rules := f.rules
	f.mu.Unlock()
	if names := missing(rules.All(), rules.Lists()); len(names) > 0 {
		f.n.log.Warn().Strs("lists", names).Msg("rules cannot fire that wait for lists that are not there: see scrubline lists status")
	}
}

// suppressions reads the configuration's.
func (n *node) suppressions() (*suppress.List, error) {
	l, err := suppress.Load(n.cfg.Detect.at(n.dir, n.cfg.Detect.Suppressions), time.Now())
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return l, nil
}

// suppressed is watch.Options.Suppressed.
func (f *force) suppressed(p *alert.Part) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.quiet.Find(p, f.rules.Names(p.Rule), time.Now())
}

// look fingerprints the files: names, sizes and times.
func (f *force) look() (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	c := &f.n.cfg.Detect
	files := c.files(f.n.dir)
	for _, root := range append(files.Rules, files.Placeholders, c.at(f.n.dir, c.Suppressions), f.n.path(listsFolder)) {
		if root == "" {
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			st, err := d.Info()
			if err == nil {
				_, _ = fmt.Fprintf(h, "%q %d %d\n", path, st.Size(), st.ModTime().UnixNano())
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sum, fmt.Errorf("looking at rules: %w", err)
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// reload reads the files again if they changed, and puts them in force if all of
// them are good: one rule that is refused, and the old ones stay.
func (f *force) reload() {
	print, err := f.look()
	if err != nil || print == f.print {
		return
	}
	f.print = print
	refused := 0
	rules, err := f.n.cfg.Detect.loadRules(f.n.dir, func(p sigma.Problem) {
		refused++
		f.n.refused(p)
	})
	var quiet *suppress.List
	if err == nil {
		quiet, err = f.n.suppressions()
	}
	if err != nil || refused > 0 {
		f.n.log.Error().Err(err).Int("refused", refused).Msg("rules changed and are not good: the old ones stay in force")
		return
	}
	f.mu.Lock()
	f.rules, f.quiet = rules, quiet
	f.mu.Unlock()
	f.n.watcher.Use(rules) // lists change without a rule's version
	if err := f.put(); err != nil {
		f.n.log.Error().Str("error", err.Error()).Msg("that rules changed could not be put on record")
	}
	f.n.log.Warn().Str("rules", rules.Hash()).Int("alerting", rules.Len()).Int("suppressions", len(quiet.All)).Msg("rules changed and are in force")
	f.waiting()
}

// follow keeps rules as their files are, and raises an alert about each suppression
// that has expired, until ctx ends.
func (f *force) follow(ctx context.Context) error {
	every := f.n.cfg.Detect.Reload
	if every <= 0 {
		every = 10 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := map[string]string{} // day by suppression
	for {
		if err := f.expired(ctx, told); err != nil && ctx.Err() == nil {
			f.n.log.Error().Err(err).Msg("raising alerts about expired suppressions; again soon")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			f.reload()
		}
	}
}

// expired raises the alerts about expired suppressions, one a day each.
func (f *force) expired(ctx context.Context, told map[string]string) error {
	now := time.Now()
	from, to := alert.Window(now.UnixMilli(), 24*time.Hour)
	f.mu.Lock()
	quiet := f.quiet
	f.mu.Unlock()
	var parts []*alert.Part
	for _, s := range quiet.All {
		if !s.Expired(now) || told[s.ID] == from.String() {
			continue
		}
		told[s.ID] = from.String()
		p := watch.Expired.Part(f.n.cfg.Tenant, []alert.Label{{Name: "suppression", Value: s.ID}, {Name: "owner", Value: s.Owner}}, from, to)
		p.First, p.Last, p.Matches = s.Ends(), s.Ends(), 1
		p.Summary = fmt.Sprintf("Suppression %s of %s ended on %s: %s", s.ID, s.Owner, s.Expires, watch.Expired.Title)
		parts = append(parts, p)
	}
	if err := f.n.book().Alerts(ctx, parts); err != nil {
		clear(told)
		return err
	}
	return nil
}
