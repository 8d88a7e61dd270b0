package policy

import (
	"slices"
	"strings"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// classRule is a choice for a class, everywhere or in one source.
type classRule struct {
	source string
	class  class
	Choice
}

// fieldRule is a choice for a field of a source. Its number, from 1, stands in
// the overridden schema.
type fieldRule struct {
	source, path string
	set          bool // else only an allowance is bound to the field
	Choice
}

// sources reads what the file says of single sources.
func (r *reader) sources(m member) (cs []classRule, fs []fieldRule) {
	for _, s := range r.mapping(m.value, "sources") {
		if !r.source(s.at, s.key) {
			continue
		}
		for _, part := range r.mapping(s.value, "a source", "classes", "fields") {
			if part.key == "classes" {
				for _, c := range r.classes(part) {
					c.source = s.key
					cs = append(cs, c)
				}
				continue
			}
			for _, f := range r.mapping(part.value, "fields") {
				if rule, ok := r.field(f, s.key); ok {
					fs = append(fs, rule)
				}
			}
		}
	}
	return cs, fs
}

func (r *reader) classes(m member) (cs []classRule) {
	for _, v := range r.mapping(m.value, "classes") {
		if c, ok := r.classChoice(v); ok {
			cs = append(cs, c)
		}
	}
	return cs
}

// positional lists the sources whose fields stand by position or in a fixed set
// of names: their schemas name all there are.
var positional = []string{"aws_alb", "aws_nlb", "aws_clb", "aws_vpcflow", "aws_cloudfront", "aws_s3access", "aws_rds_log"}

// path checks that a source can have a field at a path, and returns what its
// schema says of it.
func (r *reader) path(where at, source, path string) (f schemas.Field, ok bool) {
	s, err := schemas.BuiltIn(source)
	if err != nil {
		return f, false // said where the source is named
	}
	if path == "" || path == "*" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") || strings.Contains(path, "..") || len(path) > 300 {
		r.fail(where, "a field is named by its path: keys joined by dots, * for any key, \\. for a dot in a key")
		return f, false
	}
	f, named := s.Of(path)
	if !named && (slices.Contains(positional, source) || strings.HasPrefix(path, "line:")) {
		r.fail(where, "%s has no field %s%s", source, shown(path), instead(path, s.Paths()))
		return f, false
	}
	return f, true
}

// field reads the choice for a field, and whether the field can have it.
func (r *reader) field(m member, source string) (rule fieldRule, ok bool) {
	now, ok := r.path(m.at, source, m.key)
	if !ok {
		return rule, false
	}
	c, ok := r.choice(m)
	if !ok {
		return rule, false
	}
	before := r.problems.Errors()
	switch {
	case fixed(source, m.key, now):
		r.fail(c.at, "%s is a time, a number or a word of a fixed set that the decoder reads: it cannot be overridden", shown(m.key))
	case c.Treat == schemas.Keep && !c.Unsafe && now.Treat != schemas.Keep:
		r.fail(c.at, "%s is not kept as it is, because patient data can stand in it: to let it, write %s: {unsafe_keep: the reason}", shown(m.key), shown(m.key))
	case c.Treat == schemas.Scan && !c.Unsafe && now.Replaced():
		r.fail(c.at, "%s is replaced as a whole (%s), and a scan lets more of it stand: write %s: {unsafe_scan: the reason}", shown(m.key), treated(now), shown(m.key))
	case c.Treat == schemas.Coarsen && now.Treat == schemas.Address:
		c.As = recognizer.IPAddress
	case c.Treat == schemas.Coarsen && !Coarse(c.As):
		r.fail(c.at, "only birth_date, care_date, age_over_89, us_zip and ip_address have a coarse form: say with as which of them the field holds, or use label")
	case c.As != recognizer.None && (c.Treat == schemas.Keep || c.Treat == schemas.Scan || c.Treat == schemas.Drop):
		r.fail(c.at, "as goes with label, token and coarsen")
	case c.Type != 0 && c.Treat != schemas.Token:
		r.fail(c.at, "type is the type of tokens: it goes with treat: token")
	}
	if needless := now.Treat == schemas.Keep || c.Treat == schemas.Scan && !now.Replaced(); c.Unsafe && needless && r.problems.Errors() == before {
		r.warn(c.at, "%s is %s in any case: unsafe is not needed", shown(m.key), treated(now))
	}
	return fieldRule{source: source, path: m.key, set: true, Choice: c}, r.problems.Errors() == before
}

// fixed says of a field that its value goes into a column of numbers or times,
// or that the decoder knows all its words.
func fixed(source, path string, f schemas.Field) bool {
	if source == "aws_vpcflow" {
		switch path {
		case "action", "log-status", "flow-direction", "start", "end":
			return true
		}
	}
	if f.Column == schemas.HTTPMethod && (path == "line:method" || slices.Contains(positional, source)) {
		return true
	}
	if f.Column == schemas.None || f.Treat == schemas.Address {
		return false
	}
	switch f.Column.Info().Kind {
	case schemas.KString, schemas.KDict, schemas.KStrings:
		return false
	}
	return true
}

// treated says in a word what becomes of a field.
func treated(f schemas.Field) string {
	if f.Treat == schemas.Scan && f.Replaced() {
		return "token"
	}
	return f.Treat.String()
}
