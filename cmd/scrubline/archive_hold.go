package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
)

type archiveHoldCmd struct {
	Place   holdPlace   `cmd:"" help:"Put every object that holds an event of a question's answer under legal hold."`
	List    holdList    `cmd:"" help:"List the holds, released ones too, one JSON object a line."`
	Apply   holdApply   `cmd:"" help:"Put what came since under the holds that follow, and finish what was interrupted."`
	Release holdRelease `cmd:"" help:"Release a hold; objects that another one names stay held."`
}

// question is what a hold asks, kept encrypted in holds/ of the data folder: it may
// name somebody, and what the log says is public.
type question struct {
	Hold   string    `json:"hold"`
	Text   string    `json:"text"`
	Since  time.Time `json:"since"` // the range that was meant when it was placed
	Until  time.Time `json:"until"`
	Follow bool      `json:"follow"` // Until does not end it
}

// holdFolder is below the data folder.
const holdFolder = "holds"

type holdPlace struct {
	Matter string   `help:"What the hold is for. It is public with the archive's log: name no patient." required:"" placeholder:"TEXT"`
	Follow bool     `help:"Hold what comes later and matches, too."`
	Terms  []string `arg:"" name:"query" help:"The question, for example 'actor:alice since:2026-01-01'."`
}

func (c *holdPlace) Run(ctx context.Context, g *globals) error {
	text := strings.Join(c.Terms, " ")
	q, err := query.Parse(text, time.Now(), time.Local)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	w := question{Hold: "h-" + strings.ToLower(rand.Text()[:12]), Text: text, Since: q.Since, Until: q.Until, Follow: c.Follow}
	return g.holding(ctx, func(n *node, a *archive.Archive, _ []*archive.Hold, copies []object.Store) error {
		keys, err := n.matching(ctx, a, &w)
		if err != nil {
			return err
		}
		if len(keys) == 0 && !c.Follow {
			return errors.New("no object holds such an event: nothing is under hold")
		}
		return n.recorded(ctx, audit.Hold, "archive-hold-place", w.Hold+" "+q.Shape(n.shapes()), c.Matter, func() (int, bool, error) {
			// The question first: a hold that follows must not be in the log without it.
			if err := n.keepQuestion(&w); err != nil {
				return 0, false, err
			}
			h := archive.HoldLeaf{Hold: w.Hold, Matter: c.Matter, By: who(), Keys: keys}
			if h.Query, err = n.hashQuestion(text); err != nil {
				return 0, false, err
			}
			if err := a.PlaceHold(ctx, h, nil, copies...); err != nil {
				return 0, false, fmt.Errorf("placing hold %s: %w", w.Hold, err)
			}
			fmt.Printf("%s: %d objects under hold\n", w.Hold, len(keys))
			return len(keys), false, nil
		})
	})
}

type holdList struct {
	archiveFlags
	Objects bool `help:"List the objects of each hold, too."`
}

