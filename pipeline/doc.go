// Package pipeline carries payloads from an input to the archive and to
// ClickHouse: each record ends as exactly one row, an event or a tombstone.
//
// A worker takes a payload, reads it in batches and, for each batch, in this
// order: quarantine is synced, the batch is archived (the archive is the truth:
// if the object is there already its rows are taken over), and the batch is
// handed to the committer, which inserts the batches of several workers in one
// go. A payload is done when its last batch is inserted. Whatever dies in
// between, the next run finds the payload's objects in the archive, makes sure
// that ClickHouse has their rows, and goes on behind the last one.
//
// Nothing raw is written anywhere: if the archive or ClickHouse does not take
// more, reading stops.
package pipeline
