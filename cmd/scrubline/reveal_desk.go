package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/reveal"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/quarantine"
)

// reveals takes the API's requests for quarantined records; nil if that is off, or
// another process does.
func (n *node) reveals() (*reveal.Book, error) {
	if !n.cfg.Quarantine.ByTwo {
		return nil, nil
	}
	said := &saidText{g: n.g, cfg: &n.cfg, keys: n.keys, known: map[string]string{}}
	b, err := reveal.Open(reveal.Options{Dir: n.path("reveals"), Quarantine: &revealer{n, said}, Scrub: said.scrub, Stands: n.stands})
	if errors.Is(err, reveal.ErrInUse) {
		n.log.Warn().Msg("another process answers requests to see quarantined records")
		return nil, nil
	}
	return b, err
}

// stands says why a token that approved is not taken any more. Of people the provider
// tells nothing until they log in again.
func (n *node) stands(p reveal.Party) error {
	if p.Via != identity.ViaToken {
		return nil
	}
	return n.g.serviceTokens().Stands(identity.Principal{Subject: p.Subject})
}

// revealer is the quarantine, read anew for each record: it is written meanwhile.
type revealer struct {
	n    *node
	said *saidText
}

func (v *revealer) open(ctx context.Context, do func(quarantine.Reader) error) error {
	q, err := v.n.g.readQuarantine(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(q), q.Close())
}

var errFound = errors.New("found")

// Find implements reveal.Quarantine. It looks through the quarantine, which takes as
// long as listing it.
func (v *revealer) Find(ctx context.Context, batch string, record uint64) (found reveal.Record, err error) {
	payload := strings.TrimPrefix(batch[:max(0, strings.LastIndexByte(batch, '/'))], "v1/")
	err = v.open(ctx, func(q quarantine.Reader) error {
		err := q.List(ctx, func(i quarantine.Item) error {
			if i.PayloadID != payload || i.Record != record || !i.Kept {
				return nil
			}
			found = reveal.Record{Entry: i.ID, Code: i.Code, Size: i.Size}
			return errFound
		})
		switch {
		case errors.Is(err, errFound):
			return nil
		case err == nil:
			return reveal.ErrNoRecord
		}
		return err
	})
	return found, err
}

// Open implements reveal.Quarantine. What is recognised in the record is looked for in
// its text as in any other's.
func (v *revealer) Open(ctx context.Context, entry string) (o reveal.Opened, err error) {
	var keys seal.Keys
	if keys, err = v.n.g.quarantineKeys(ctx, v.n.cfg.Quarantine.RevealKey); err != nil {
		return o, err
	}
	err = v.open(ctx, func(q quarantine.Reader) error {
		item, _, raw, err := q.Open(ctx, entry, keys)
		if err != nil {
			return err
		}
		clean, err := v.said.fresh(string(raw))
		if err != nil {
			clear(raw)
			return fmt.Errorf("looking for tokens in a quarantined record: %w", err)
		}
		o = reveal.Opened{Raw: raw, Cut: item.Cut, Tokens: audit.Tokens(clean)}
		return nil
	})
	return o, err
}
