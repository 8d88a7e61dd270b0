package identity

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a principal is trusted with; what each may do stands in Rights.
type Role string

// Roles.
const (
	Analyst  Role = "analyst"            // asks questions, answers alerts
	Auditor  Role = "auditor"            // reads, for a stated reason and for a time
	Engineer Role = "detection-engineer" // looks at events and alerts to write rules
	Admin    Role = "admin"              // all of it
)

// Roles lists them.
var Roles = []Role{Analyst, Auditor, Engineer, Admin}

// ParseRole reads a role's name.
func ParseRole(name string) (Role, error) {
	if r := Role(name); slices.Contains(Roles, r) {
		return r, nil
	}
	names := make([]string, len(Roles))
	for i, r := range Roles {
		names[i] = string(r)
	}
	return "", fmt.Errorf("there is no such role; roles are %s", strings.Join(names, ", "))
}
