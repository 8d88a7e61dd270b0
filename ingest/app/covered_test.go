package app

import (
	"bytes"
	"testing"

	"github.com/scrubline/scrubline/ingest/ingesttest"
)

// TestNoStrayTextPasses puts text that belongs nowhere at each byte of each line of
// the golden files in turn: it must be scanned wherever it is.
func TestNoStrayTextPasses(t *testing.T) {
	const stray = "Doe,J."
	for name, in := range inputs(t) {
		t.Run(name, func(t *testing.T) {
			var payloads [][]byte
			for _, line := range ingesttest.Lines(in) {
				for at := range len(line) + 1 {
					put := append(bytes.Clone(line[:at]), stray...)
					payloads = append(payloads, append(put, line[at:]...))
				}
			}
			ingesttest.Covered(t, source, options, payloads, stray, ingesttest.Lines)
		})
	}
}

// TestStrayTextIsLookedAt keeps the test above honest: most lines must not end in
// an error.
func TestStrayTextIsLookedAt(t *testing.T) {
	looked, all := 0, 0
	for _, in := range inputs(t) {
		all += len(ingesttest.Lines(in))
		looked += ingesttest.Covered(t, source, options, [][]byte{in}, "no such text", ingesttest.Lines)
	}
	if looked < all-5 {
		t.Errorf("%d of %d lines were looked at", looked, all)
	}
}
