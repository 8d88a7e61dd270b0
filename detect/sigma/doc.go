// Package sigma reads Sigma rules, specification 2.1: rules, correlations,
// filters, collections and placeholders.
//
// Words: a document is one YAML document, a rule or part of one. A rule's
// detection becomes an Expr, a tree of And, Or and Not over Match leaves; a leaf
// names one field (or none: a keyword) and one Test of its values. All modifiers
// are gone by then. What cannot be read, or could be read but never be run as
// its author meant it, is a Problem with file, line and reason; nothing is left
// out in silence.
//
// What the specification leaves open is decided here and stated at the place:
// what null, an empty string, a missing field and a number mean (see Test), and
// what a filter does (see Filter).
package sigma
