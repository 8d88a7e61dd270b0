// Package list holds tables that rules look values of a record up in: who was let go,
// which family a patient is of, who is a VIP. A table is a CSV file whose column key
// is looked for; the other columns are what a rule's fields stand for.
//
// Keys are texts as scrubbed records have them, tokens for patients. Values that two
// tables are compared by (families, addresses) are keyed hashes: no file holds a name.
// A row may be valid from and until a time; it counts for events within.
package list
