package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// slash looks at the path segment behind the slash at pos: the segment before it
// may say whose it is, as in /patients/123, Patient/abc or /users/jdoe.
func (s *searcher) slash() {
	b, i := s.b, s.pos
	s.pos++
	if i+1 >= len(b) {
		return
	}
	if b[i+1] == '~' {
		if end := segment(b, i+2); end > i+3 {
			s.take(i+1, end, recognizer.UserID)
		}
		return
	}
	if s.embedded(i) || s.biometric(i) {
		return
	}
	if recognizer.IsUpper(b[i+1]) && i+2 < len(b) { // a folder or a file called after somebody
		end := recognizer.NamePair(b, i+1)
		if end == 0 && s.hint == schemas.Path {
			end = recognizer.CloseName(b, i+1, true)
			if bytes.IndexByte(b[i+1:max(end, i+1)], ' ') < 0 {
				end = 0
			}
		} else if end == 0 {
			end = recognizer.NamedFile(b, i+1)
		}
		if end == 0 && (s.document(i+1) || s.folderOf(i+1)) {
			return
		}
		if end > 0 && (end == len(b) || b[end] == '/' || b[end] == '.' || b[end] == ' ' || b[end] == '"' || (b[end] == '-' || b[end] == '_') && end+1 < len(b) && recognizer.IsDigit(b[end+1])) {
			s.name(i+1, end)
			return
		}
	}
	j := i
	for j > 0 && i-j < 16 && recognizer.IsLetter(b[j-1]) {
		j--
	}
	if j == i || j > 0 && (recognizer.IsDigit(b[j-1]) || b[j-1] == '-' && !(j > 2 && foldedEqual(b[j-3:j-1], "by"))) {
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
	if len(v) > 4 && v[3] == '-' && hl7Path(v) != recognizer.None { // PATIENT/PID-3-1, a place in a message
		return
	}
	digits := 0
	for _, c := range v {
		if recognizer.IsDigit(c) {
			digits++
		}
	}
	switch k {
	case recognizer.Phone, recognizer.Fax, recognizer.SSN, recognizer.BirthDate:
		to := k.Info().Value(b, i+1, false)
		if to == 0 || to != end && (k != recognizer.Phone || b[to] != '-' && b[to] != '@') || digits < 8 { // PJSIP/14155550132-0000007
			return
		}
		end = to
	case recognizer.Encoded:
		if letters := len(v) - digits; digits < 6 || letters > 3 || letters > 0 && !recognizer.IsUpper(v[0]) || digits == 8 && recognizer.All[recognizer.CareDate].Value(b, i+1, false) > 0 {
			return
		}
		k = recognizer.OtherID
	case recognizer.NPI:
		if k.Info().Value(b, i+1, false) != end {
			return
		}
	case recognizer.License: // not MIT.txt
		if digits < 6 || !recognizer.IsUpper(v[0]) && digits < 7 {
			return
		}
	case recognizer.Secret: // who has the link is who it was sent to
		if digits < 3 || len(v) < 16 || bytes.IndexByte(v, '.') >= 0 {
			return
		}
		k = recognizer.OtherID
	case recognizer.UserID:
		if (j == 0 || b[j-1] != '/') && !(j == 0 && s.hint == schemas.Path) || digits == 0 && len(v) > 12 && !dotted(v) || route(v) {
			return
		}
	case recognizer.Account:
		switch {
		case digits == 0 || digits == len(v) && (digits < 6 || digits == 12): // a word; an account of AWS
			return
		case digits < len(v) && digits < 5 && recognizer.IsLetter(v[0]) && !route(v): // who signed in
			k = recognizer.UserID
		}
	default:
		if digits == 0 {
			if recognizer.NamesKnown(v) && !recognizer.AllOrdinary(v) && len(v) > 5 {
				s.name(i+1, end)
				if next := segment(b, min(end+1, len(b))); end < len(b) && b[end] == '/' && next-end > 3 && recognizer.NameWord(b, end+1) == next && recognizer.NamesKnown(b[end+1:next]) && !recognizer.AllOrdinary(b[end+1:next]) { // patients/lee/ann
					s.name(end+1, next)
				}
			}
			return
		}
		if i-j < 4 && digits < 5 || j > 0 && b[j-1] == '_' && digits < 4 { // pt is a language too; be_member/web-2
			return
		}
	}
	s.take(i+1, end, k)
}

// folderOf takes the name of the folder at b[i] if only the lists of names know it
// and the one below it is a day: labs/Lee/2026-03-09/cbc.pdf.
func (s *searcher) folderOf(i int) bool {
	b := s.b
	end := recognizer.NameWord(b, i)
	if end-i < 3 || end+11 > len(b) || b[end] != '/' || !recognizer.NamesKnown(b[i:end]) || recognizer.Ordinary(b[i:end]) {
		return false
	}
	to := recognizer.All[recognizer.CareDate].Value(b[:end+11], end+1, false)
	if to < end+9 || to < len(b) && b[to] != '/' {
		return false
	}
	s.name(i, end)
	s.take(end+1, to, recognizer.CareDate)
	return true
}

// personPath takes the number at b[i:end] in a path or the name of a file below
// what names a person: patients/123/imaging/ACC456, lee_ann/7712/visit_20250102.pdf.
func (s *searcher) personPath(i, end, digits int) bool {
	if (s.b[i-1] == '_' || s.b[i-1] == '-' && (end == len(s.b) || s.b[end] == '.' || s.b[end] == '/' || s.b[end] == '?' || s.b[end] == ' ')) && digits >= 5 && digits <= 12 && end-i == digits {
		if from := recognizer.NamesBefore(s.b, i); from >= 0 { // lee_ann_7712034
			s.e.add(&s.v, from, i-1, recognizer.PersonName)
			if s.note(from, i-1, recognizer.PersonName); digits == 10 && s.b[i] == '1' { // a second of these years
				s.pos = end
				return true
			}
			s.take(i, end, recognizer.MRN)
			return true
		}
	}
	if s.lastPerson == 0 || i <= s.lastPerson || i-s.lastPerson > 80 || digits < 5 {
		return false
	}
	slash := false
	for _, c := range s.b[s.lastPerson:i] {
		if c <= ' ' || c == '"' || c == '?' || c == '&' || c == '=' || c == ',' {
			return false
		}
		slash = slash || c == '/' || c == '_'
	}
	switch {
	case !slash:
		return false
	case s.b[i-1] == '_' && i-s.lastPerson == 1 && end-i == digits && digits <= 12 && s.lastName == s.lastPerson: // LEE^ANN_821757
		s.take(i, end, recognizer.MRN)
	case digits == 8 && end-i == 8 && recognizer.All[recognizer.BirthDate].Value(s.b, i, false) == end:
		s.take(i, end, recognizer.CareDate)
	case s.b[i-1] == '/' && shortSegment(s.b, i)-i <= 24 && digits >= 5:
		s.take(i, shortSegment(s.b, i), recognizer.OtherID)
	default:
		return false
	}
	return true
}

// nameInFile takes last_first before the end of a file's or folder's name, when
// the lists know both words as names: ccda_lee_ann.xml, scans/lee_ann/.
func (s *searcher) nameInFile(i, end int) bool {
	b := s.b
	if end < len(b) && b[end] != '.' && b[end] != '/' && b[end] != '"' && b[end] != ' ' && b[end] != '\'' {
		return false
	}
	from := i - 1
	for from > 0 && i-from < 24 && recognizer.IsLetter(b[from-1]) {
		from--
	}
	if from > 5 && (foldedEqual(b[from-5:from-1], "user") || foldedEqual(b[from-5:from-1], "role")) {
		return false // a principal of AWS
	}
	if from > 2 && foldedText(b[from-3:from-1], "st") && (from == 3 || !recognizer.IsWord(b[from-4])) {
		return false // a saint's hospital
	}
	if from > 0 && b[from-1] != '_' && b[from-1] != '-' && b[from-1] != '/' || !recognizer.NamesBoth(b[from:i-1], b[i:end]) {
		return false
	}
	s.e.add(&s.v, from, end, recognizer.PersonName)
	s.note(from, end, recognizer.PersonName)
	s.pos = end
	return true
}

// shortSegment is segment for the ids of a person, which are short: it reads no
// more than one of them, however much is joined to it.
func shortSegment(b []byte, i int) int { return segment(b[:min(len(b), i+64)], i) }

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
	case "patient", "patients", "pt", "pat", "person", "persons", "relatedperson", "subject", "subjects", "resident", "residents":
		return recognizer.PatientID
	case "member", "members", "subscriber", "subscribers", "coverage", "beneficiary", "beneficiaries", "enrollee", "enrollees", "insured", "policyholder", "policyholders":
		return recognizer.HealthPlan
	case "provider", "providers", "prescriber", "prescribers", "npi":
		return recognizer.NPI
	case "phone", "phones", "msisdn":
		return recognizer.Phone
	case "carrier", "trunk", "gateway", "dial", "sms", "calls", "did", "pstn", "sip", "pjsip":
		return recognizer.Phone
	case "fax", "faxes":
		return recognizer.Fax
	case "account", "accounts", "acct", "guarantor", "guarantors":
		return recognizer.Account
	case "license", "licenses", "licence", "licences":
		return recognizer.License
	case "ssn":
		return recognizer.SSN
	case "dob", "birthdate":
		return recognizer.BirthDate
	case "mrn", "chart", "charts":
		return recognizer.MRN
	case "eligibility", "lab", "labs", "imaging", "immunization", "immunizations", "allergies", "vitals", "medications", "careplan", "referral", "referrals", "authorizations", "claim", "claims", "consents", "results", "orders", "order", "statements", "episodes", "admissions", "records":
		return recognizer.Encoded // what they are of is told by what it looks like: see slash
	case "encounter", "encounters", "visit", "visits", "accession", "prescription", "prescriptions", "refill", "refills", "rx":
		return recognizer.OtherID
	case "j", "join", "invite", "magic":
		return recognizer.Secret
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

// embedded takes an image whose base64 starts with the slash at b[i], as that of
// every JPEG does, and the person's segment of the address of a profile.
func (s *searcher) embedded(i int) bool {
	b := s.b
	if i+4 < len(b) && b[i+1] == '9' && recognizer.ImageAt(b, i) {
		end := i
		for end < len(b) && (recognizer.IsWord(b[end]) && b[end] < 0x80 || b[end] == '+' || b[end] == '/' || b[end] == '=') {
			end++
		}
		if end-i > 120 {
			s.take(i, end, recognizer.Photo)
			return true
		}
	}
	if i < 6 || b[i-1] != 'm' && b[i-1] != 'n' {
		return false
	}
	for _, h := range [...]string{"facebook.com", "twitter.com", "instagram.com", "linkedin.com/in", "tiktok.com", "pinterest.com"} {
		if j := i - len(h); j >= 0 && foldedText(b[j:i], h) {
			end := segment(b, i+1)
			if end-i < 4 || route(b[i+1:end]) {
				return false
			}
			for j > 0 && (recognizer.IsWord(b[j-1]) || b[j-1] == '.' || b[j-1] == '/' || b[j-1] == ':') {
				j--
			}
			s.e.add(&s.v, j, end, recognizer.PersonalURL)
			s.pos = end
			return true
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