func (c *holdList) Run(ctx context.Context, g *globals) error {
	s, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	all, err := holdsOf(ctx, s)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, h := range all {
		line := struct {
			*archive.Hold
			Keys []string `json:"keys,omitempty"`
		}{Hold: h}
		if c.Objects {
			line.Keys = h.Keys
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

type holdApply struct{}

func (c *holdApply) Run(ctx context.Context, g *globals) error {
	return g.holding(ctx, func(n *node, a *archive.Archive, all []*archive.Hold, copies []object.Store) error {
		fresh, err := n.applyHolds(ctx, a, all, copies)
		if err != nil {
			return err
		}
		n.carryTrail(ctx)
		fmt.Printf("%d more objects under hold\n", fresh)
		return nil
	})
}

type holdRelease struct {
	Hold   string `arg:"" help:"Name of the hold, as list shows it."`
	Reason string `help:"Why. It is public with the archive's log." required:"" placeholder:"TEXT"`
}

func (c *holdRelease) Run(ctx context.Context, g *globals) error {
	return g.holding(ctx, func(n *node, a *archive.Archive, all []*archive.Hold, copies []object.Store) error {
		if !slices.ContainsFunc(all, func(h *archive.Hold) bool { return h.ID == c.Hold }) { // what is put on record is no typed text
			return a.ReleaseHold(ctx, archive.ReleaseLeaf{Hold: c.Hold, Reason: c.Reason, By: who()}, all, copies...)
		}
		return n.recorded(ctx, audit.Hold, "archive-hold-release", c.Hold, c.Reason, func() (int, bool, error) {
			return 0, false, a.ReleaseHold(ctx, archive.ReleaseLeaf{Hold: c.Hold, Reason: c.Reason, By: who()}, all, copies...)
		})
	})
}

// holding opens what commands of holds need.
func (g *globals) holding(ctx context.Context, do func(*node, *archive.Archive, []*archive.Hold, []object.Store) error) (err error) {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	return n.holding(ctx, do)
}

// holding opens the archive, its holds and its copy.
func (n *node) holding(ctx context.Context, do func(*node, *archive.Archive, []*archive.Hold, []object.Store) error) (err error) {
	a, err := n.openArchive(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	from, err := n.g.objects(ctx, &n.cfg)
	if err != nil {
		return err
	}
	all, err := holdsOf(ctx, from)
	if err != nil {
		return err
	}
	var copies []object.Store
	if n.cfg.Archive.Copy.configured() {
		second, err := n.g.second(ctx, &n.cfg)
		if err != nil {
			return err
		}
		copies = append(copies, second)
	}
	return do(n, a, all, copies)
}

// holdEvery is how often run applies the holds: what they are to catch is locked
// for years by then.
const holdEvery = time.Hour

// holder is the part that applies holds. It does nothing where none was placed.
func (n *node) holder() part {
	return part{"holds", func(ctx context.Context) error {
		tick := time.NewTicker(holdEvery)
		defer tick.Stop()
		for {
			if _, err := os.Stat(n.path(holdFolder)); err == nil {
				err := n.holding(ctx, func(n *node, a *archive.Archive, all []*archive.Hold, copies []object.Store) error {
					_, err := n.applyHolds(ctx, a, all, copies)
					return err
				})
				if err != nil && ctx.Err() == nil {
					n.log.Error().Str("error", err.Error()).Msg("legal holds could not be applied: it is tried again")
				}
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}}
}

func holdsOf(ctx context.Context, s object.Store) ([]*archive.Hold, error) {
	r, err := archive.NewReader(ctx, s)
	if err != nil {
		return nil, err
	}
	return r.Holds(ctx)
}

// applyHolds brings holds in force up to date and returns how many objects came
// under one.
func (n *node) applyHolds(ctx context.Context, a *archive.Archive, all []*archive.Hold, copies []object.Store) (fresh int, err error) {
	for _, h := range all {
		if h.Released != nil {
			continue
		}
		keys, added := h.Keys, 0
		w, err := n.question(h.ID)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			n.log.Warn().Str("hold", h.ID).Msg("the question of this hold lies in another data folder: what it names already stays held")
		case err != nil:
			return fresh, err
		case w.Follow:
			w.Until = time.Now()
			found, err := n.matching(ctx, a, w)
			if err != nil {
				return fresh, err
			}
			more := slices.DeleteFunc(found, func(k string) bool { return slices.Contains(h.Keys, k) })
			added = len(more)
			keys = append(slices.Clone(h.Keys), more...)
		}
		leaf := archive.HoldLeaf{Hold: h.ID, Matter: h.Matter, By: who(), Query: h.Query, Keys: keys}
		place := func() (int, bool, error) { return added, false, a.PlaceHold(ctx, leaf, h.Keys, copies...) }
		if added == 0 { // what was interrupted is finished, if anything was: it is on record
			_, _, err = place()
		} else {
			err = done(n.trail, audit.Hold, "archive-hold-apply", h.ID, h.Matter, place)
		}
		if err != nil {
			return fresh, fmt.Errorf("applying hold %s: %w", h.ID, err)
		}
		fresh += added
	}
	return fresh, nil
}

// matching returns the keys of the objects that hold the answer's rows.
func (n *node) matching(ctx context.Context, a *archive.Archive, w *question) ([]string, error) {
	q, err := query.Parse(w.Text, time.Now(), time.Local)
	if err != nil {
		return nil, err
	}
	q.Since, q.Until = w.Since, w.Until
	found := map[string]bool{}
	err = n.service().StreamColumns(ctx, q, []schemas.Column{schemas.Batch}, func(r *query.Row) error {
		found[r.Text(schemas.Batch)] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for objects to hold: %w", err)
	}
	keys, err := a.Generations(ctx, slices.Sorted(maps.Keys(found)))
	if err != nil {
		return nil, fmt.Errorf("looking for objects to hold: %w", err)
	}
	return keys, nil
}

// keepQuestion keeps it encrypted, to a key that follows from the token keys.
func (n *node) keepQuestion(w *question) error {
	if err := os.MkdirAll(n.path(holdFolder), 0o700); err != nil {
		return fmt.Errorf("keeping the hold's question: %w", err)
	}
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	box, err := n.questionBox()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(n.path(holdFolder, w.Hold), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keeping the hold's question: %w", err)
	}
	_, err = f.Write(box.Seal(nil, nil, b, []byte(w.Hold)))
	return errors.Join(err, f.Sync(), f.Close())
}

func (n *node) question(hold string) (*question, error) {
	if hold != filepath.Base(hold) {
		return nil, fs.ErrNotExist
	}
	b, err := os.ReadFile(n.path(holdFolder, hold))
	if err != nil {
		return nil, err
	}
	box, err := n.questionBox()
	if err != nil {
		return nil, err
	}
	w := &question{}
	if b, err = box.Open(nil, nil, b, []byte(hold)); err != nil || json.Unmarshal(b, w) != nil {
		return nil, fmt.Errorf("the question of hold %s was changed, or belongs to other token keys", hold)
	}
	return w, nil
}

func (n *node) questionBox() (cipher.AEAD, error) {
	key, err := n.keys.Derive("hold questions, encrypted", n.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of hold questions: %w", err)
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making the key of hold questions: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// hashQuestion ties the log to the question without telling it.
func (n *node) hashQuestion(text string) (string, error) {
	key, err := n.keys.Derive("hold questions", n.cfg.Tenant)
	if err != nil {
		return "", err
	}
	defer clear(key)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// who is the operating system's user, as far as it says.
func who() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
