package recognizer

import "github.com/scrubline/scrubline/schemas"

// Medical record numbers (H) have no checksum: only a key or a position tells.
var mrn = Recognizer{
	Name: "mrn", Letter: 'H', Treat: schemas.Token, Token: "mrn",
	Keys:  []string{"mrn", "medical record", "medical record number", "med rec", "med rec no", "medrec", "medicalrecordnumber", "chart number", "chart no", "patient mrn", "mr number", "empi", "mpi", "record number", "medical record no", "chart"},
	Value: func(b []byte, i int, _ bool) int { return identifier(b, i, 3) },
}
