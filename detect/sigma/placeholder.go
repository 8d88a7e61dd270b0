package sigma

import "strings"

// Placeholders gives the values of placeholders by name, without the percent
// signs. A value may hold wildcards.
type Placeholders map[string][]string

// expanded makes the tests of a value with placeholders: one for each value of
// each placeholder. A placeholder without values makes the rule unusable.
func (it *item) expanded(v *node, places Placeholders) ([]Test, error) {
	if v.kind != isString {
		return nil, at(v.line, "expand takes a string")
	}
	texts := []string{""}
	add := func(more ...string) error {
		if len(texts)*len(more) > maxVariants {
			return at(v.line, "placeholders make more than %d values of one", maxVariants)
		}
		var out []string
		for _, t := range texts {
			for _, m := range more {
				out = append(out, t+m)
			}
		}
		texts = out
		return nil
	}
	found := false
	for s := v.text; s != ""; {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			i = len(s)
		}
		if i > 0 && i < len(s) && s[i-1] == '\\' {
			if err := add(s[:i-1] + "%"); err != nil {
				return nil, err
			}
			s = s[i+1:]
			continue
		}
		if i > 0 {
			if err := add(s[:i]); err != nil {
				return nil, err
			}
		}
		if s = s[i:]; s == "" {
			break
		}
		name, rest, ok := strings.Cut(s[1:], "%")
		if !ok || !isName(name) {
			if err := add("%"); err != nil {
				return nil, err
			}
			s = s[1:]
			continue
		}
		values := places[name]
		if len(values) == 0 {
			return nil, at(v.line, "placeholder %%%s%% has no values", name)
		}
		if err := add(values...); err != nil {
			return nil, err
		}
		found, s = true, rest
	}
	if !found {
		return nil, at(v.line, "expand on a value without placeholder")
	}
	var out []Test
	for _, t := range texts {
		tests, err := it.plain(&node{kind: isString, line: v.line, text: t})
		if err != nil {
			return nil, err
		}
		out = append(out, tests...)
	}
	return out, nil
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}
