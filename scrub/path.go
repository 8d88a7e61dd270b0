package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// slash looks at the path segment behind the slash at pos: the segment before it
// may say whose it is, as in /patients/123, Patient/abc or /users/jdoe.
func (s *searcher) slash() {
	b, i := s.b, s.pos
	s.pos++
	if i+1 < len(b) && b[i+1] == '~' {
		if end := segment(b, i+2); end > i+3 {
			s.take(i+1, end, recognizer.UserID)
		}
		return
	}
	if s.biometric(i) {
		return
	}
	j := i
	for j > 0 && i-j < 16 && recognizer.IsLetter(b[j-1]) {
		j--
	}
	if j == i || j > 0 && b[j-1] == '-' {
		return
	}
	k := personal(b[j:i])
	if k == recognizer.None {
		return
	}
	end := segment(b, i+1)
	if ours(b[i+1:]) > 0 || end-i < 2 {
		return
	}
	v := b[i+1 : end]
	digits := 0
	for _, c := range v {
		if recognizer.IsDigit(c) {
			digits++
		}
	}
	switch k {
	case recognizer.UserID:
		if j == 0 || b[j-1] != '/' || digits == 0 && len(v) > 12 && !dotted(v) || route(v) {
			return
		}
	default:
		if digits == 0 {
			return
		}
	}
	s.take(i+1, end, k)
}

func segment(b []byte, i int) int {
	for i < len(b) && (recognizer.IsWord(b[i]) || b[i] == '-' || b[i] == '_' || b[i] == '.' && i+1 < len(b) && recognizer.IsWord(b[i+1]) || b[i] == '@') {
		i++
	}
	return i
}

// personal is what the segment behind a path word identifies.
func personal(w []byte) recognizer.Kind {
	if len(w) > 14 {
		return recognizer.None
	}
	var f [14]byte
	for i, c := range w {
		f[i] = c | 0x20
	}
	switch string(f[:len(w)]) {
	case "patient", "patients", "person", "persons", "relatedperson", "subject", "subjects", "resident", "residents":
		return recognizer.PatientID
	case "member", "members", "subscriber", "subscribers", "coverage", "beneficiary", "enrollee":
		return recognizer.HealthPlan
	case "mrn", "chart", "charts":
		return recognizer.MRN
	case "encounter", "encounters", "visit", "visits", "accession", "prescription", "prescriptions":
		return recognizer.OtherID
	case "user", "users", "u", "profile", "profiles":
		return recognizer.UserID
	}
	return recognizer.None
}

// route says that a segment is a word of an application's own, not a person.
func route(v []byte) bool {
	switch string(v) {
	case "me", "self", "login", "logout", "new", "edit", "list", "search", "settings", "profile", "password", "reset", "index", "all", "current", "register", "signup", "bin", "local", "lib", "share", "sbin", "src", "include":
		return true
	}
	return false
}

// dotted says that a segment is first.last.
func dotted(v []byte) bool {
	for i := 1; i+1 < len(v); i++ {
		if v[i] == '.' {
			return recognizer.IsLetter(v[i-1]) && recognizer.IsLetter(v[i+1]) && len(v)-i > 2
		}
	}
	return false
}

// biometricFolders name folders of biometric templates.
var biometricFolders = []string{"biometrics", "biometric", "fingerprints", "voiceprints", "irises", "faceprints", "palmprints", "retina"}

// biometric takes the name of a file in a folder of biometric templates.
func (s *searcher) biometric(i int) bool {
	b := s.b
	end := segment(b, i+1)
	if end == i+1 || end < len(b) && b[end] == '/' || !s.near(i, 48, biometricFolders...) {
		return false
	}
	for _, c := range b[i+1 : end] {
		if recognizer.IsDigit(c) {
			s.take(i+1, end, recognizer.Biometric)
			return true
		}
	}
	return false
}
