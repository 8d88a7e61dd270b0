package recognizer

import "github.com/scrubline/scrubline/schemas"

// Recognizer finds one kind of PHI.
type Recognizer struct {
	Name   string            // the same in policy, metrics, labels and goldens: us_ssn
	Letter byte              // Safe Harbor letter
	Treat  schemas.Treatment // Label or Token
	Token  string            // token type when Treat is Token

	// Keys are the phrases, lower-case words, that announce a value: as the
	// words of a key ("patientSSN", "patient_ssn") or in prose before the value.
	Keys []string
	// Weak keys announce a value only if Value is sure of it by itself: it is
	// called with sure set.
	Weak []string

	// Value returns the end of the value that starts at b[i], or 0 if there is
	// none. weak says that a Weak key announced it.
	Value func(b []byte, i int, weak bool) int

	// Shape returns the end of a value that starts at b[i], the first digit of a
	// run whose length is one of Runs and before which no letter or digit stands,
	// or 0. No key announced it.
	Shape func(b []byte, i int) int
	Runs  []int
	// Next and Before say whether a value with a shape can start with a run of n
	// digits that c follows, and whether c can stand before it; c is 0 at the
	// text's edge. They are asked once a byte, so that Shape is called at
	// candidates only; nil means any.
	Next   func(n int, c byte) bool
	Before func(c byte) bool
}

// Kind is a recognizer's number, its index in All plus one; 0 is none.
type Kind uint8

// Kinds of the recognizers that the scrubber itself asks for.
const (
	None Kind = iota
	PersonName
	StreetAddress
	ZIP
	GeoPoint
	BirthDate
	CareDate
	Age
	Phone
	Fax
	Email
	SSN
	MRN
	MBI
	HealthPlan
	Card
	Account
	NPI
	DEA
	License
	VIN
	Plate
	Device
	PersonalURL
	IPAddress
	Biometric
	Photo
	PatientID
	SessionID
	UserID
	OtherID
	JWT
	Secret
	Encoded
	Custom
	numKinds
)

// All lists the recognizers; a Kind is an index into it.
var All = [numKinds]Recognizer{
	PersonName:    personName,
	StreetAddress: streetAddress,
	ZIP:           zip,
	GeoPoint:      geoPoint,
	BirthDate:     birthDate,
	CareDate:      careDate,
	Age:           age,
	Phone:         phone,
	Fax:           fax,
	Email:         email,
	SSN:           ssn,
	MRN:           mrn,
	MBI:           mbi,
	HealthPlan:    healthPlan,
	Card:          card,
	Account:       account,
	NPI:           npi,
	DEA:           dea,
	License:       license,
	VIN:           vin,
	Plate:         plate,
	Device:        device,
	PersonalURL:   personalURL,
	IPAddress:     ipAddress,
	Biometric:     biometric,
	Photo:         photo,
	PatientID:     patientID,
	SessionID:     sessionID,
	UserID:        userID,
	OtherID:       otherID,
	JWT:           jwt,
	Secret:        secret,
	Encoded:       encoded,
	Custom:        {Name: "custom", Letter: 'R', Treat: schemas.Label},
}

func (k Kind) String() string { return All[k].Name }

// Info returns the recognizer of a kind.
func (k Kind) Info() *Recognizer { return &All[k] }

// ByName returns the kind of that name, or None.
func ByName(name string) Kind {
	for k := None + 1; k < numKinds; k++ {
		if All[k].Name == name {
			return k
		}
	}
	return None
}
