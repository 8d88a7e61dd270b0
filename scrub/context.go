package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// near says that one of the lower-case words stands within window bytes before
// b[i]: numbers without a shape of their own are told by what is said around
// them. It is asked only at numbers that could be meant.
func (s *searcher) near(i, window int, words ...string) bool {
	b := s.b[max(0, i-window):i]
	first := uint32(0) // letters that the words start with
	for _, w := range words {
		first |= 1 << (w[0] & 31)
	}
	for j := range b {
		c := b[j] | 0x20
		if first>>(c&31)&1 == 0 || j > 0 && recognizer.IsLetter(b[j-1]) && !(recognizer.IsUpper(b[j]) && !recognizer.IsUpper(b[j-1])) {
			continue
		}
		for _, w := range words {
			if c == w[0] && len(b)-j >= len(w) && foldedEqual(b[j:j+len(w)], w) && ending(b[j+len(w):]) {
				return true
			}
		}
	}
	return false
}

// ending says that a word goes on by an ending at most: calls, called; not
// Example for exam.
func ending(b []byte) bool {
	for n := range b {
		if !recognizer.IsLetter(b[n]) || recognizer.IsUpper(b[n]) {
			return true
		}
		if n == 2 {
			return false
		}
	}
	return true
}

func foldedEqual(b []byte, w string) bool {
	if len(b) != len(w) {
		return false
	}
	for i := range b {
		if b[i]|0x20 != w[i] {
			return false
		}
	}
	return true
}

// context looks at a token with digits at b[i:end] that no key announces and
// that has no shape of its own.
func (s *searcher) context(i, end, digits int) bool {
	b := s.b
	if i > 0 && (b[i-1] == ' ' || b[i-1] == '"' || b[i-1] == '\'') && s.userBefore(i) {
		s.take(i, segment(b, i), recognizer.UserID)
		return true
	}
	if digits == 1 && i > 0 && s.studyUID(i) {
		return true
	}
	if digits < 5 || i == 0 {
		return false
	}
	if s.cell(i, end, digits) {
		return true
	}
	if end-i > 20 {
		return false
	}
	switch c := b[i-1]; {
	case c == '|':
		return s.behindPipe(i, end)
	case c == '<':
		if i > 2 && b[i-2] == ' ' && (b[i-3] == '"' || s.lastName == i-2) && s.nanp(i, end) && end < len(b) && b[end] == '>' { // "Ann Lee" <4155550132>
			s.take(i, end, recognizer.Phone)
			return true
		}
		return false
	case c == '"' || c == '\'':
		if !s.nanp(i, end) {
			return false
		}
	case c == '/' && s.nanp(i, end) && s.near(i, 40, "fax", "faxes"):
		s.take(i, end, recognizer.Fax)
		return true
	case c == '/' && s.nanp(i, end) && (end == len(b) || b[end] == '/' || b[end] == '?' || b[end] == ' ' || b[end] == '"') && s.near(i, 40, "message", "messages", "sms", "text", "call", "calls", "phone", "voice", "dial", "whatsapp", "reminder"):
		s.take(i, end, recognizer.Phone)
		return true
	case c == '/' && s.nanp(i, end) && end < len(b) && (b[end] == '-' || b[end] == '_' || b[end] == '.') && s.near(i, 60, "recording", "recordings", "voicemail", "voicemails", "ivr", "calls"):
		s.take(i, end, recognizer.Phone)
		return true
	case c == '/' || c == '_' || c == '-':
		return s.personPath(i, end, digits)
	case c != ' ' && c != '#' && c != '(', c == '#' && i > 1 && recognizer.IsDigit(b[i-2]): // 10.0.0.7#53, an address and its port
		return false
	}
	switch {
	case s.idBefore(i) && digits >= 5 && s.near(i, 64, "member", "subscriber", "insured", "policy", "coverage", "pcn", "rxgrp", "cardholder", "pbm"):
		s.take(i, shortSegment(b, i), recognizer.HealthPlan)
	case s.idBefore(i) && digits >= 5 && s.near(i, 64, "patient", "pt", "chart", "empi", "resident", "demographic", "pat", "client"):
		s.take(i, shortSegment(b, i), recognizer.MRN)
	case s.lastName > 0 && i-s.lastName < 3 && !s.nanp(i, end) && digits >= 6:
		s.take(i, end, recognizer.MRN)
	case s.nanp(i, end) && (s.lastName > 0 && i-s.lastName < 4 || s.near(i, 40, "sms", "call", "phone", "tel", "dial", "text", "mobile", "cell", "voicemail", "callback", "message", "msg", "twilio", "whatsapp")):
		s.take(i, end, recognizer.Phone)
	case s.nanp(i, end) && s.near(i, 40, "fax"):
		s.take(i, end, recognizer.Fax)
	case s.flagBefore(i) && s.near(i, 80, "patient", "mrn", "chart", "empi", "medrec"),
		s.phraseBefore(i, "contact for", "chart for", "chart of", "record for", "records for", "labs for", "demographics for", "admitted for") && digits >= 5:
		s.take(i, end, recognizer.MRN)
		s.follow(end)
	case b[i-1] == '#' && digits > 5 && digits < 12 && s.near(i, 12, "account", "acct"):
		s.take(i, end, recognizer.Account)
	case s.near(i, 12, "account", "acct") && (end-i > digits || s.near(i, 60, "routing", "ach", "bank", "deposit", "refund")):
		s.take(i, end, recognizer.Account)
	case (s.near(i, 10, "serial", "sn") || s.phraseBefore(i, "s/n", "s/n:", "s/n#") || s.near(i, 14, "serial no", "serial #")) && s.near(i, 80, "device", "pump", "cgm", "implant", "pacemaker", "sensor", "monitor", "glucose", "insulin", "paired", "wearable", "ventilator", "meter", "infusion", "concentrator", "oxygen", "wheelchair", "nebulizer"):
		s.take(i, end, recognizer.Device)
	default:
		return false
	}
	return true
}

