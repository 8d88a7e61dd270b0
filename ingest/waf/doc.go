// Package waf decodes AWS WAF's logs: one JSON record a web request, one after
// the other with or without newlines between them.
//
// A request's headers come as a list of names and values. What happens to a
// value goes by its name: a cookie is read as cookies, credentials are dropped,
// the addresses of hops are addresses. A value whose name is not beside it is
// dropped, because nobody can say what it is.
package waf
