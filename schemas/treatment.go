package schemas

import "fmt"

// Treatment is the fate of a field's value in the scrubber. The zero value is
// Drop: nothing passes because nobody thought of it.
type Treatment uint8

const (
	Drop    Treatment = iota // the value is replaced by [phi-dropped]
	Keep                     // the value passes untouched: it cannot hold PHI
	Token                    // the whole value becomes a keyed token
	Coarsen                  // the value keeps a coarse part (an address its /24 or /48)
	Label                    // the whole value becomes a class label such as [phi-us_ssn]
	Scan                     // recognizers look for PHI inside the value
	Address                  // a network address: kept, unless it is tied to a session or a patient
)

var treatmentNames = [...]string{"drop", "keep", "token", "coarsen", "label", "scan", "address"}

func (t Treatment) String() string { return treatmentNames[t] }

// UnmarshalText reads the names used in the source schemas.
func (t *Treatment) UnmarshalText(b []byte) error {
	for i, n := range treatmentNames {
		if n == string(b) {
			*t = Treatment(i)
			return nil
		}
	}
	return fmt.Errorf("unknown treatment (want one of %v)", treatmentNames)
}

// Hint tells the scrubber what shape of text a scanned field holds.
type Hint uint8

const (
	Text      Hint = iota // prose, messages, anything
	URL                   // absolute or relative URL with path and query
	Path                  // URL path or object key
	Query                 // a=b&c=d without the leading ?
	UserAgent             // product tokens and comments
	Header                // value of an HTTP header whose name is the key
	Cookie                // a=b; c=d
	MapKey                // the key of an object member, not a value
	Number                // an unquoted JSON number
	SessionID             // identifies a session or a logged-in person of the public
	UserID                // names a person who is not known to be workforce
	PatientID             // identifies a patient
	TraceID               // ties records of one request together
)

var hintNames = [...]string{"text", "url", "path", "query", "user_agent", "header", "cookie", "map_key", "number", "session", "user", "patient", "trace"}

func (h Hint) String() string { return hintNames[h] }

// UnmarshalText reads the names used in the source schemas.
func (h *Hint) UnmarshalText(b []byte) error {
	for i, n := range hintNames {
		if n == string(b) {
			*h = Hint(i)
			return nil
		}
	}
	return fmt.Errorf("unknown hint (want one of %v)", hintNames)
}
