// Package query answers questions about scrubbed rows: who accessed what, when,
// from where, with what outcome. It reads ClickHouse and nothing else.
//
// Words: a query is what a person types, parsed: terms (field, operator, values)
// joined by AND, OR and NOT, and a time range. The grammar is
//
//	query  = or
//	or     = and { "OR" and }
//	and    = unary { [ "AND" ] unary }
//	unary  = ( "NOT" | "-" ) unary | "(" or ")" | term
//	term   = field ":" values | field ( ">" | ">=" | "<" | "<=" ) value | value
//	       | "_exists_:" field
//	values = value | "(" value { ( "," | "OR" ) value } ")" | ( "[" | "{" ) value "TO" value ( "]" | "}" )
//	value  = word | '"' text '"'
//
// A * in a value stands for any text, in quotes too; \ takes the meaning from
// the character after it. A value without a field is searched in the record as
// it was logged, ignoring case. field:* asks whether the field is there,
// field:"" whether it is absent; _exists_:field is field:*. Brackets are a range of
// numbers or times, ends included; braces leave them out; * is an open side.
//
// since: (or from:) and until: (or to:) set the time range, half open; they
// stand beside the other terms, never inside OR, NOT or parentheses. There is
// no hidden time range: a query without one reads everything that is kept.
//
// Rows may stand in a table twice after a crash, until ClickHouse merges them.
// A row is its batch and record number; every answer counts a row once.
package query