// studyUID takes the unique identifier of a DICOM study, series or image (PS3.5,
// chapter 9): one made for it, not one of the standard's own under 1.2.840.10008.
func (s *searcher) studyUID(i int) bool {
	b, end, dots := s.b, i, 0
	for end < len(b) && end-i < 64 && (recognizer.IsDigit(b[end]) || b[end] == '.' && end+1 < len(b) && recognizer.IsDigit(b[end+1])) {
		if b[end] == '.' {
			dots++
		}
		end++
	}
	if end-i < 26 || dots < 5 || b[i] > '2' || foldedText(b[i:min(i+13, end)], "1.2.840.10008") || !s.near(i, 40, "study", "series", "instance", "image", "sop", "dicom", "wado", "dcm") {
		return false
	}
	s.take(i, end, recognizer.OtherID)
	return true
}

// nanp says that b[i:end] are the ten digits of a North American number.
func (s *searcher) nanp(i, end int) bool {
	return (end-i == 10 || end-i == 11 && s.b[i] == '1') && recognizer.All[recognizer.Phone].Value(s.b, i, false) == end
}

// idBefore says that ID, No or # stands right before b[i].
func (s *searcher) idBefore(i int) bool {
	return s.b[i-1] == '#' || s.phraseBefore(i, "(id", " id", "(id:", " id:", " #", "number", "number:", " no", " no.", " no:", "eid")
}

// flagBefore says that the argument at b[i] follows a flag: --from 123.
func (s *searcher) flagBefore(i int) bool {
	j := i - 1
	for j > 0 && i-j < 24 && (recognizer.IsLetter(s.b[j-1]) || s.b[j-1] == '-') {
		j--
	}
	return j+3 < i && s.b[j] == '-' && s.b[j+1] == '-'
}

// phraseBefore says that one of the lower-case phrases stands right before b[i].
func (s *searcher) phraseBefore(i int, phrases ...string) bool {
	if i < 2 {
		return false
	}
	last := s.b[i-2]
	if recognizer.IsUpper(last) {
		last |= 0x20
	}
	for _, p := range phrases {
		if j := i - 1 - len(p); p[len(p)-1] == last && j >= 0 && foldedText(s.b[j:i-1], p) {
			return true
		}
	}
	return false
}

// foldedText is foldedEqual for phrases with blanks.
func foldedText(b []byte, w string) bool {
	for i := range b {
		c := b[i]
		if recognizer.IsUpper(c) {
			c |= 0x20
		}
		if c != w[i] {
			return false
		}
	}
	return true
}

