package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/scrub/token"
)

// viaCommand is how those are recognised who type commands: whoever can read the data
// folder has all of it.
const viaCommand identity.Via = "command"

// deed is something that a command does, on record before a word of it is printed.
type deed struct {
	log   audit.Log
	entry audit.Entry
	began time.Time
}

// begin puts on record that a command is about to do something.
func begin(log audit.Log, action audit.Action, command, asked, reason string) (*deed, error) {
	ctx := identity.With(context.Background(), identity.Principal{Subject: who(), Role: identity.Admin, Via: viaCommand, Reason: reason})
	d := &deed{log: log, began: time.Now(), entry: audit.Entry{Action: action, Phase: audit.Begin, Route: "command:" + command, Asked: asked, Outcome: audit.OK, Request: identity.NewSecret()[:16]}.By(ctx)}
	return d, log.Append(d.entry)
}

// end puts on record what came of it.
func (d *deed) end(rows int, more bool, err error) error {
	d.entry.Phase, d.entry.Rows, d.entry.More, d.entry.Took = audit.End, rows, more, time.Since(d.began).Microseconds()
	if err != nil {
		d.entry.Outcome = "failed"
	}
	return d.log.Append(d.entry)
}

// done does something and puts it on record: nothing is done if that fails. do
// returns how many rows it showed, and whether there are more.
func done(log audit.Log, action audit.Action, command, asked, reason string, do func() (rows int, more bool, err error)) error {
	d, err := begin(log, action, command, asked, reason)
	if err != nil {
		return err
	}
	rows, more, err := do()
	return errors.Join(err, d.end(rows, more, err))
}

// recorded is done, and carries what is on record into the archive, for commands that
// have it open anyway.
func (n *node) recorded(ctx context.Context, action audit.Action, command, asked, reason string, do func() (rows int, more bool, err error)) error {
	err := done(n.trail, action, command, asked, reason, do)
	n.carryTrail(ctx)
	return err
}

// recorded is done for commands that need no node. The next one that does, or run,
// carries it.
func (g *globals) recorded(action audit.Action, command, asked, reason string, do func() error) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(g.Data, "keys"), 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	keys, err := openKeys(filepath.Join(g.Data, "keys", "tokens.json"))
	if err != nil {
		return err
	}
	defer keys.Close()
	log, err := g.openTrail(&cfg, keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	return done(log, action, command, asked, reason, func() (int, bool, error) { return 0, false, do() })
}

// shapes makes the tokens that stand in the audit log.
func (n *node) shapes() *token.Lookup { return token.NewLookup(n.keys, n.cfg.Tenant) }
