package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

// Rules are compiled rules, ready to watch with. They are never changed and may be
// used by many goroutines.
type Rules struct {
	matcher *match.Matcher
	rules   []recordRule
	units   []*unit
	names   map[string]*sigma.Rule // by key
	hash    string
}

// recordRule is what is known of one of the matcher's rules.
type recordRule struct {
	*sigma.Rule
	group  []string      // fields that tell its alerts apart; none: who did it
	window time.Duration // of its alerts
	base   []string      // fields that correlations ask for, if they want the rule
	wanted bool
}

// unit is a correlation that alerts and the rules it is made of.
type unit struct {
	*sigma.Rule
	family   []*sigma.Rule
	keys     []string // of its rules over records, in order, and their versions
	versions []string
	sources  []string
	span     time.Duration // of its own windows
	back     time.Duration // how long before a window matches may count in it
	atOnce   bool          // correlate.Monotone
}

// NewRules compiles rules, as sigma.Set has them.
func NewRules(set []*sigma.Rule) *Rules {
	out := &Rules{matcher: match.Compile(set), names: map[string]*sigma.Rule{}}
	h := sha256.New()
	for _, r := range set {
		out.names[r.Key()] = r
		_, _ = h.Write([]byte(r.Key() + "\x00" + r.Version + "\x00"))
		rr := recordRule{Rule: r, group: r.GroupBy(), window: r.Dedup()}
		if rr.window == 0 {
			rr.window = alert.DefaultWindow
		}
		out.rules = append(out.rules, rr)
		if r.Correlation != nil && !r.Silent {
			out.units = append(out.units, newUnit(r))
		}
	}
	for _, u := range out.units {
		for i := range out.rules {
			if r := &out.rules[i]; slices.Contains(u.keys, r.Key()) {
				r.wanted, r.base = true, correlate.Fields(set, r.Rule)
			}
		}
	}
	out.hash = hex.EncodeToString(h.Sum(nil)[:8])
	return out
}

func newUnit(r *sigma.Rule) *unit {
	u := &unit{Rule: r, family: detect.Family(r), sources: detect.Sources(r), span: r.Correlation.Timespan, atOnce: correlate.Monotone(r.Correlation)}
	for _, m := range u.family {
		if m.Correlation != nil {
			u.back += m.Correlation.Timespan
			continue
		}
		u.keys, u.versions = append(u.keys, m.Key()), append(u.versions, m.Version)
	}
	return u
}

// Hash names the set: the rules and their versions.
func (r *Rules) Hash() string { return r.hash }

// Names lists what a rule goes by, given its key: that, its name and its title.
func (r *Rules) Names(key string) []string {
	out := []string{key}
	if rule := r.names[key]; rule != nil {
		out = append(out, rule.Name, rule.Title)
	}
	return out
}

// Has says whether there is a rule of that id, name or title.
func (r *Rules) Has(name string) bool {
	for i := range r.rules {
		if slices.Contains(r.Names(r.rules[i].Key()), name) {
			return true
		}
	}
	return false
}

// Len counts the rules that alert.
func (r *Rules) Len() int {
	n := 0
	for i := range r.rules {
		if !r.rules[i].Silent {
			n++
		}
	}
	return n
}

// label makes a label of a group-by field's first text.
func label(name string, text []byte, ok bool) (alert.Label, string) {
	if !ok {
		return alert.Label{Name: name}, "\x00"
	}
	v := strings.ToValidUTF8(string(text), "\uFFFD")
	return alert.Label{Name: name, Value: cut(v, 256)}, "\x01" + string(sigma.AppendFold(nil, text)) + "\x00"
}

// cut shortens a text, at a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
