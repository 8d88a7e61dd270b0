package recognizer

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
)

// Medical record numbers (H) have no checksum: only a key or a position tells.
var mrn = Recognizer{
	Name: "mrn", Letter: 'H', Treat: schemas.Token, Token: "mrn",
	Keys: []string{"mrn", "medical record", "medical record number", "med rec", "med rec no", "medrec", "medicalrecordnumber", "chart number", "chart no", "patient mrn", "mr number", "empi", "mpi", "record number", "medical record no", "chart", "medical record num", "med record", "medical rec no", "mr no", "patient record number", "hospital number", "unit number", "enterprise id", "epi", "emr id", "emrid", "ehr id", "from mrn", "to mrn", "old mrn", "new mrn", "source mrn", "target mrn", "mrns", "patient mrns", "person number", "wristband", "wristband id", "chart id", "unit no", "medical number", "cpi", "empi id", "mpi id", "empi eid", "patient chart number", "medical record id", "mrn id", "mrn number", "patient role id", "record target id", "patient dfn", "pubpid", "controlno", "patient mrn number"},
	Value: func(b []byte, i int, _ bool) int {
		e := identifier(b, i, 3)
		if e > 0 && (version(b[i:e]) || bytes.Count(b[i:e], []byte{'.'}) > 1) { // a score, the version of a chart
			return 0
		}
		return e
	},
}
