package sigma

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Set is the rules of one or more files.
type Set struct {
	// Rules are those that can run. A correlation stands behind the rules it
	// refers to.
	Rules []*Rule
	// Problems are why documents were refused, and what looks wrong, by file and
	// line.
	Problems []Problem
}

// Loader reads rule files into a Set.
type Loader struct {
	// Placeholders are the values of placeholders; a rule with one that has none
	// is refused.
	Placeholders Placeholders
	// Accept, if set, says whether there are logs that a rule can fire on; its error
	// is the reason why not, line where in the file, 0 for the logsource's.
	Accept func(*Rule) (line int, err error)

	rules    []*Rule
	filters  []*Filter
	ids      map[string]*Rule
	problems []Problem
}

// maxFile bounds a rule file, in bytes.
const maxFile = 4 << 20

// TestSuffix ends the names of files with a rule's tests.
const TestSuffix = ".test.yaml"

// IsRuleFile says whether a file of that name holds rules.
func IsRuleFile(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(name, TestSuffix) &&
		!strings.HasSuffix(name, ".test.yml") && !strings.HasPrefix(path.Base(name), ".")
}

// Dir reads the rule files in a folder and all folders in it, in the order of
// their names. prefix goes before their names in results.
func (l *Loader) Dir(fsys fs.FS, prefix string) error {
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil: // one that cannot be read does not take the others along
			l.refuse(path.Join(prefix, name), &Rule{}, at(0, "cannot be read: %s", pathless(err)))
			return nil
		case d.IsDir() || !IsRuleFile(name):
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			l.refuse(path.Join(prefix, name), &Rule{}, at(0, "cannot be read: %s", pathless(err)))
			return nil
		}
		l.File(path.Join(prefix, name), b)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading rules: %w", err)
	}
	return nil
}

// pathless is what a file's error says besides its name.
func pathless(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// File reads the documents of one file.
func (l *Loader) File(name string, b []byte) {
	if len(b) > maxFile {
		l.refuse(name, &Rule{}, at(0, "file is larger than %d bytes", maxFile))
		return
	}
	c, n := collection{}, 0
	parseYAML(b, func(doc *node, err error) {
		n++
		if err == nil {
			doc, err = c.next(doc)
		}
		if err != nil {
			l.refuse(name, &Rule{}, err)
		} else if doc != nil {
			l.document(name, doc)
		}
	})
	if n == 0 {
		l.refuse(name, &Rule{}, at(1, "file holds no document"))
	}
}

func (l *Loader) document(file string, n *node) {
	r := meta(n, file)
	r.digest = digest(n, l.Placeholders)
	err := checkMeta(n, r)
	var warn []string
	odd := oddities(r)
	switch {
	case err != nil:
	case n.key("filter") != nil:
		var f *Filter
		if f, err = parseFilter(n, r, l.Placeholders); err == nil {
			l.filters = append(l.filters, f)
			return
		}
	case n.key("correlation") != nil:
		r.Correlation, err = parseCorrelation(n)
	default:
		if r.Novel, err = parseNovel(n); err == nil {
			r.Lookups, err = parseLookups(n)
		}
		if err == nil {
			warn, err = detect(n, r, l.Placeholders)
		}
		if err == nil && len(r.Lookups) > 0 {
			lookUp(r.Expr, r.Lookups)
		}
	}
	if err == nil && r.Expr != nil && l.Accept != nil {
		if line, aerr := l.Accept(r); aerr != nil {
			if ls := n.key("logsource"); line == 0 && ls != nil {
				line = ls.line
			}
			err = at(line, "%s", aerr)
		}
	}
	if err != nil {
		l.refuse(file, r, err)
		return
	}
	if l.ids == nil {
		l.ids = map[string]*Rule{}
	}
	if first := l.ids[r.ID]; r.ID != "" && first != nil {
		l.refuse(file, r, at(n.line, "id %s is taken by %s:%d", r.ID, first.File, first.Line))
		return
	}
	if r.ID != "" {
		l.ids[r.ID] = r
	}
	l.rules = append(l.rules, r)
	for _, w := range append(warn, odd...) {
		l.warn(r, r.Line, w)
	}
}

func (l *Loader) refuse(file string, r *Rule, err error) {
	line := r.Line
	var le *lineError
	if errors.As(err, &le) && le.line > 0 {
		line = le.line
	}
	l.problems = append(l.problems, Problem{Refused, file, line, r.Key(), err.Error()})
}

func (l *Loader) warn(r *Rule, line int, reason string) {
	l.problems = append(l.problems, Problem{Warning, r.File, line, r.Key(), reason})
}

// Finish applies filters, ties correlations to their rules and returns the set.
func (l *Loader) Finish() *Set {
	for _, f := range l.filters {
		l.apply(f)
	}
	s := &Set{Rules: l.tie()}
	sort.SliceStable(l.problems, func(i, j int) bool {
		a, b := l.problems[i], l.problems[j]
		return a.File < b.File || a.File == b.File && a.Line < b.Line
	})
	s.Problems = l.problems
	return s
}

// Refused counts the documents that are not in the set.
func (s *Set) Refused() int {
	n := 0
	for _, p := range s.Problems {
		if p.Severity == Refused {
			n++
		}
	}
	return n
}
