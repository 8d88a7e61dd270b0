package engine

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

// askerPassword is the asker's, as readerPassword.
func askerPassword(password string) string { return hashed("asker of " + password) }
