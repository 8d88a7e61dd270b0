// Package sql writes Sigma rules as ClickHouse conditions over stored rows, so
// that a rule can be run over any period.
//
// A condition gives what package match gives for the same row; a test compares
// both on a real server. Where they cannot agree the difference is small and of
// records that nobody writes: integers beyond 64 bits and half surrogate pairs
// make a record no JSON for ClickHouse; numbers with more digits than a float64
// has may be rounded differently.
//
// Whatever comes from a rule goes through quote, so a rule cannot leave its
// place in the query.
package sql
