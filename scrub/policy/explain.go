package policy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Explanation says what becomes of something, and which rule says so.
type Explanation struct {
	What    string // a field's path, or a recognizer's name
	Letter  byte   // of the recognizer, 0 for a field
	Happens string
	Why     string // file:line, or that it is built in
}

const builtInWhy = "built in"

func (p *Policy) why(line int) string {
	if line == 0 {
		return builtInWhy
	}
	return fmt.Sprintf("%s:%d", p.File(), line)
}

// ExplainClasses says what becomes of what each recognizer finds in a source, or
// where no source has rules of its own if source is empty; by letter.
func (p *Policy) ExplainClasses(source string) (es []Explanation) {
	r := p.For(source)
	for k := recognizer.None + 1; k < recognizer.Kind(len(recognizer.All)); k++ {
		if k == recognizer.Custom {
			continue
		}
		d := &r.Kinds[k]
		e := Explanation{What: k.String(), Letter: k.Info().Letter, Happens: d.happens(k.String()), Why: p.why(d.Line)}
		if k == recognizer.IPAddress && d.Line == 0 {
			e.Happens = p.addresses()
		}
		if d.Line > 0 && d.class.letter != 0 {
			e.Why += fmt.Sprintf(" (class %c)", d.class.letter)
		}
		if n := len(r.allowed[k]); n > 0 {
			e.Happens += fmt.Sprintf("; %d on the allow list stand", n)
		}
		es = append(es, e)
	}
	if p != nil {
		for i := range p.customs {
			c := &p.customs[i]
			if c.source != "" && source != "" && c.source != source {
				continue
			}
			d := Decision{Treat: c.Treat, Type: c.Type}
			happens := d.happens(c.Name)
			if c.Kind != recognizer.Custom {
				happens = "found as " + c.Kind.String()
			}
			es = append(es, Explanation{c.Name, c.Letter, happens, p.why(c.Line)})
		}
	}
	slices.SortStableFunc(es, func(a, b Explanation) int { return cmp.Compare(a.Letter, b.Letter) })
	return es
}

func (d *Decision) happens(label string) string {
	switch d.Treat {
	case schemas.Keep:
		return "stands as it is (unsafe)"
	case schemas.Drop:
		return "replaced by [phi-dropped]"
	case schemas.Token:
		return "replaced by a token t1." + d.Type.String()
	case schemas.Coarsen:
		return "replaced by its coarse form [phi-" + label + ".…]"
	}
	return "replaced by [phi-" + label + "]"
}

func (p *Policy) addresses() string {
	l := p.Link()
	switch l.Mode {
	case link.Off:
		return "stands"
	case link.AuthenticatedOnly:
		return "stands; beside a user or patient replaced by a token t1.ip and its network"
	}
	return "stands; beside a session, user or patient replaced by a token t1.ip and its network"
}

// ExplainField says what becomes of the values at a path of a source's records.
func (p *Policy) ExplainField(source, path string) (Explanation, error) {
	s, err := schemas.BuiltIn(source)
	if err != nil {
		return Explanation{}, err
	}
	_, named := s.Of(path)
	f, _ := s.With(p.Overrides()[source]).Of(path)
	e := Explanation{What: path, Why: builtInWhy + ": the schema of " + source + " names it"}
	if !named {
		e.Why = builtInWhy + ": a field that the schema of " + source + " does not name is scanned"
	}
	c, ruled := p.Field(f.Rule)
	if ruled {
		e.Why = p.why(c.Line)
		f.Treat = c.Treat
	}
	e.Happens = p.fieldHappens(source, f, c, ruled)
	return e, nil
}

func (p *Policy) fieldHappens(source string, f schemas.Field, c Choice, ruled bool) string {
	kind := c.As
	if kind == recognizer.None {
		kind = ofHint(f.Hint)
	}
	d := p.For(source).Kinds[kind]
	switch f.Treat {
	case schemas.Keep:
		return "stands as it is, not looked into"
	case schemas.Scan:
		if f.Replaced() && !ruled {
			return d.happens(kind.String()) + ", whole"
		}
		return "stands, but for what recognizers find in it"
	case schemas.Address:
		return p.addresses()
	case schemas.Drop, schemas.Coarsen:
		d.Treat = f.Treat
	case schemas.Token:
		d.Treat = schemas.Token
		if c.Type != 0 {
			d.Type = c.Type
		}
	default:
		d.Treat = schemas.Label
	}
	return d.happens(kind.String()) + ", whole"
}

// ofHint is the kind of identifier that a field with a hint holds.
func ofHint(h schemas.Hint) recognizer.Kind {
	switch h {
	case schemas.SessionID:
		return recognizer.SessionID
	case schemas.UserID:
		return recognizer.UserID
	case schemas.PatientID:
		return recognizer.PatientID
	}
	return recognizer.OtherID
}
