package engine

import "fmt"

// ScopeSetting is the setting that says for whom a statement reads: the tenant, a line
// break, and names of sources with commas between them, or * for all. It is one that
// ClickHouse leaves to its users, because the embedded engine takes no new ones. Asker
// reads nothing without it.
const ScopeSetting = "log_comment"

// Wall is a condition that the server puts on each row of a table that the user Asker
// reads, whatever the statement says: a row policy. Reader has none: its statements
// come with table filters, and the server (26.7) fails on some that have both.
type Wall struct{ Table, Filter string }

const (
	scopeParts = `splitByChar('\n', getSetting('` + ScopeSetting + `'))`
	ofTenant   = "tenant_id = " + scopeParts + "[1] AND tenant_id != ''"
	ofSources  = "(" + scopeParts + "[2] = '*' OR has(splitByChar(',', " + scopeParts + "[2]), toString(source)))"
)

// Walls lists them. A server of one's own gets them as row policies.
func Walls() []Wall {
	return []Wall{
		{"events", ofTenant + " AND " + ofSources},
		{"flows", ofTenant + " AND " + ofSources},
		{"access_by_subject", ofTenant + " AND " + ofSources},
		{"batches", ofSources}, // it has no tenant
	}
}

// Readable lists the tables that statements which people write may read, as the user
// Reader: not what rules found, and not the ledger.
func Readable() []string { return []string{"events", "flows", "access_by_subject"} }

// AskerStatements are those that make the user Asker with its row policies on a server
// of one's own, whose tables are in database. The password is left out, as '…'.
func AskerStatements(database string) []string {
	user := "scrubline_" + Asker
	out := []string{
		fmt.Sprintf("CREATE USER %s IDENTIFIED BY '…' SETTINGS readonly = 2 CONST", user),
	}
	for _, w := range Walls() {
		out = append(out, fmt.Sprintf("GRANT SELECT ON %s.%s TO %s", database, w.Table, user))
		out = append(out, fmt.Sprintf("CREATE ROW POLICY scope ON %s.%s USING %s TO %s", database, w.Table, w.Filter, user))
	}
	return out
}

// askerPassword is the asker's, as readerPassword.
func askerPassword(password string) string { return hashed("asker of " + password) }