// behindPipe takes the value of a FHIR token search, system|value, when the
// system is a URI that tells what it numbers.
func (s *searcher) behindPipe(i, end int) bool {
	b, j := s.b, i-1
	for j > 0 && i-j < 120 && b[j-1] != '=' && b[j-1] != ' ' && b[j-1] != '"' && b[j-1] != '&' && b[j-1] != ',' {
		j--
	}
	sys := b[j : i-1]
	if s.nanp(i, end) && (foldedEqual(sys, "phone") || foldedEqual(sys, "sms") || foldedEqual(sys, "fax")) { // a search by telecom
		s.take(i, end, recognizer.Phone)
		return true
	}
	uri := false
	for k := range sys {
		if sys[k] == ':' && (k+1 < len(sys) && sys[k+1] == '/' || k >= 3 && foldedEqual(sys[max(0, k-3):k], "urn") || k > 4 && recognizer.IsLetter(sys[k-1])) {
			uri = true
		}
	}
	if !uri && !foldedEqual(sys, "mrn") && !foldedEqual(sys, "ssn") && !foldedEqual(sys, "mbi") {
		return false
	}
	end = segment(b, i)
	k := recognizer.MRN
	if s.near(i, i-j, "ssn", "us-ssn") {
		k = recognizer.SSN
	} else if s.near(i, i-j, "member", "subscriber", "mbi", "medicare") {
		k = recognizer.HealthPlan
	}
	s.take(i, end, k)
	return true
}

// assigned takes the identifier before the carets at b[i] if who assigned it, or
// its type, follows, as in HL7 v2's CX (chapter 2A): 123^^^&1.2.840.1&ISO,
// 123^^^CLINIC^MR.
func (s *searcher) assigned(i int) bool {
	b := s.b
	if s.e.fields > 0 || i+5 > len(b) || b[i+1] != '^' || b[i+2] != '^' || i == 0 || !recognizer.IsWord(b[i-1]) {
		return false
	}
	from, digits := i, 0
	for from > 0 && i-from < 24 && (recognizer.IsWord(b[from-1]) || b[from-1] == '-') {
		if from--; recognizer.IsDigit(b[from]) {
			digits++
		}
	}
	end := i + 3
	for end < len(b) && end-i < 80 && (recognizer.IsWord(b[end]) || b[end] == '.' || b[end] == '&' || b[end] == '_' || b[end] == '-') {
		end++
	}
	authority := b[i+3 : end]
	if digits < 4 || len(authority) < 2 {
		return false
	}
	k := recognizer.MRN
	switch {
	case bytes.HasSuffix(authority, []byte("&ISO")):
	case end+3 > len(b) || b[end] != '^' || end+3 < len(b) && recognizer.IsWord(b[end+3]):
		return false
	default: // table 0203
		switch string(b[end+1 : end+3]) {
		case "MR", "PI", "PT", "PN", "PE", "MA", "MC", "EI":
		case "SS":
			k = recognizer.SSN
		case "AN", "VN":
			k = recognizer.Account
		default:
			return false
		}
	}
	s.e.add(&s.v, from, i, k)
	s.pos = i + 3
	s.note(from, i, k)
	return true
}

// follow looks for the name of the person whose number or date of birth ends at
// b[i]: "MRN 123: Ann Lee", "123 (Ann Lee)".
func (s *searcher) follow(i int) {
	b, j := s.b, i
	for j < len(b) && j < i+3 && (b[j] == ':' || b[j] == ' ' || b[j] == ',' || b[j] == '(' || b[j] == '-') {
		j++
	}
	if j > i && j < len(b) && recognizer.IsUpper(b[j]) {
		if end := recognizer.NameBeside(b, j); end > 0 {
			s.name(j, end)
		}
	}
}

// name takes a name.
func (s *searcher) name(from, to int) {
	s.take(from, to, recognizer.PersonName)
	s.lastName = to
}

// lead looks for the name before the words at b[k:] that announce a number or a
// date of its bearer: "Ann Lee (DOB 1/2/1950)", "LEE, ANN mrn=123".
func (s *searcher) lead(k int) {
	b, p := s.b, k
	for p > 0 && k-p < 3 && (b[p-1] == ' ' || b[p-1] == ',' || b[p-1] == '(' || b[p-1] == ';' || b[p-1] == '-') {
		p--
	}
	if p == k || p == 0 || !recognizer.IsLetter(b[p-1]) {
		return
	}
	if from := recognizer.NameBefore(b, p); from >= 0 && from >= s.lastName {
		s.e.add(&s.v, from, p, recognizer.PersonName)
	}
}

