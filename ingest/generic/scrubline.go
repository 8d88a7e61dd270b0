package generic

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// Own is the service of payloads that Scrubline itself makes. No name of a file or
// an object gives a payload that service: a log cannot pass for one.
const Own = "scrubline"

// newScrubline is the source of what Scrubline itself finds out about logs
// (s3.Verdict).
func newScrubline() *jsonSource {
	const name = Own
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, o ingest.Origin) int {
			if o.Service == Own && string(member(b, "scrubline")) == `"trail_verdict"` {
				return 100
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "cloudtrail")
			switch string(d.value(schemas.StatusCode)) {
			case "verified":
				d.rec.SetNum(schemas.StatusID, 1)
			case "mismatch", "missing":
				d.rec.SetNum(schemas.StatusID, 2)
				d.rec.SetNum(schemas.SeverityID, 5)
			}
		},
	}
}
