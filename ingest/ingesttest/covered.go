package ingesttest

import (
	"bytes"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// Covered fails if text stands anywhere in a payload outside the fields that the
// scrubber looks into or replaces: then it would leave as it came. Records that
// end in an error don't leave. It returns how many records were looked at.
func Covered(t *testing.T, src ingest.Source, opt ingest.Options, payloads [][]byte, text string, cut func([]byte) [][]byte) (records int) {
	t.Helper()
	table := tableOf(src)
	for _, payload := range payloads {
		records += coveredIn(t, newRunner(src, table, ingest.Origin{}, opt), cut(payload), text)
	}
	return records
}

func coveredIn(t *testing.T, r *runner, raws [][]byte, text string) (records int) {
	t.Helper()
	for i, raw := range raws {
		if r.decode(raw) != nil {
			continue
		}
		records++
		for at := 0; ; at++ {
			n := bytes.Index(raw[at:], []byte(text))
			if n < 0 {
				break
			}
			at += n
			if !covered(&r.rec, at, at+len(text)) {
				t.Errorf("record %d: %q at byte %d passes: %s", i, text, at, raw)
			}
		}
	}
	return records
}

// covered says whether one field that does not merely pass holds [from,to).
func covered(rec *ingest.Record, from, to int) bool {
	for _, f := range rec.Fields {
		if !f.Alias && int(f.Start) <= from && to <= int(f.End) && f.Treat != schemas.Keep && f.Treat != schemas.Address {
			return true
		}
	}
	return false
}
