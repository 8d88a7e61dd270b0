// Package jsonindex steps over JSON text without looking at each byte by itself,
// for framing (ingest/frame) and walking (ingest/jsonwalk). Built with
// GOEXPERIMENT=simd it takes 64 bytes at a time on processors with AVX2, else
// eight. A mask is a word whose bit i says something of byte i of a block of 64.
//
// Nothing here checks the grammar of JSON; ingest/jsonwalk does.
package jsonindex
