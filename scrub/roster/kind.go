package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// Kind says what a column of the table of patients holds.
type Kind uint8

const (
	None Kind = iota // not kept
	FirstName
	LastName
	Middle
	FullName
	MRN
	MemberID
	Account
	SSN
	PatientID
	Phone
	Email
	Address
	BirthDate // read and not kept: every date is somebody's birth date
	numKinds
)

// kinds lists their names, as in --column NAME=KIND, and where entries go.
var kinds = [numKinds]struct {
	name    string
	section section
	finds   recognizer.Kind
}{
	None:      {"none", noSection, recognizer.None},
	FirstName: {"first_name", names, recognizer.PersonName},
	LastName:  {"last_name", names, recognizer.PersonName},
	Middle:    {"middle", names, recognizer.PersonName},
	FullName:  {"full_name", names, recognizer.PersonName},
	MRN:       {"mrn", ids, recognizer.MRN},
	MemberID:  {"member_id", ids, recognizer.HealthPlan},
	Account:   {"account", ids, recognizer.Account},
	SSN:       {"ssn", ids, recognizer.SSN},
	PatientID: {"patient_id", ids, recognizer.PatientID},
	Phone:     {"phone", phones, recognizer.Phone},
	Email:     {"email", emails, recognizer.Email},
	Address:   {"address", addresses, recognizer.StreetAddress},
	BirthDate: {"birth_date", noSection, recognizer.None},
}

func (k Kind) String() string { return kinds[k].name }

// Finds is the kind of what the scanner reports for it.
func (k Kind) Finds() recognizer.Kind { return kinds[k].finds }

// KindByName returns the kind of that name; ok is false if there is none.
func KindByName(name string) (k Kind, ok bool) {
	for k := range numKinds {
		if kinds[k].name == name {
			return k, true
		}
	}
	return None, false
}

// KindNames lists the names that KindByName knows.
func KindNames() []string {
	var out []string
	for k := range numKinds {
		out = append(out, kinds[k].name)
	}
	return out
}

// section is a table of entries that look alike.
type section uint8

const (
	names section = iota
	ids
	phones
	emails
	addresses
	numSections
	noSection
)

var sectionNames = [numSections]string{"names", "ids", "phones", "emails", "addresses"}

func (s section) String() string { return sectionNames[s] }

// idKinds are the kinds whose entries share the section of numbers. Which of them
// a number is stands in three of the bits that are its HMAC's elsewhere.
var idKinds = [...]Kind{MRN, MemberID, PatientID, Account, SSN}

const idMacBits = macBits - 3

// sign joins bits of the HMAC of an id with its kind.
func (k Kind) sign(mac uint16) uint16 {
	n := uint16(0)
	for i := range idKinds {
		if idKinds[i] == k {
			n = uint16(i)
		}
	}
	return mac&(1<<idMacBits-1) | n<<idMacBits
}

// signed returns the kind whose signature of mac is; None if it is nobody's.
func signed(signature, mac uint16) Kind {
	n := signature >> idMacBits
	if int(n) >= len(idKinds) || (signature^mac)&(1<<idMacBits-1) != 0 {
		return None
	}
	return idKinds[n]
}
