package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/roster"
)

// WithRoster adds the roster that records are compared with to the text of the
// rules in force, as InForce writes it, and returns the hash of both.
func WithRoster(text []byte, r *roster.Roster) (both []byte, hash string) {
	if r != nil {
		text = fmt.Appendf(slices.Clip(text), "roster: %q\n", r.Hash())
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:16])
}

// consult takes the roster that is in force now for the payload that comes. One
// that cannot be read is told of, and the former stays.
func (w *worker) consult() error {
	if w.cfg.Roster == nil {
		return nil
	}
	r, err := w.cfg.Roster()
	if err != nil {
		w.cfg.Log.Error().Err(err).Msg("the roster of patients stays what it was")
	}
	if r == w.roster {
		return nil
	}
	text, hash := WithRoster(w.r.rules, r)
	if w.cfg.KeepRules != nil {
		if err := w.cfg.KeepRules(text, hash); err != nil {
			return err
		}
	}
	w.roster, w.policy = r, hash
	w.options.Roster, w.options.Rules = r, hash
	w.engine = scrub.New(w.options)
	return nil
}
