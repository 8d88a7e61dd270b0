package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const classAPI = 6003 // OCSF: API Activity

func newEKS() *jsonSource {
	const name = "aws_eks_audit"
	return &jsonSource{name: name, framing: ingest.JSON, root: schemas.MustLoadSource(name).Root,
		score: func(b []byte, _ ingest.Origin) int {
			if bytes.HasPrefix(member(b, "apiVersion"), []byte(`"audit.k8s.io/`)) {
				return 95
			}
			if has(b, "auditID", "requestURI", "verb", "stage") == 4 {
				return 85
			}
			return 0
		},
		finish: func(d *jsonDecoder) {
			d.rec.SetDerived(schemas.Service, "eks")
			d.rec.SetNum(schemas.ClassUID, classAPI)
			d.rec.SetNum(schemas.SeverityID, 1)
			if activity, readOnly := verb(d.value(schemas.Action)); activity > 0 {
				d.rec.SetNum(schemas.ActivityID, activity)
				d.rec.SetNum(schemas.ReadOnly, readOnly)
			}
			if n, ok := d.rec.Num(schemas.HTTPStatus); ok && n >= 100 {
				status := uint64(1)
				if n >= 400 {
					status = 2
				}
				d.rec.SetNum(schemas.StatusID, status)
			}
		},
	}
}

// verb returns OCSF's activity_id of a verb of Kubernetes, and whether it only
// reads.
func verb(b []byte) (activity, readOnly uint64) {
	switch string(b) {
	case "create":
		return 1, 0
	case "get", "list", "watch":
		return 2, 1
	case "update", "patch":
		return 3, 0
	case "delete", "deletecollection":
		return 4, 0
	case "":
		return 0, 0
	}
	return 99, 0
}
