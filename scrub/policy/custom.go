package policy

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

const (
	maxCustom       = 200
	maxName         = 24 // bytes: a label has room for no more
	defaultDistance = 40 // bytes
	maxDistance     = 200
)

// Custom is a recognizer that the file describes. Nothing changes it.
type Custom struct {
	Name   string
	Letter byte
	Kind   recognizer.Kind   // Custom, or the built-in one that it helps
	Treat  schemas.Treatment // Label, Token or Drop, if Kind is Custom
	Type   token.Type        // of the tokens
	Line   int

	number   int // from 1
	source   string
	pattern  string
	context  []string // words, lower case, one of which must be near
	distance int      // bytes between the words and the match
	checksum string   // name; "" for none

	at      at
	sum     checksum
	machine *machine
	anchors []anchor // none: the context leads to it
}

var customKeys = []string{"name", "class", "as", "pattern", "context", "distance", "checksum", "treat", "type", "source"}

func (r *reader) customs(m member) (cs []Custom) {
	for _, n := range r.list(m.value, "recognizers") {
		c, ok := r.custom(n)
		if !ok {
			continue
		}
		for i := range cs {
			if cs[i].Name == c.Name {
				r.fail(c.at, "two recognizers are called %s: the other is in line %d", c.Name, cs[i].Line)
			}
		}
		if len(cs) == maxCustom {
			r.fail(c.at, "there are more than %d recognizers", maxCustom)
			return cs
		}
		c.number = len(cs) + 1
		cs = append(cs, c)
	}
	return cs
}

func (r *reader) custom(n ast.Node) (c Custom, ok bool) {
	before := r.problems.Errors()
	c.at = place(n)
	c.Line, c.Kind, c.Treat, c.distance = c.at.line, recognizer.Custom, schemas.Label, defaultDistance
	has := map[string]at{}
	for _, m := range r.mapping(n, "a recognizer", customKeys...) {
		has[m.key] = m.at
		if m.key == "context" {
			c.context = r.contextWords(m)
			continue
		}
		text, ok := r.text(m)
		if !ok {
			continue
		}
		switch m.key {
		case "name":
			c.Name = text
			r.customName(m.at, text)
		case "class":
			if len(text) != 1 || text[0] < 'A' || text[0] > 'R' {
				r.fail(m.at, "class is a Safe Harbor letter, A to R")
			} else {
				c.Letter = text[0]
			}
		case "as":
			if c.Kind = recognizer.ByName(text); c.Kind == recognizer.None || c.Kind == recognizer.Custom {
				r.fail(m.at, "as names a recognizer that this one helps%s", instead(text, recognizerNames))
			}
		case "pattern":
			c.pattern = text
			r.customPattern(m.at, &c)
		case "distance":
			c.distance = r.number(m.at, text, 1, maxDistance)
		case "checksum":
			c.checksum = text
			if c.sum = checksums[text]; c.sum.right == nil {
				r.fail(m.at, "unknown checksum%s", instead(text, checksumNames()))
			}
		case "treat":
			if c.Treat, ok = r.treatment(m.at, text); ok && c.Treat != schemas.Label && c.Treat != schemas.Token && c.Treat != schemas.Drop {
				r.fail(m.at, "what a recognizer of your own finds becomes label, token or drop")
			}
		case "type":
			c.Type = r.tokenType(m.at, text)
		case "source":
			c.source = text
			r.source(m.at, text)
		}
	}
	r.customWhole(&c, has)
	return c, r.problems.Errors() == before
}

// customWhole checks what the keys of one recognizer must say together.
func (r *reader) customWhole(c *Custom, has map[string]at) {
	for _, key := range [...]string{"name", "pattern"} {
		if _, ok := has[key]; !ok {
			r.fail(c.at, "the recognizer%s has no %s", called(c.Name), key)
		}
	}
	_, as := has["as"]
	if as {
		for _, key := range [...]string{"class", "treat", "type"} {
			if where, ok := has[key]; ok {
				r.fail(where, "with as the recognizer is of the class and treated like the one it helps: leave out %s", key)
			}
		}
		c.Letter = c.Kind.Info().Letter
	} else if _, ok := has["class"]; !ok {
		r.fail(c.at, "the recognizer%s needs a class (a letter A to R), or as: the name of the recognizer it helps", called(c.Name))
	}
	if where, ok := has["type"]; ok && c.Treat != schemas.Token {
		r.fail(where, "type is the type of tokens: it goes with treat: token")
	}
	if c.Type == 0 {
		c.Type = token.ID
	}
	if where, ok := has["distance"]; ok && len(c.context) == 0 {
		r.fail(where, "distance is how far the words of context may be: there are none")
	}
	if c.machine != nil && c.anchors == nil && len(c.context) == 0 {
		r.fail(has["pattern"], "the pattern needs two letters or digits in a row that are always the same, so that it is looked for quickly, or words of context")
	}
}

func (r *reader) customName(where at, name string) {
	switch {
	case !identifier(name, maxName) || strings.ContainsRune(name, '-'):
		r.fail(where, "a recognizer's name is of lower case letters, digits and _, %d at most: it stands in its labels", maxName)
	case recognizer.ByName(name) != recognizer.None || name == "dropped":
		r.fail(where, "there is a recognizer %s already: take another name, or write as: %s", name, name)
	}
}

func (r *reader) customPattern(where at, c *Custom) {
	re, _, err := parsePattern(c.pattern)
	if err == nil {
		c.machine, err = newMachine(re)
	}
	if err != nil {
		r.fail(where, "%s", err)
		return
	}
	c.anchors = anchors(re)
}

func (r *reader) contextWords(m member) (words []string) {
	for _, given := range r.words(m) {
		w := strings.Join(strings.Fields(strings.ToLower(given.text)), " ")
		ok := len(w) >= 2 && len(w) <= 40
		for i := range len(w) {
			c := w[i]
			ok = ok && (c-'a' < 26 || c-'0' < 10 || i > 1 && c == ' ')
		}
		if !ok {
			r.fail(given.at, "words of context are 2 to 40 letters, digits and blanks each")
			continue
		}
		words = append(words, w)
	}
	return words
}

func (r *reader) number(where at, text string, least, most int) (n int) {
	for i := range len(text) {
		if text[i]-'0' > 9 || n > most {
			n = -1
			break
		}
		n = n*10 + int(text[i]-'0')
	}
	if n < least || n > most {
		r.fail(where, "this is a number from %d to %d", least, most)
		return least
	}
	return n
}

func checksumNames() (names []string) {
	for n := range checksums {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
