package scrub

import "testing"

// TestRecordDoesNotAllocate: a record costs no allocation, nor does one that
// names a patient, once the buffers have grown. Rows are dropped as soon as they
// are made, so that the batch needs no more memory.
func TestRecordDoesNotAllocate(t *testing.T) {
	e := newEngine(t, newKeys(t), "alloc")
	for _, format := range benchFormats {
		r := newRig(t, format, e)
		raws := corpus(format, 64<<10)
		run := func() {
			for _, raw := range raws {
				if code := r.record(raw); code != "" {
					t.Fatal(code)
				}
				r.batch.DropRow(true)
			}
		}
		run()
		if n := testing.AllocsPerRun(20, run); n > 0 {
			t.Errorf("%s: %v allocations for %d records", format, n, len(raws))
		}
	}
}
