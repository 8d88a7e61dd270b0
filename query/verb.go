package query

import "strings"

// verbs say what an action does by how its name starts: C creates, R reads, U
// updates, D deletes, as FHIR and OCSF sort actions. An action that starts with none
// of them is executed: E.
var verbs = []struct{ prefix, code string }{
	{"create", "C"}, {"add", "C"}, {"run", "C"}, {"upload", "C"}, {"post", "C"},
	{"get", "R"}, {"list", "R"}, {"describe", "R"}, {"head", "R"}, {"read", "R"}, {"search", "R"}, {"lookup", "R"}, {"query", "R"}, {"view", "R"},
	{"update", "U"}, {"put", "U"}, {"modify", "U"}, {"set", "U"}, {"attach", "U"}, {"change", "U"}, {"patch", "U"},
	{"delete", "D"}, {"remove", "D"}, {"terminate", "D"},
}

// Verb is the code of an action: C, R, U, D or E.
func Verb(action string) string {
	action = strings.ToLower(action)
	for _, v := range verbs {
		if strings.HasPrefix(action, v.prefix) {
			return v.code
		}
	}
	return "E"
}

// ActionsOf is the condition that an action has one of the codes.
func ActionsOf(codes ...string) Node {
	f := FieldByName("action")
	var any []Node
	for _, code := range codes {
		t := &Term{Field: f}
		for _, v := range verbs {
			if v.code == code || code == "E" {
				t.Values = append(t.Values, Value{Parts: []string{v.prefix, ""}})
			}
		}
		switch {
		case code == "E":
			any = append(any, Not{t})
		case len(t.Values) > 0:
			any = append(any, t)
		}
	}
	return join[Or](any...)
}
