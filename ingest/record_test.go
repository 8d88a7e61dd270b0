package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// TestRecordsArePrintedByNobody: no verb shows the bytes of a record, wherever
// the record sits.
func TestRecordsArePrintedByNobody(t *testing.T) {
	const canary = "123-45-6789"
	var r ingest.Record
	r.Reset("app", schemas.Events, []byte(canary))
	type holder struct{ r ingest.Record }
	type pointer struct{ r *ingest.Record }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{r, &r, holder{r}, &holder{r}, pointer{&r}, []ingest.Record{r}, map[string]ingest.Record{"k": r}} {
			out := fmt.Sprintf(verb, v)
			if strings.Contains(out, canary) || strings.Contains(strings.ToLower(out), fmt.Sprintf("%x", canary)) || strings.Contains(out, "49 50 51") {
				t.Errorf("%s of %T shows the bytes", verb, v)
			}
		}
	}
	if string(r.Reveal()) != canary {
		t.Error("Reveal does not")
	}
}
