// Package scrub turns raw records into events. It is the only package that
// looks at a record's bytes, and the only one that makes rows of events.
//
// Each record passes: treat (what the source's schema says of each field), scan
// (recognizers over text, after undoing encodings with offset maps), link (a
// session or patient and an address do not survive together), edit (the matches
// are replaced in the record's own bytes, so that its shape stays), and the
// egress gate, an independent look at what is about to leave. A record that
// fails anywhere becomes a tombstone.
//
// What is replaced keeps the encodings and the quotes around it, so a record that
// parsed parses still, and scrubbing a scrubbed record changes nothing: labels and
// tokens are passed over and announce nothing.
//
// An Engine belongs to one goroutine and allocates nothing per record once its
// buffers have grown. Nothing here puts bytes of a record into an error, a log
// line or a metric.
package scrub
