// Package audit records what people do with Scrubline: each question, export,
// download, reveal, login and change is an event of source scrubline_audit.
//
// An entry is durable before the answer that it is about leaves: it is written to
// the spool, a folder beside the archive, and synced. One sync serves all that ask
// at the same moment. What lies in the spool is scrubbed already. It is carried from
// there by the pipeline that carries everything else, and leaves the spool when the
// archive and ClickHouse have it. A segment of the spool is one payload with a name
// of its own, so that whoever carries it a second time finds it there.
//
// If an entry cannot be written, because the disk or the spool is full, nothing is
// answered.
package audit
