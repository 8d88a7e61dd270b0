// Package frame cuts payloads into raw entries: lines and JSON values. Framers
// read through a Chunk, the one reused buffer of a worker, so that an entry is
// looked at while it is still in the cache and nothing is allocated per entry.
package frame
