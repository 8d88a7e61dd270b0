package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

func newSecurityHub() *jsonSource {
	const name = "aws_securityhub"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, _ ingest.Origin) int {
			switch {
			case bytes.HasPrefix(member(b, "detail-type"), []byte(`"Security Hub Findings`)):
				return 95
			case isASFF(b):
				return 95
			case isASFF(first(member(member(b, "detail"), "findings"))), isASFF(first(member(b, "Findings"))), isASFF(first(member(b, "findings"))):
				return 90
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "securityhub")
			d.rec.SetNum(schemas.ClassUID, classDetection)
			d.rec.SetNum(schemas.ActivityID, 1)
			if n := label(d.value(schemas.SeverityID)); n > 0 {
				d.rec.SetNum(schemas.SeverityID, n)
			}
			switch string(d.value(schemas.StatusCode)) {
			case "PASSED":
				d.rec.SetNum(schemas.StatusID, 1)
			case "FAILED":
				d.rec.SetNum(schemas.StatusID, 2)
			}
		},
	}
}

// isASFF says whether an object is a finding in AWS's format.
func isASFF(b []byte) bool {
	return has(b, "AwsAccountId", "GeneratorId", "ProductArn", "SchemaVersion", "CreatedAt", "Types") >= 4
}

// label returns OCSF's severity of a label.
func label(b []byte) uint64 {
	switch string(b) {
	case "INFORMATIONAL":
		return 1
	case "LOW":
		return 2
	case "MEDIUM":
		return 3
	case "HIGH":
		return 4
	case "CRITICAL":
		return 5
	}
	return 0
}