// parameterPrefixes are of form fields and of arguments: txtLast, p_last.
var parameterPrefixes = [...]string{"txt", "tb", "str", "in_", "p_", "v_"}

// parameterStart says what a key in parameters can start with: most keys do not.
var parameterStart = func() (t [256]bool) {
	for k := range parameters {
		t[k[0]] = true
	}
	for _, p := range parameterPrefixes {
		t[p[0]] = true
	}
	return t
}()

// besideName says that a kind is a number or date of a person beside which the
// person's name may stand.
func besideName(k recognizer.Kind) bool {
	switch k {
	case recognizer.BirthDate, recognizer.MRN, recognizer.SSN, recognizer.PatientID, recognizer.HealthPlan, recognizer.MBI:
		return true
	}
	return false
}

// sessionPhrases stand before the user whose session is spoken of.
var sessionPhrases = []string{"session opened for", "opened for", "logged in as", "signed in as", "login by", "login for", "authenticated as", "logout by", "password reset for", "password changed for", "login failed for", "logon failed for", "failed login for", "failed logon for", "login failure for", "login failed for user", "locked out", "account locked for", "started for", "logged out", "session ended for", "mfa sent to", "mfa failed for", "portal user", "patient user", "member user"}

// userBefore says that the words before b[i] open a session of somebody, and
// what stands there is no account of a machine.
func (s *searcher) userBefore(i int) bool {
	if q := s.b[i-1]; q == '"' || q == '\'' {
		if i < 6 || s.b[i-2] != ' ' || !s.phraseBefore(i-1, "user", "username", "login") && !s.phraseBefore(i-1, sessionPhrases...) || recognizer.ServiceAccount(s.b[i:segment(s.b, i)]) {
			return false
		}
		end := segment(s.b, i)
		return end-i > 3 && end < len(s.b) && s.b[end] == q
	}
	return s.phraseBefore(i, sessionPhrases...) && !recognizer.ServiceAccount(s.b[i:segment(s.b, i)]) && !s.near(i, 80, "pam_unix", "sshd", "sudo", "cron", "systemd")
}

// mac takes the hardware address at b[i] when a device of a patient is spoken
// of: those of the infrastructure look the same and stay.
func (s *searcher) mac(i int) bool {
	if i < 0 || i > 0 && recognizer.IsWord(s.b[i-1]) {
		return false
	}
	end := recognizer.MACAt(s.b, i)
	if end == 0 || !s.near(i, 120, "device", "pump", "cgm", "implant", "sensor", "monitor", "glucose", "insulin", "paired", "pairing", "wearable", "patient", "bluetooth", "pacemaker") {
		return false
	}
	s.take(i, end, recognizer.Device)
	return true
}

// numbered says that a key of several words ends with a number: it is prose that
// has its value already, as in "MRN 123: …".
func numbered(key []byte) bool {
	n := len(key)
	for n > 0 && recognizer.IsWord(key[n-1]) {
		n--
	}
	if n == 0 || key[n-1] != ' ' {
		return false
	}
	for _, c := range key[n:] {
		if recognizer.IsDigit(c) {
			return true
		}
	}
	return false
}

// iisUser takes the user between the port and the address at b[i] in a line of the
// W3C extended log format, in the order that IIS writes: … 443 jdoe 203.0.113.9.
func (s *searcher) iisUser(i int) {
	b := s.b
	if s.hint != schemas.Text || i < 20 || b[i-1] != ' ' {
		return
	}
	end := i - 1
	from := end
	for from > 0 && end-from < 48 && b[from-1] > ' ' {
		from--
	}
	if end-from < 3 || from < 4 || b[from-1] != ' ' || !recognizer.IsDigit(b[from-2]) {
		return
	}
	port := from - 1
	for port > 0 && recognizer.IsDigit(b[port-1]) {
		port--
	}
	if n := from - 1 - port; n < 2 || n > 5 || port == 0 || b[port-1] != ' ' || !recognizer.IsLetter(b[from]) || ours(b[from:]) > 0 || recognizer.ServiceAccount(b[from:end]) || segment(b, from) != end && b[from] != '\\' {
		return
	}
	for _, m := range [...]string{" GET /", " POST /", " HEAD /", " PUT /", " DELETE /", " PATCH /"} {
		if bytes.Contains(b[max(0, port-1000):port], []byte(m)) {
			s.e.add(&s.v, from, end, recognizer.UserID)
			return
		}
	}
}
