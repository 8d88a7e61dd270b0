// Package api serves the query package over HTTP, with the first page beside it.
//
// Until identity exists it is for the people of one machine: it listens on a
// loopback address only, answers to loopback host names only (a page elsewhere
// that points its own name here gets nothing), and wants a bearer token, or the
// cookie a browser gets for a one-time login link.
//
// Every query is logged before its answer starts: who, the query's shape with
// raw identifiers as their tokens, and when it ends, rows and duration. Errors
// are problem+json (RFC 9457) and say what the asker can change, never what
// happened inside. schemas/openapi.json describes every route; a test holds both
// together.
package api
