package sigma

import (
	"regexp"
	"strings"
)

// lookupPrefix begins the names of fields that are looked up in a list.
const lookupPrefix = "list:"

// listName is what lists may be called: their tables and files are called so, too.
var listName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// IsListName says whether a list may be called so.
func IsListName(s string) bool { return listName.MatchString(s) }

// A rule's member lookups, of our own, says which lists it uses and which field is
// looked up in each: lookups: {staff: actor_name} makes staff.family the column
// family of the row of the list staff whose key is the record's actor_name.

// parseLookups reads the member lookups: field by list.
func parseLookups(n *node) (map[string]string, error) {
	v := n.key("lookups")
	if v == nil {
		return nil, nil
	}
	out := map[string]string{}
	if v.kind != isMap {
		return nil, at(v.line, "lookups is a map: the name of a list and the field that is looked up in it")
	}
	for i, list := range v.keys {
		if f := v.vals[i]; f.kind == isString && f.text != "" && listName.MatchString(list) {
			out[list] = f.text
			continue
		}
		return nil, at(v.line, "lookups: %q: write the name of a list (a-z, 0-9, _) and the field that is looked up in it", list)
	}
	return out, nil
}

// lookUp makes the fields of lists in an expression what Lookup reads.
func lookUp(x Expr, lists map[string]string) {
	name := func(field string) string {
		list, column, ok := strings.Cut(field, ".")
		if key := lists[list]; ok && key != "" {
			return lookupPrefix + list + "." + column + ":" + key
		}
		return field
	}
	switch v := x.(type) {
	case And:
		for _, p := range v {
			lookUp(p, lists)
		}
	case Or:
		for _, p := range v {
			lookUp(p, lists)
		}
	case Not:
		lookUp(v.X, lists)
	case *Match:
		v.Field, v.Test.Ref = name(v.Field), name(v.Test.Ref)
	}
}

// Lookup reads the name of a field that is looked up: the list, its column, and the
// field whose value is its key. ok is false for all other fields.
func Lookup(field string) (list, column, key string, ok bool) {
	rest, ok := strings.CutPrefix(field, lookupPrefix)
	if !ok {
		return "", "", "", false
	}
	at, key, ok := strings.Cut(rest, ":")
	list, column, _ = strings.Cut(at, ".")
	return list, column, key, ok
}
