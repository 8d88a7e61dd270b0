// Package jsonindex looks at JSON text in blocks of 64 bytes, a bit a byte, so
// that the readers above it, framing (ingest/frame) and walking
// (ingest/jsonwalk), step over strings without looking at each byte again.
//
// Words: a mask is a word whose bit i says something of byte i of a block. The
// masks are made twice over: with AVX2 when
// built with GOEXPERIMENT=simd, and in plain Go, eight bytes at a time. All that
// decides anything is built on the masks and is the same for both.
//
// Nothing here checks the grammar of JSON; ingest/jsonwalk does.
package jsonindex
