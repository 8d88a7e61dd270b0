package recognizer

import "github.com/scrubline/scrubline/schemas"

// Patient ids of an application (R): FHIR references, path segments, keys.
var patientID = Recognizer{
	Name: "patient_id", Letter: 'R', Treat: schemas.Token, Token: "patient",
	Keys: []string{"patient id", "patientid", "patient", "pt id", "ptid", "patient identifier", "patient uuid", "person id", "personid", "subject id", "subject", "set pid", "pid patient", "patient number", "patient no", "patient ref", "patient reference", "client id patient"},
	Value: func(b []byte, i int, _ bool) int {
		if folded(b[i:], "patient/") {
			i += len("patient/")
		}
		return identifier(b, i, 1)
	},
}

// Session ids (R): they tie records to a person as a name does.
var sessionID = Recognizer{
	Name: "session_id", Letter: 'R', Treat: schemas.Token, Token: "session",
	Keys:  []string{"session", "session id", "sessionid", "sid", "jsessionid", "phpsessid", "connect sid", "asp net sessionid", "sess", "session token", "xsrf session", "aspsessionid", "user session", "sessiontoken", "visitor id", "visitorid"},
	Value: opaque,
}

// Logged-in persons who are not known to be workforce (R).
var userID = Recognizer{
	Name: "user_id", Letter: 'R', Treat: schemas.Token, Token: "user",
	Keys:  []string{"user", "user id", "userid", "username", "user name", "uname", "login", "login id", "loginid", "sub", "account user", "portal user", "ptuser", "uid", "x user name", "x amzn oidc identity", "mychart user", "proxy user"},
	Value: opaque,
}

// Any other unique number or code (R): encounters, accessions, prescriptions.
var otherID = Recognizer{
	Name: "other_id", Letter: 'R', Treat: schemas.Label,
	Keys:  []string{"encounter id", "encounterid", "encounter number", "encounter", "visit id", "visitid", "visit number", "accession", "accession number", "accession no", "accessionnumber", "rx number", "rx no", "prescription number", "prescription id", "specimen id", "case number", "referral number", "authorization number", "launch", "csn", "fin", "fin number", "order number", "study instance uid", "studyinstanceuid"},
	Value: func(b []byte, i int, _ bool) int { return identifier(b, i, 2) },
}

// opaque takes a value up to a delimiter.
func opaque(b []byte, i int, _ bool) int {
	j := i
	for j < len(b) && j-i < 512 {
		c := b[j]
		if !IsWord(c) && c != '-' && c != '_' && c != '.' && c != '@' && c != '+' && c != '~' && c != ':' && c != '=' && c != '%' && c != '|' && c != '\\' {
			break
		}
		j++
	}
	for j > i && !IsWord(b[j-1]) {
		j--
	}
	if j-i < 2 || stop(b[i:j]) {
		return 0
	}
	return j
}
