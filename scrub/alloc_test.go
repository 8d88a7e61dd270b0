package scrub

import "testing"

// TestRecordDoesNotAllocate: an ordinary record costs no allocation, nor does one
// that names a patient who was met before.
func TestRecordDoesNotAllocate(t *testing.T) {
	e := newEngine(t, newKeys(t), "alloc")
	for _, format := range benchFormats {
		r := newRig(t, format, e)
		raws := corpus(format, 32<<10)
		run := func() {
			r.newBatch()
			for _, raw := range raws {
				if code := r.record(raw); code != "" {
					t.Fatal(code)
				}
			}
		}
		run()
		// The batch's key, made once a batch, and the dictionaries it starts anew.
		key := testing.AllocsPerRun(20, func() {
			r.newBatch()
			if code := r.record(raws[0]); code != "" {
				t.Fatal(code)
			}
		})
		if n := testing.AllocsPerRun(20, run); n > key+float64(dictionaryEntries(r)) {
			t.Errorf("%s: %v allocations for %d records, %v for the first", format, n, len(raws), key)
		}
	}
}

// dictionaryEntries counts the values that the batch's dictionaries hold: each
// is copied once a batch.
func dictionaryEntries(r *rig) int {
	n := 0
	for _, c := range r.batch.Columns() {
		n += len(r.batch.Dict(c).Values)
	}
	return n
}
