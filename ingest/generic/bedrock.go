package generic

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

func newBedrock() *jsonSource {
	const name = "aws_bedrock"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, _ ingest.Origin) int {
			switch {
			case string(member(b, "schemaType")) == `"ModelInvocationLog"`:
				return 95
			case has(b, "modelId", "operation", "input", "output", "requestId", "accountId") >= 5:
				return 85
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "bedrock")
			d.rec.SetNum(schemas.ClassUID, classAPI)
			d.rec.SetNum(schemas.SeverityID, 1)
			status := uint64(1)
			if d.taken[schemas.StatusCode] > 0 {
				status = 2
			}
			d.rec.SetNum(schemas.StatusID, status)
		},
	}
}
