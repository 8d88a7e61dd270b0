package query

import (
	"regexp"
	"strings"
)

// Shape prints the query for logs: a raw identifier appears as its token, other
// free text as [text]. Words that cannot name a person stay: sources, actions,
// codes, regions, numbers and times.
func (q *Query) Shape(tokens Tokens) string {
	c := &Query{Where: shape(q.Where, tokens), Since: q.Since, Until: q.Until}
	return c.String()
}

func shape(n Node, tokens Tokens) Node {
	switch n := n.(type) {
	case And:
		out := make(And, len(n))
		for i, m := range n {
			out[i] = shape(m, tokens)
		}
		return out
	case Or:
		out := make(Or, len(n))
		for i, m := range n {
			out[i] = shape(m, tokens)
		}
		return out
	case Not:
		return Not{shape(n.Node, tokens)}
	case *Term:
		out := &Term{Field: n.Field, Op: n.Op}
		for _, v := range n.Values {
			out.Values = append(out.Values, Value{Parts: shapeValue(n.Field, v, tokens)})
		}
		return out
	}
	return nil
}

// vocabulary is how words of AWS and HTTP look: few digits, no spaces.
var vocabulary = regexp.MustCompile(`^[A-Za-z][A-Za-z_:.-]*([0-9]{1,4}[A-Za-z_:.-]*)?$`)

func shapeValue(f *Field, v Value, tokens Tokens) []string {
	text, plain := v.Plain()
	switch {
	case v.Any(), plain && (text == "" || IsToken(text)):
		return v.Parts
	case f.match == matchTime || f.match == matchTable || f.match == matchBit || v.IsNum && v.Number < 100_000:
		return v.Parts
	case plain && len(f.columns) > 0 && len(text) <= 64 && loggable[f.Name] && vocabulary.MatchString(text):
		return v.Parts
	case f.Name == "account" && plain && len(text) == 12 && strings.Trim(text, "0123456789") == "":
		return v.Parts
	}
	kind := f.token
	if f.match == matchActor {
		kind = "user"
	}
	if plain && tokens != nil && kind != "" {
		if found := tokens.Candidates(kind, text); len(found) > 0 {
			return found[:1]
		}
	}
	return []string{"[text]"}
}

// loggable are the fields whose values are words of the logs' own vocabulary.
var loggable = map[string]bool{
	"source": true, "action": true, "service": true, "status": true, "region": true, "method": true, "reason": true,
	"country": true, "purpose": true, "fhir": true, "scrubbed": true,
}

// ShapeSubjects prints subjects for logs; those that are empty, or cannot be asked
// about, are left out.
func ShapeSubjects(tokens Tokens, list ...Subject) string {
	var words []string
	for _, a := range list {
		if text, err := a.Shape(nil, tokens); err == nil {
			words = append(words, text)
		}
	}
	return strings.Join(words, " ")
}

// Shape prints a question about a subject for logs, as Query.Shape does. It fails if
// the subject cannot be asked about.
func (a Subject) Shape(filter *Query, tokens Tokens) (string, error) {
	t, err := a.term()
	if err != nil {
		return "", err
	}
	if filter == nil {
		filter = &Query{}
	}
	return filter.And(t).Shape(tokens), nil
}
