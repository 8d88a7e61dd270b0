// Package detect finds threats in scrubbed events: Sigma rules and correlations
// of them, on records as they pass and over stored ones.
//
// Words: a rule is what Sigma calls one; a match is a rule that a record meets, a
// correlation that a group of matches meets. Package sigma reads rules, fields
// knows where their fields are, match runs them over records, correlate over
// matches, sql over stored rows.
package detect
