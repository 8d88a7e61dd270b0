package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// limitMemory bounds the Go heap softly. An ingest holds about 64 MiB of batches
// and what encoding them takes, in buffers that live long; without a limit the
// collector would wait until the heap is twice that. Serving stays far below.
// GOMEMLIMIT, if set, is obeyed instead.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(112<<20 + int64(runtime.GOMAXPROCS(0))*(16<<20))
	}
}
