package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Rules are what becomes of matches in one source. Nothing changes them.
type Rules struct {
	Kinds [len(recognizer.All)]Decision
	// Addresses says that network addresses are treated by their own rule and
	// not, or not only, when they stand beside an identity.
	Addresses bool

	allowed [len(recognizer.All)][]*allowance
	now     func() time.Time
}

// Decision is what becomes of one kind of match.
type Decision struct {
	Treat schemas.Treatment // Keep, Drop, Label, Token or Coarsen
	Type  token.Type        // of the tokens, if Treat is Token
	Line  int               // of the file's rule; 0 if the recognizer's own treatment holds

	class class // that the rule is for
}

// builtIn are the rules without a policy.
var builtIn = func() *Rules {
	r := &Rules{}
	for k := range recognizer.All {
		info := &recognizer.All[k]
		r.Kinds[k] = Decision{Treat: schemas.Label, Type: token.ParseType(info.Token)}
		if info.Treat == schemas.Token {
			r.Kinds[k].Treat = schemas.Token
		}
		if r.Kinds[k].Type == 0 {
			r.Kinds[k].Type = token.ID
		}
	}
	return r
}()

// Allowed says whether a match stands because the allow list has its value, in
// the field that the policy's rule field marks. custom is nil but for matches of
// custom recognizers. It does not allocate.
func (r *Rules) Allowed(k recognizer.Kind, custom *Custom, value []byte, field uint16) bool {
	as := r.allowed[k]
	if len(as) == 0 || len(value) > maxAllowed {
		return false
	}
	var buf [maxAllowed]byte
	folded := fold(buf[:0], value, grouped(k))
	for _, a := range as {
		if a.covers(k, custom, value, folded, field, r.now) {
			return true
		}
	}
	return false
}

// For returns the rules of a source. A nil policy has the built-in ones.
func (p *Policy) For(source string) *Rules {
	if p == nil {
		return builtIn
	}
	if r := p.bySource[source]; r != nil {
		return r
	}
	return p.everywhere
}

// Field returns what the file wants for the field that a schema marks with rule;
// ok is false if it wants nothing but to know the field.
func (p *Policy) Field(rule uint16) (c Choice, ok bool) {
	if p == nil || rule == 0 || int(rule) > len(p.fields) {
		return c, false
	}
	f := &p.fields[rule-1]
	return f.Choice, f.set
}

// Finder returns a finder of the custom recognizers for one goroutine, nil if
// there are none.
func (p *Policy) Finder() *Finder {
	if p == nil || len(p.customs) == 0 {
		return nil
	}
	return newFinder(p.customs)
}

// Customs are the policy's own recognizers, in its order. The caller must not
// change them.
func (p *Policy) Customs() []Custom {
	if p == nil {
		return nil
	}
	return p.customs
}

// Letter is the Safe Harbor letter of a recognizer, built in or the policy's own;
// R, any other identifier, if nobody knows it.
func (p *Policy) Letter(name string) byte {
	for i := range p.Customs() {
		if p.customs[i].Name == name {
			return p.customs[i].Letter
		}
	}
	if k := recognizer.ByName(name); k != recognizer.None {
		return k.Info().Letter
	}
	return 'R'
}

// Number is c's place among the policy's own recognizers, from 0.
func (c *Custom) Number() int { return c.number - 1 }

// Link is how people of the public and their addresses are kept apart.
func (p *Policy) Link() link.Policy {
	if p == nil {
		return link.Default()
	}
	return p.session.link()
}

// Overrides are what the fields' rules change in the source schemas.
func (p *Policy) Overrides() schemas.Overrides {
	if p == nil || len(p.fields) == 0 {
		return nil
	}
	o := schemas.Overrides{}
	for i := range p.fields {
		f := &p.fields[i]
		o[f.source] = append(o[f.source], schemas.Override{Path: f.path, Treat: f.Treat, Set: f.set, Rule: uint16(i + 1)})
	}
	for _, of := range o { // what is inside comes on top of what is around it
		slices.SortStableFunc(of, func(a, b schemas.Override) int {
			return strings.Count(a.Path, ".") - strings.Count(b.Path, ".")
		})
	}
	return o
}

// rules compiles the choices of classes, those for every source and those of one.
func (p *Policy) rules(source string) *Rules {
	r := *builtIn
	r.now = p.now
	for _, own := range [...]bool{false, true} { // a source's own rule wins
		for _, letters := range [...]bool{true, false} { // a recognizer's wins over its letter's
			for i := range p.classes {
				c := &p.classes[i]
				if (c.source != "") != own || (c.class.letter != 0) != letters || own && c.source != source {
					continue
				}
				for _, k := range c.class.kinds() {
					d := &r.Kinds[k]
					d.Treat, d.Line, d.class = c.Treat, c.Line, c.class
					if c.Type != 0 {
						d.Type = c.Type
					}
					r.Addresses = r.Addresses || k == recognizer.IPAddress
				}
			}
		}
	}
	for i := range p.allow {
		a := &p.allow[i]
		if a.source != "" && a.source != source {
			continue
		}
		for k := range r.allowed {
			kind := recognizer.Kind(k)
			of := kind != recognizer.None && kind != recognizer.Custom && a.class.has(kind, nil)
			if kind == recognizer.Custom {
				for j := range p.customs {
					of = of || a.class.has(kind, &p.customs[j])
				}
			}
			if of {
				r.allowed[k] = append(r.allowed[k], a)
				r.Addresses = r.Addresses || kind == recognizer.IPAddress
			}
		}
	}
	return &r
}
