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
	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

// Rules are compiled rules, ready to watch with. They are never changed and may be
// used by many goroutines.
type Rules struct {
	matcher *match.Matcher
	rules   []recordRule
	units   []*unit
	names   map[string]*sigma.Rule // by key; those that only schedules run too
	all     []*sigma.Rule
	lists   list.Set
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

// NewRules compiles rules, as sigma.Set has them, with the lists that fields are
// looked up in.
func NewRules(set []*sigma.Rule, lists list.Set) *Rules {
	stream := slices.DeleteFunc(slices.Clone(set), func(r *sigma.Rule) bool { return r.Novel != nil })
	out := &Rules{matcher: match.Compile(stream, lists), names: map[string]*sigma.Rule{}, all: set, lists: lists}
	h := sha256.New()
	for _, r := range set {
		out.names[r.Key()] = r
		_, _ = h.Write([]byte(r.Key() + "\x00" + r.Version + "\x00"))
	}
	for _, r := range stream {
		out.rules = append(out.rules, newRecordRule(r))
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

func newRecordRule(r *sigma.Rule) recordRule {
	out := recordRule{Rule: r, group: r.GroupBy(), window: r.Dedup()}
	if out.window == 0 {
		out.window = alert.DefaultWindow
	}
	return out
}

// groupOf says which of the rule's groups a record belongs to, by its columns and
// what first gives of its fields.
func (rule *recordRule) groupOf(text cells, first func(string) ([]byte, bool)) ([]alert.Label, string) {
	if len(rule.group) == 0 {
		return text.who()
	}
	var labels []alert.Label
	var key strings.Builder
	for _, f := range rule.group {
		value, ok := first(f)
		l, k := label(f, value, ok)
		labels = append(labels, l)
		key.WriteString(k)
	}
	return labels, key.String()
}

// part makes an alert's part, without its matches.
func (rule *recordRule) part(tenant, group string, from, to time.Time, text cells) *alert.Part {
	return &alert.Part{
		ID:   alert.ID(tenant, rule.Key(), rule.Version, group, from),
		Rule: rule.Key(), Version: rule.Version, Title: rule.Title, Level: rule.Level, Kind: alert.Record,
		From: from, To: to, Summary: text.sentence(rule.Title),
	}
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

// All lists the rules, those that only schedules run too. It is lent.
func (r *Rules) All() []*sigma.Rule { return r.all }

// Lists returns what fields are looked up in.
func (r *Rules) Lists() list.Set { return r.lists }

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
	return slices.ContainsFunc(r.all, func(o *sigma.Rule) bool { return slices.Contains(r.Names(o.Key()), name) })
}

// Len counts the rules that alert.
func (r *Rules) Len() int {
	n := 0
	for _, o := range r.all {
		if !o.Silent {
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

// Scheduled is a rule that is to be run over stored events.
type Scheduled struct {
	Key, Version, Title string
	Sources             []string
	Every               time.Duration // length of its windows
}

// Scheduled lists the rules that alert and ask to be run by schedule, and those that
// wants says yes to, given what they go by. The windows of a correlation are as long
// as its timespan at least, and multiples of it.
func (r *Rules) Scheduled(wants func(names []string) bool, every time.Duration) []Scheduled {
	var out []Scheduled
	for _, o := range r.all {
		own := o.Schedule()
		if o.Silent || own == 0 && o.Novel == nil && !wants(r.Names(o.Key())) {
			continue
		}
		s := Scheduled{Key: o.Key(), Version: o.Version, Title: o.Title, Sources: detect.Sources(o), Every: every}
		if own > 0 {
			s.Every = own
		}
		if c := o.Correlation; c != nil {
			s.Every = (s.Every + c.Timespan - 1) / c.Timespan * c.Timespan
		}
		out = append(out, s)
	}
	return out
}
