package policy

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Choice is what the file wants for a class or a field.
type Choice struct {
	Treat  schemas.Treatment
	Unsafe bool            // it lets more pass than without the file
	Reason string          // why, if Unsafe
	As     recognizer.Kind // of a field: what its value is; None if the file does not say
	Type   token.Type      // of the tokens; 0 if the file does not say
	Line   int             // of the file

	at at
}

// The words of choices. The words of unsafe ones are keys.
var (
	treatments = map[string]schemas.Treatment{"drop": schemas.Drop, "keep": schemas.Keep, "token": schemas.Token, "coarsen": schemas.Coarsen, "label": schemas.Label, "scan": schemas.Scan}
	treatWords = []string{"drop", "keep", "token", "coarsen", "label", "scan"}
	choiceKeys = []string{"treat", "as", "type", "unsafe_keep", "unsafe_scan"}
)

// choice reads one: a word, or a mapping of choiceKeys.
func (r *reader) choice(m member) (c Choice, ok bool) {
	c.at, c.Line = m.at, m.at.line
	switch m.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		word, ok := r.text(m)
		if ok {
			c.Treat, ok = r.treatment(m.at, word)
		}
		return c, ok
	}
	said := 0
	before := r.problems.Errors()
	for _, v := range r.mapping(m.value, shown(m.key), choiceKeys...) {
		word, ok := r.text(v)
		if !ok {
			continue
		}
		switch v.key {
		case "treat":
			c.Treat, _ = r.treatment(v.at, word)
			said++
		case "as":
			if c.As = recognizer.ByName(word); c.As == recognizer.None || c.As == recognizer.Custom {
				r.fail(v.at, "as names a recognizer%s", instead(word, recognizerNames))
			}
		case "type":
			c.Type = r.tokenType(v.at, word)
		default:
			c.Unsafe, c.Reason = true, word
			c.Treat = schemas.Keep
			if v.key == "unsafe_scan" {
				c.Treat = schemas.Scan
			}
			said++
		}
	}
	if r.problems.Errors() > before {
		return c, false
	}
	if said != 1 {
		r.fail(m.at, "%s needs one of treat, unsafe_keep and unsafe_scan", shown(m.key))
		return c, false
	}
	return c, true
}

func (r *reader) treatment(a at, word string) (schemas.Treatment, bool) {
	t, ok := treatments[word]
	if !ok {
		r.fail(a, "unknown treatment%s", instead(word, treatWords))
	}
	return t, ok
}

func (r *reader) tokenType(a at, word string) token.Type {
	t := token.ParseType(word)
	if t == 0 || strings.HasPrefix(word, "trace") {
		r.fail(a, "unknown type of token%s", instead(word, tokenNames))
	}
	return t
}

var (
	tokenNames = []string{"patient", "mrn", "member", "encounter", "session", "user", "email", "name", "phone", "ip", "account", "device", "id"}

	recognizerNames = func() (names []string) {
		for k := recognizer.None + 1; k < recognizer.Kind(len(recognizer.All)); k++ {
			if k != recognizer.Custom {
				names = append(names, recognizer.All[k].Name)
			}
		}
		return names
	}()
)

// class is a letter or a recognizer.
type class struct {
	name   string
	letter byte            // 0 if it is a recognizer
	kind   recognizer.Kind // None if it is a letter; Custom with custom set
	custom int             // number of the custom recognizer, from 1
}

// has says whether a match of kind k, or of a custom recognizer, is of the class.
func (c *class) has(k recognizer.Kind, custom *Custom) bool {
	switch {
	case custom != nil:
		return c.custom == custom.number || c.letter == custom.Letter
	case c.letter != 0:
		return k.Info().Letter == c.letter
	}
	return c.kind == k && c.custom == 0
}

// kinds lists the recognizers of a class.
func (c *class) kinds() (ks []recognizer.Kind) {
	for k := recognizer.None + 1; k < recognizer.Kind(len(recognizer.All)); k++ {
		if k != recognizer.Custom && c.has(k, nil) {
			ks = append(ks, k)
		}
	}
	return ks
}

// class reads the name of one; custom lists the custom recognizers that may be
// named too.
func (r *reader) class(a at, name string, custom []Custom) (c class, ok bool) {
	c.name = name
	if len(name) == 1 && name[0] >= 'A' && name[0] <= 'R' {
		c.letter = name[0]
		return c, true
	}
	known := recognizerNames
	for i := range custom {
		if custom[i].Name == name {
			c.kind, c.custom = recognizer.Custom, custom[i].number
			return c, true
		}
		known = append(known[:len(known):len(known)], custom[i].Name)
	}
	if c.kind = recognizer.ByName(name); c.kind == recognizer.None || c.kind == recognizer.Custom {
		r.fail(a, "%s is neither a letter A to R nor a recognizer%s", shown(name), instead(name, known))
		return c, false
	}
	return c, true
}

// classChoice reads what becomes of a class, and whether it can.
func (r *reader) classChoice(m member) (cc classRule, ok bool) {
	c, ok := r.class(m.at, m.key, nil)
	if !ok {
		return cc, false
	}
	ch, ok := r.choice(m)
	if !ok {
		return cc, false
	}
	switch {
	case ch.As != recognizer.None:
		r.fail(ch.at, "as is for fields: a class knows what it is")
		return cc, false
	case ch.Treat == schemas.Scan:
		r.fail(ch.at, "scan is for fields: a class is what scanning finds")
		return cc, false
	case ch.Treat == schemas.Keep && !ch.Unsafe:
		r.fail(ch.at, "identifiers of the classes A to R are not kept: to let %s stand in the logs, write %s: {unsafe_keep: the reason}", m.key, m.key)
		return cc, false
	case ch.Type != 0 && ch.Treat != schemas.Token:
		r.fail(ch.at, "type is the type of tokens: it goes with treat: token")
		return cc, false
	case ch.Treat == schemas.Coarsen:
		for _, k := range c.kinds() {
			if !Coarse(k) {
				r.fail(ch.at, "%s has no coarse form: only birth_date, care_date, age_over_89, us_zip and ip_address have; use label", k)
				return cc, false
			}
		}
	}
	if len(c.kinds()) == 0 {
		r.fail(ch.at, "no recognizer finds class %s", m.key)
		return cc, false
	}
	return classRule{class: c, Choice: ch}, true
}
