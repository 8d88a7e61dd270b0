// Package route brings alerts to people: one file a way.
//
// A route is given a Notice and says whether it arrived. What failed is sent again
// with the same id (Notice.ID), so that a receiver that cares can tell a repeat;
// package notify decides when. Errors carry a code and no text of the other side,
// of an address or of a secret. Notices hold what alerts hold: ids, counts, tokens
// and scrubbed texts.
package route
