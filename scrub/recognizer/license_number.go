package recognizer

import "github.com/scrubline/scrubline/schemas"

// Certificate and licence numbers (K). States' formats are too many and too
// loose to tell by shape; a key is needed.
var license = Recognizer{
	Name: "license_number", Letter: 'K', Treat: schemas.Label,
	Keys:  []string{"license number", "license no", "licence number", "drivers license", "driver license", "driverlicense", "driver licence", "dl number", "dl no", "dln", "certificate number", "medical license", "license id", "passport", "passport number", "state license", "license", "licence", "driverslicense", "drivers licence", "driver license number", "drivers license number", "dl", "certificate no", "cert number", "passport no", "passportnumber", "visa number", "alien number", "green card", "state id", "stateid", "license num", "licensenumber", "medical license number", "permit number"},
	Value: func(b []byte, i int, _ bool) int { return identifier(b, i, 4) },
}
