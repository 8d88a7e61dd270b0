package sigma

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Logsource says which logs a rule is about.
type Logsource struct{ Category, Product, Service string }

func (l Logsource) String() string {
	return fmt.Sprintf("category %q, product %q, service %q", l.Category, l.Product, l.Service)
}

// Rule is one rule, ready to be compiled. The caller must not change it.
type Rule struct {
	File  string
	Line  int // of the document's first key
	ID    string
	Name  string
	Title string
	// Level is informational, low, medium, high, critical, or "".
	Level          string
	Status         string
	Description    string
	Tags           []string
	References     []string
	FalsePositives []string
	Fields         []string
	Author         string
	Logsource      Logsource
	// Expr is nil for a correlation.
	Expr        Expr
	Correlation *Correlation
	// Novel, if set, keeps of the matches those of something new. Only schedules and
	// backtests can tell: the stream does not run the rule.
	Novel *Novel
	// Lookups are the lists that the rule looks values up in, and the field that is
	// looked up in each. In Expr such a field has a name that Lookup reads.
	Lookups map[string]string
	// Silent says that the rule raises no alert itself: a correlation needs it.
	Silent bool
	// Custom are members that the specification does not name, as text.
	Custom map[string]string
	// Version changes when what the rule matches changes, and not with its prose.
	Version string

	digest   []byte
	filtered []string // digests of the filters over it
}

// GroupBy lists the fields that tell apart the alerts of a rule over records:
// its member group_by, names with commas between. None: the default.
func (r *Rule) GroupBy() []string {
	return strings.FieldsFunc(r.Custom["group_by"], func(c rune) bool { return c == ',' || c == ' ' })
}

// Dedup is how long matches of one group are one alert: the member dedup, a
// number and a unit as in a timespan. 0: the default.
func (r *Rule) Dedup() time.Duration {
	d, err := timespan(r.Custom["dedup"])
	if err != nil {
		return 0
	}
	return d
}

// Key names the rule in results: its id, else its name, else its title.
func (r *Rule) Key() string {
	switch {
	case r.ID != "":
		return r.ID
	case r.Name != "":
		return r.Name
	}
	return r.Title
}

// Severity tells a lint's finding.
type Severity uint8

const (
	Refused Severity = iota // the rule is not in the set
	Warning                 // the rule is, and something looks wrong
)

func (s Severity) String() string { return [...]string{"refused", "warning"}[s] }

// Problem is why a rule was refused, or what looks wrong with it.
type Problem struct {
	Severity Severity
	File     string
	Line     int
	Rule     string // key of the rule, as far as it could be read
	Reason   string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Severity, p.Reason)
}

var (
	levels   = []string{"", "informational", "low", "medium", "high", "critical"}
	statuses = []string{"", "stable", "test", "experimental", "deprecated", "unsupported"}
	known    = []string{
		"title", "id", "name", "related", "taxonomy", "status", "description", "license", "references", "author", "date",
		"modified", "logsource", "detection", "fields", "falsepositives", "level", "tags", "scope", "correlation", "filter",
		"generate", "action",
	}
)

// meta reads what all kinds of documents have.
func meta(n *node, file string) *Rule {
	r := &Rule{
		File: file, Line: n.line, ID: n.str("id"), Name: n.str("name"), Title: n.str("title"), Level: n.str("level"),
		Status: n.str("status"), Description: n.str("description"), Tags: n.strs("tags"), References: n.strs("references"),
		FalsePositives: n.strs("falsepositives"), Fields: n.strs("fields"), Author: n.str("author"), Custom: map[string]string{},
	}
	for i, k := range n.keys {
		if v := n.vals[i]; !slices.Contains(known, k) && v.kind != isList && v.kind != isMap {
			r.Custom[k] = v.text
		}
	}
	return r
}

// checkMeta refuses what would make results useless or ambiguous.
func checkMeta(n *node, r *Rule) error {
	switch {
	case r.Title == "":
		return at(n.line, "no title")
	case n.key("dedup") != nil && r.Dedup() == 0:
		return at(n.key("dedup").line, "dedup %q: write a number and s, m, h or d", n.str("dedup"))
	case n.key("schedule") != nil && r.Schedule() < time.Minute:
		return at(n.key("schedule").line, "schedule %q: write a number and m, h or d", n.str("schedule"))
	case n.str("taxonomy") != "" && n.str("taxonomy") != "sigma":
		return at(n.key("taxonomy").line, "taxonomy %q is not supported", n.str("taxonomy"))
	}
	return nil
}

// oddities names what is wrong with members that decide nothing about matches, and
// makes the best of them.
func oddities(r *Rule) (warn []string) {
	r.Level, r.Status = strings.ToLower(r.Level), strings.ToLower(r.Status)
	if !slices.Contains(levels, r.Level) {
		warn = append(warn, fmt.Sprintf("level %q is none of Sigma's: the rule counts as medium", r.Level))
		r.Level = "medium"
	}
	switch {
	case !slices.Contains(statuses, r.Status):
		warn = append(warn, fmt.Sprintf("status %q is none of Sigma's", r.Status))
	case r.Status == "unsupported":
		warn = append(warn, "its author calls the rule unsupported")
	case r.Status == "deprecated":
		warn = append(warn, "its author calls the rule deprecated")
	}
	return warn
}

// detect reads the logsource and detection sections into r.
func detect(n *node, r *Rule, places Placeholders) (warn []string, err error) {
	ls := n.key("logsource")
	if ls == nil || ls.kind != isMap {
		return nil, at(n.line, "no logsource")
	}
	r.Logsource = Logsource{ls.str("category"), ls.str("product"), ls.str("service")}
	if r.Logsource == (Logsource{}) {
		return nil, at(ls.line, "logsource has no category, product or service")
	}
	det := n.key("detection")
	if det == nil || det.kind != isMap {
		return nil, at(n.line, "no detection")
	}
	cond := det.key("condition")
	if cond == nil {
		return nil, at(det.line, "no condition")
	}
	d, err := parseDetection(det, places, "condition", "timeframe")
	if err != nil {
		return nil, err
	}
	if r.Expr, err = conditions(cond, d); err != nil {
		return nil, err
	}
	if det.key("timeframe") != nil {
		warn = append(warn, "timeframe was removed from Sigma and means nothing to a condition of one record")
	}
	for _, name := range d.unused() {
		warn = append(warn, fmt.Sprintf("search identifier %s is in no condition", name))
	}
	return warn, nil
}
