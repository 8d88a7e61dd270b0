// Package event holds scrubbed rows: the memory a batch of events is built in,
// archived from and inserted from. Only package scrub builds batches from
// records; package store/archive rebuilds them from archived objects.
//
// A batch is columnar: one buffer a column, no allocation per row once the
// buffers have grown. It belongs to one goroutine at a time; whoever has it owns
// its bytes.
package event
