package identity

import (
	"errors"
	"slices"
)

// Grant gives the members of a group of the identity provider a role and a scope.
type Grant struct {
	Group string
	Role  Role
	Scope Scope
}

// ErrNoGrant means that somebody is in no group that may do anything here.
var ErrNoGrant = errors.New("none of your groups may use this server")

// granted picks the first grant that somebody in groups has: their order says which
// counts for those who are in several.
func granted(grants []Grant, groups []string) (Grant, error) {
	i := slices.IndexFunc(grants, func(g Grant) bool { return slices.Contains(groups, g.Group) })
	if i < 0 {
		return Grant{}, ErrNoGrant
	}
	return grants[i], nil
}

// texts reads a claim that is a text or a list of texts.
func texts(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, each := range v {
			if s, ok := each.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
