package token

// Type is the kind of value a token stands for. Values of different types never
// share a token. The zero Type is none.
type Type uint8

const (
	Patient   Type = iota + 1 // a patient's id that is not known to be a record number
	MRN                       // medical record number
	Member                    // health plan member or beneficiary id
	Encounter                 // visit, encounter, accession
	Session                   // session or login of a person of the public
	User                      // a person who is not known to be workforce
	Email                     // e-mail address
	Name                      // a person's name
	Phone                     // phone or fax number
	IP                        // network address
	Account                   // account number
	Device                    // device id or serial number
	ID                        // any other number that identifies a person

	// A trace id is tokenised under a key per class of source, so that rows of
	// different classes do not join on it.
	TraceNetwork
	TraceApp
	TraceControl

	numTypes
)

// maxTypeName is the length of the longest name in typeNames.
const maxTypeName = 9

var typeNames = [numTypes]string{
	Patient: "patient", MRN: "mrn", Member: "member", Encounter: "encounter",
	Session: "session", User: "user", Email: "email", Name: "name", Phone: "phone",
	IP: "ip", Account: "account", Device: "device", ID: "id",
	TraceNetwork: "tracenet", TraceApp: "traceapp", TraceControl: "tracectl",
}

// String returns the word that stands in the token.
func (t Type) String() string {
	if t == 0 || t >= numTypes {
		return "none"
	}
	return typeNames[t]
}

// ParseType returns the type whose word is name, or 0 if there is none.
func ParseType(name string) Type {
	for t := Type(1); t < numTypes; t++ {
		if typeNames[t] == name {
			return t
		}
	}
	return 0
}

// typeOf is ParseType without a conversion that allocates.
func typeOf(name []byte) Type {
	for t := Type(1); t < numTypes; t++ {
		if typeNames[t] == string(name) {
			return t
		}
	}
	return 0
}
