package identity

import "slices"

// Scope is what of the store a principal may see.
type Scope struct {
	Tenant       string   `json:"tenant"`                  // of this tenant only; "" is no tenant, so nothing
	Sources      []string `json:"sources,omitempty"`       // of these sources only; empty: of all
	HiddenFields []string `json:"hidden_fields,omitempty"` // but not these fields of questions, whatever they are read from; empty: all are shown
	ReadOnly     bool     `json:"read_only,omitempty"`     // nothing may be changed
}

// Narrow reports whether there are rows or columns of the tenant that the scope leaves out.
func (s Scope) Narrow() bool { return len(s.Sources)+len(s.HiddenFields) > 0 }

// Covers reports whether all that other shows may be seen in s too.
func (s Scope) Covers(other Scope) bool {
	if s.Tenant != other.Tenant || len(s.Sources) > 0 && len(other.Sources) == 0 {
		return false
	}
	missing := func(list []string) func(string) bool {
		return func(name string) bool { return !slices.Contains(list, name) }
	}
	return (len(s.Sources) == 0 || !slices.ContainsFunc(other.Sources, missing(s.Sources))) &&
		!slices.ContainsFunc(s.HiddenFields, missing(other.HiddenFields))
}
