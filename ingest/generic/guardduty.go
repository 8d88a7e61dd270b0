package generic

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

const classDetection = 2004 // OCSF: Detection Finding

func newGuardDuty() *jsonSource {
	const name = "aws_guardduty"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, _ ingest.Origin) int {
			if detail := member(b, "detail"); detail != nil && string(member(b, "detail-type")) == `"GuardDuty Finding"` {
				return 95
			}
			if has(b, "schemaVersion", "accountId", "type", "service", "severity", "resource") >= 5 && has(member(b, "service"), "serviceName", "detectorId") > 0 {
				return 95
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "guardduty")
			d.rec.SetNum(schemas.ClassUID, classDetection)
			d.rec.SetNum(schemas.ActivityID, 1)
			if n, ok := text.Micros(d.value(schemas.SeverityID)); ok && n > 0 {
				d.rec.SetNum(schemas.SeverityID, guardDutySeverity(n))
			}
		},
	}
}

// guardDutySeverity takes millionths: GuardDuty calls 1 to 3.9 low, to 6.9
// medium, to 8.9 high, to 10 critical.
func guardDutySeverity(n int64) uint64 {
	switch {
	case n < 4e6:
		return 2
	case n < 7e6:
		return 3
	case n < 9e6:
		return 4
	}
	return 5
}
