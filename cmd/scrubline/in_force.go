package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/scrubline/scrubline/detect/suppress"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/scrub/policy"
)

// put puts on record that something else than before is in force: what is its kind,
// value is its hash, which the scrubber must not take for a number of somebody's. Nothing happens if it is what was
// in force when this was last called, by whatever process.
func (n *node) put(what, value string) error {
	path := n.path("in-force", what)
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading which %s was in force: %w", what, err)
	}
	if string(bytes.TrimSpace(before)) == value {
		return nil
	}
	named := inForce{n.trail, strings.TrimSpace(what + " " + value + " " + string(bytes.TrimSpace(before)))}
	return done(named, audit.Change, "run", "in force: "+what, "", func() (int, bool, error) {
		if err := os.MkdirAll(n.path("in-force"), 0o700); err != nil {
			return 0, false, fmt.Errorf("noting which %s is in force: %w", what, err)
		}
		if err := durable.Write(path, []byte(value+"\n"), 0o600); err != nil {
			return 0, false, fmt.Errorf("noting which %s is in force: %w", what, err)
		}
		return 0, false, nil
	})
}

// putPolicy is put of the policy that scrubbing goes by.
func (n *node) putPolicy(p *policy.Policy) error {
	_, hash, err := pipeline.InForce(p, n.keys, n.cfg.Tenant)
	if err != nil {
		return err
	}
	return n.put("policy", hash)
}

// put is put of the rules and the suppressions.
func (f *force) put() error {
	f.mu.Lock()
	rules, quiet := f.rules.Hash(), printed(f.quiet)
	f.mu.Unlock()
	return errors.Join(f.n.put("rules", rules), f.n.put("suppressions", quiet))
}

// printed is a hash over suppressions.
func printed(l *suppress.List) string {
	if len(l.All) == 0 {
		return "none"
	}
	h := sha256.New()
	for _, s := range l.All {
		fmt.Fprintf(h, "%q %q %q %q %q %q %q\n", s.ID, s.Rule, s.Group, s.Owner, s.Reason, s.Ticket, s.Expires)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// inForce is a log whose entries say what came into force.
type inForce struct {
	audit.Log
	what string
}

// Append implements audit.Log.
func (l inForce) Append(e audit.Entry) error {
	e.InForce = l.what
	return l.Log.Append(e)
}
