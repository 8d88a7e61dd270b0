package generic

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// OCSF 1.8: Authentication, with its activity Logon; API Activity's activity Read.
const (
	classAuth     = 3002
	activityLogon = 1
	activityRead  = 2
)

// newAudit is the source of what people do with Scrubline (query/audit): like
// verdicts, nothing but Scrubline's own payloads are of it.
func newAudit() *jsonSource {
	const name = "scrubline_audit"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, o ingest.Origin) int {
			if o.Service == Own && string(member(b, "scrubline")) == `"audit"` {
				return 100
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, Own)
			if string(d.value(schemas.StatusCode)) == "ok" {
				d.rec.SetNum(schemas.StatusID, 1)
			} else {
				d.rec.SetNum(schemas.StatusID, 2)
			}
			class, activity := uint64(classAPI), uint64(activityRead)
			if string(d.value(schemas.Action)) == "login" {
				class, activity = classAuth, activityLogon
			}
			d.rec.SetNum(schemas.ClassUID, class)
			d.rec.SetNum(schemas.ActivityID, activity)
			if us, ok := text.Uint(d.value(schemas.DurationMS)); ok {
				d.rec.SetFloat(schemas.DurationMS, float32(us)/1000)
			}
		},
	}
}
