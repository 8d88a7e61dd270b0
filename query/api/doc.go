// Package api serves the query package over HTTP, with the first page beside it.
//
// Who asks is recognised by auth.go: the token of this machine, service tokens, and
// sessions of browsers, which begin with one of those, a login link or an identity
// provider. What they may use is the table identity.Rights and nothing else: a route
// that is not in it is not served. What they may see is their scope, which package
// query puts into each statement; it comes with the context of the request.
//
// Every query is logged before its answer starts: who, the query's shape with
// raw identifiers as their tokens, and when it ends, rows and duration. Errors
// are problem+json (RFC 9457) and say what the asker can change, never what
// happened inside. schemas/openapi.json describes every route; a test holds both
// together.
package api
