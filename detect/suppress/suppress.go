// Package suppress keeps alerts quiet that somebody decided to live with: files of
// suppressions, each with an owner, a reason, a scope and an end.
//
// A suppressed alert is found and stored as any other, with the suppression's id,
// and goes by no route. One that has expired suppresses nothing and is an alert
// itself.
package suppress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/detect/alert"
)

// Suppression is one of them.
type Suppression struct {
	ID      string            `yaml:"id"`
	Rule    string            `yaml:"rule"`  // the rule's id or name
	Group   map[string]string `yaml:"group"` // labels that the alert must have; * stands for anything
	Owner   string            `yaml:"owner"`
	Reason  string            `yaml:"reason"`
	Ticket  string            `yaml:"ticket"`
	Expires string            `yaml:"expires"` // day, its end in UTC
	File    string            `yaml:"-"`

	ends  time.Time
	group map[string]*regexp.Regexp
}

// MaxTime is how far off a suppression's end may be.
const MaxTime = 366 * 24 * time.Hour

// List is suppressions. It is never changed.
type List struct{ All []*Suppression }

// Load reads the files (*.yml, *.yaml) of a folder, or one file. Each holds a list.
func Load(path string, now time.Time) (*List, error) {
	l := &List{}
	if path == "" {
		return l, nil
	}
	files := []string{path}
	if st, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("reading suppressions: %w", err)
	} else if st.IsDir() {
		files = nil
		for _, ext := range []string{"*.yml", "*.yaml"} {
			found, _ := filepath.Glob(filepath.Join(path, ext)) // the pattern is good
			files = append(files, found...)
		}
		slices.Sort(files)
	}
	seen := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("reading suppressions: %w", err)
		}
		var some []*Suppression
		if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&some); err != nil {
			return nil, fmt.Errorf("%s: %s", f, yaml.FormatError(err, false, false))
		}
		for _, s := range some {
			if s.File = f; seen[s.ID] {
				return nil, fmt.Errorf("%s: id %q stands twice", f, s.ID)
			}
			seen[s.ID] = true
			if err := s.check(now); err != nil {
				return nil, fmt.Errorf("%s: suppression %q: %w", f, s.ID, err)
			}
			l.All = append(l.All, s)
		}
	}
	return l, nil
}

func (s *Suppression) check(now time.Time) error {
	for name, v := range map[string]string{"id": s.ID, "rule": s.Rule, "owner": s.Owner, "reason": s.Reason, "expires": s.Expires} {
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("%s is missing", name)
		}
	}
	day, err := time.Parse(time.DateOnly, s.Expires)
	if err != nil {
		return fmt.Errorf("expires %q is no day: write 2026-12-31", s.Expires)
	}
	if s.ends = day.AddDate(0, 0, 1); s.ends.Sub(now) > MaxTime {
		return fmt.Errorf("expires %s: a suppression ends within a year", s.Expires)
	}
	s.group = map[string]*regexp.Regexp{}
	for name, v := range s.Group {
		parts := strings.Split(v, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		s.group[name] = regexp.MustCompile(`(?is)^` + strings.Join(parts, ".*") + `$`)
	}
	return nil
}

// Expired says whether s has ended.
func (s *Suppression) Expired(now time.Time) bool { return !now.Before(s.ends) }

// Ends returns the time at which s ends.
func (s *Suppression) Ends() time.Time { return s.ends }

// Find returns the id of the suppression in force that keeps an alert quiet, "" if
// none does. names are what its rule goes by.
func (l *List) Find(p *alert.Part, names []string, now time.Time) string {
	for _, s := range l.All {
		if !s.Expired(now) && slices.Contains(names, s.Rule) && s.covers(p) {
			return s.ID
		}
	}
	return ""
}

func (s *Suppression) covers(p *alert.Part) bool {
	for name, re := range s.group {
		if !slices.ContainsFunc(p.Group, func(l alert.Label) bool { return l.Name == name && re.MatchString(l.Value) }) {
			return false
		}
	}
	return true
}
