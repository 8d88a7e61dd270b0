package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/schemas"
)

// Policy is a file, compiled. Nothing changes it; any number of goroutines may
// ask it. A nil *Policy is the built-in one.
type Policy struct {
	file       string
	classes    []classRule
	fields     []fieldRule
	allow      []allowance
	customs    []Custom
	session    session
	problems   Problems // warnings only
	everywhere *Rules
	bySource   map[string]*Rules
	now        func() time.Time
}

var topKeys = []string{"version", "classes", "sources", "allow", "recognizers", "session_ip"}

// Parse reads the policy file b; name is the file's, for messages. The problems
// hold warnings, too; err, which wraps ErrInvalid, is the first that is none. now
// tells which allowances have expired, when the file is read and at each match.
func Parse(name string, b []byte, now func() time.Time) (p *Policy, problems Problems, err error) {
	r := &reader{problems: Problems{File: name}}
	p = &Policy{file: name, now: now}
	r.file(p, b)
	r.problems.sort()
	if err := r.problems.err(); err != nil {
		return nil, r.problems, err
	}
	p.problems = r.problems
	p.compile()
	return p, r.problems, nil
}

func (r *reader) file(p *Policy, b []byte) {
	body := r.tree(b)
	if body == nil {
		return
	}
	parts := map[string]member{}
	for _, m := range r.mapping(body, "a policy", topKeys...) {
		parts[m.key] = m
	}
	if v, ok := parts["version"]; !ok {
		r.fail(place(body), "the first line must be version: 1")
	} else if text, ok := r.text(v); ok && text != "1" {
		r.fail(v.at, "this program reads version 1 of the policy file")
	}
	if m, ok := parts["recognizers"]; ok { // first: allowances may name them
		p.customs = r.customs(m)
	}
	if m, ok := parts["classes"]; ok {
		p.classes = r.classes(m)
	}
	if m, ok := parts["sources"]; ok {
		cs, fs := r.sources(m)
		p.classes, p.fields = append(p.classes, cs...), fs
		r.nested(fs)
	}
	if m, ok := parts["allow"]; ok {
		p.allow = r.allowances(m, p.customs, p.now())
	}
	if m, ok := parts["session_ip"]; ok {
		p.session = r.session(m)
	}
	r.unsafe(p)
}

// nested refuses rules for fields inside one that another rule replaces whole.
func (r *reader) nested(fs []fieldRule) {
	for i := range fs {
		for j := range fs {
			in, out := &fs[i], &fs[j]
			if in.source == out.source && strings.HasPrefix(in.path, out.path+".") && out.Treat != schemas.Keep && out.Treat != schemas.Scan {
				r.fail(in.at, "%s is inside %s, which line %d replaces as a whole", shown(in.path), shown(out.path), out.Line)
			}
		}
	}
}

// unsafe warns of everything that lets more pass than without the file.
func (r *reader) unsafe(p *Policy) {
	for i := range p.classes {
		if c := &p.classes[i]; c.Unsafe {
			r.warn(c.at, "unsafe_keep: %s stand in the logs%s: %s", describe(c.class), in(c.source), c.Reason)
		}
	}
	for i := range p.fields {
		if f := &p.fields[i]; f.Unsafe {
			what := "is not looked into"
			if f.Treat == schemas.Scan {
				what = "is only scanned, not replaced"
			}
			r.warn(f.at, "unsafe_%s: field %s of %s %s: %s", f.Treat, shown(f.path), f.source, what, f.Reason)
		}
	}
}

func describe(c class) string {
	if c.letter != 0 {
		return "identifiers of class " + c.name
	}
	return fmt.Sprintf("identifiers %s (class %c)", c.name, c.kind.Info().Letter)
}

func in(source string) string {
	if source == "" {
		return ""
	}
	return " of " + source
}

// compile makes what the engine asks, and the fields that only allowances name.
func (p *Policy) compile() {
	for i := range p.allow {
		if a := &p.allow[i]; a.field != "" {
			a.rule = p.mark(a.source, a.field)
		}
	}
	p.everywhere = p.rules("")
	p.bySource = map[string]*Rules{}
	for _, s := range schemas.SourceNames() {
		if p.alone(s) {
			p.bySource[s] = p.rules(s)
		}
	}
}

// alone says that the file says something of a source by its name.
func (p *Policy) alone(source string) bool {
	return slices.ContainsFunc(p.classes, func(c classRule) bool { return c.source == source }) ||
		slices.ContainsFunc(p.allow, func(a allowance) bool { return a.source == source })
}

// mark returns the number of the rule of a field, which it makes if there is none.
func (p *Policy) mark(source, path string) uint16 {
	for i := range p.fields {
		if f := &p.fields[i]; f.source == source && f.path == path {
			return uint16(i + 1)
		}
	}
	p.fields = append(p.fields, fieldRule{source: source, path: path})
	return uint16(len(p.fields))
}

// Warnings lists what whoever starts the program must know, a line each.
func (p *Policy) Warnings() (lines []string) {
	if p == nil {
		return nil
	}
	for i := range p.problems.List {
		lines = append(lines, p.problems.Line(i))
	}
	return lines
}

// File is the name that the policy was read under, "" if it is built in.
func (p *Policy) File() string {
	if p == nil {
		return ""
	}
	return p.file
}

// Summary is the policy in one line.
func (p *Policy) Summary() string {
	set := 0
	for i := range p.fields {
		if p.fields[i].set {
			set++
		}
	}
	unsafe := 0
	for i := range p.classes {
		unsafe += count(p.classes[i].Unsafe)
	}
	for i := range p.fields {
		unsafe += count(p.fields[i].Unsafe)
	}
	return fmt.Sprintf("%d rules for classes, %d for fields, %d of them unsafe; %d allowed values; %d recognizers; session_ip %s",
		len(p.classes), set, unsafe, len(p.allow), len(p.customs), p.session.mode)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
