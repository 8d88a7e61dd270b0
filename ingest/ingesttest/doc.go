// Package ingesttest tests sources: golden files, a fuzz target, a check that
// decoding does not allocate, and a benchmark. Only tests import it. It has the
// flag -update, which rewrites golden files.
//
// A cutter stands for framing: it cuts a payload into raw entries. Lines is the
// cutter of line formats.
package ingesttest
