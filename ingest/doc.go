// Package ingest turns what the outside delivers into raw records. It holds the
// contracts; the inputs (file) and the sources (one folder each) implement them.
//
// Words: an input is a transport, a payload is what it delivers, framing cuts
// a payload into raw entries, a source is a kind of log, and its decoder turns
// one raw entry into a Record. Everything here may hold PHI: only package
// scrub may look at a record's bytes, by Record.Reveal, and nothing in this
// tree puts bytes of a record into an error, a log line or a metric.
//
// Ownership: a record is lent. It, its bytes and its fields are valid until the
// next call of Next or Decode; nothing keeps a reference.
package ingest
