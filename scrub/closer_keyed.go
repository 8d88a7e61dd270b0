package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// besideKeys are keys too common to announce anything by themselves: in a record
// that speaks of somebody they are that person's. The words of a key are joined,
// in small letters, without what parts them.
var besideKeys = map[string]recognizer.Kind{
	"visit": recognizer.OtherID, "visits": recognizer.OtherID, "encounter": recognizer.OtherID, "enc": recognizer.OtherID, "encntr": recognizer.OtherID, "vis": recognizer.OtherID, "visitno": recognizer.OtherID, "orderid": recognizer.OtherID, "orderno": recognizer.OtherID, "ordernum": recognizer.OtherID, "order": recognizer.OtherID, "ord": recognizer.OtherID, "specimen": recognizer.OtherID, "sample": recognizer.OtherID, "acc": recognizer.OtherID, "accno": recognizer.OtherID, "accession": recognizer.OtherID, "script": recognizer.OtherID, "auth": recognizer.OtherID, "authorization": recognizer.OtherID, "referral": recognizer.OtherID, "ref": recognizer.OtherID, "confirmation": recognizer.OtherID, "confirmationno": recognizer.OtherID, "case": recognizer.OtherID, "appointment": recognizer.OtherID, "appointmentid": recognizer.OtherID, "appt": recognizer.OtherID, "apptid": recognizer.OtherID, "admission": recognizer.OtherID, "episode": recognizer.OtherID, "participant": recognizer.OtherID, "casenbr": recognizer.OtherID, "tracking": recognizer.OtherID, "trackingno": recognizer.OtherID, "trackingnumber": recognizer.OtherID, "idno": recognizer.OtherID, "idnumber": recognizer.OtherID, "studyid": recognizer.OtherID, "ticket": recognizer.OtherID, "file": recognizer.OtherID, "ourfile": recognizer.OtherID, "matter": recognizer.OtherID, "recip": recognizer.HealthPlan, "recipient": recognizer.HealthPlan, "reqno": recognizer.OtherID, "req": recognizer.OtherID,
	"pid": recognizer.PatientID, "eid": recognizer.PatientID, "entityid": recognizer.PatientID, "objectid": recognizer.PatientID, "targetid": recognizer.PatientID, "recordid": recognizer.PatientID, "externalid": recognizer.PatientID, "extid": recognizer.PatientID, "refid": recognizer.PatientID, "sourceid": recognizer.PatientID, "resourceid": recognizer.PatientID, "personkey": recognizer.PatientID, "contactid": recognizer.PatientID, "leadid": recognizer.PatientID, "hrn": recognizer.MRN, "localid": recognizer.MRN, "local": recognizer.MRN, "clientno": recognizer.PatientID, "clientnumber": recognizer.PatientID, "clientid": recognizer.PatientID, "client": recognizer.PatientID, "demographic": recognizer.PatientID, "demographics": recognizer.PatientID, "dpt": recognizer.PatientID, "survivor": recognizer.MRN, "surviving": recognizer.MRN, "retired": recognizer.MRN, "retire": recognizer.MRN, "winner": recognizer.MRN, "loser": recognizer.MRN, "merged": recognizer.MRN, "duplicate": recognizer.MRN, "dup": recognizer.MRN, "unit": recognizer.MRN, "hosp": recognizer.MRN, "wristband": recognizer.MRN, "band": recognizer.MRN, "cust": recognizer.PatientID, "customer": recognizer.PatientID, "customerid": recognizer.PatientID, "custid": recognizer.PatientID, "custno": recognizer.PatientID,
	"policy": recognizer.HealthPlan, "insurance": recognizer.HealthPlan, "ins": recognizer.HealthPlan, "plan": recognizer.HealthPlan, "mbr": recognizer.HealthPlan, "memno": recognizer.HealthPlan, "sub": recognizer.HealthPlan, "card": recognizer.HealthPlan, "cardno": recognizer.HealthPlan, "cert": recognizer.HealthPlan, "certificate": recognizer.HealthPlan, "grpmember": recognizer.HealthPlan,
	"bill": recognizer.Account, "invoice": recognizer.Account, "stmt": recognizer.Account, "statement": recognizer.Account, "receipt": recognizer.Account, "acct": recognizer.Account, "account": recognizer.Account, "payment": recognizer.Account, "check": recognizer.Account, "checkno": recognizer.Account, "claim": recognizer.Account,
}

// closeKeyed takes the number or id at b[i:] behind a key of besideKeys: "Visit:
// 396369726", order_id=77120934, {"eid":"E4410023"}.
func (s *searcher) closeKeyed(i int) int {
	b := s.b
	to := shortSegment(b, i)
	if to-i < 5 || to-i > 24 || !numbers(b[i:to], 4) || to < len(b) && (b[to] == ':' || b[to] == '/') {
		return 0
	}
	key := s.keyBefore(i)
	if len(key) == 0 || i > 0 && b[i-1] == ' ' && i > 1 && recognizer.IsLetter(b[i-2]) && !numbers(b[i:to], 6) {
		return 0
	}
	var f [20]byte
	n := 0
	for _, c := range key {
		if c == '_' || c == '-' || c == ' ' || c == '.' {
			continue
		}
		if n == len(f) {
			return 0
		}
		f[n] = c | 0x20
		n++
	}
	k := besideKeys[string(f[:n])]
	if string(f[:n]) == "id" && s.namedBehind(to) {
		k = recognizer.PatientID
	}
	if k == recognizer.None || !s.untaken(i, to) || recognizer.AWSID(b[i:to]) || recognizer.IPv4At(b, i) > 0 || recognizer.All[recognizer.CareDate].Value(b, i, false) > 0 || hashed(b[i:to]) {
		return 0
	}
	s.e.add(&s.v, i, to, k)
	return to
}

// namedBehind says that the next value behind the one that ends at b[i] is somebody's
// name, in a record of a patient: {"id":"55120","name":"Ann Lee","dob":…}.
func (s *searcher) namedBehind(i int) bool {
	at := s.v.at(i)
	for k := range s.e.matches {
		if m := &s.e.matches[k]; m.Kind == recognizer.PersonName && m.Start > at && m.Start-at < 20 {
			return s.e.patient && bytes.IndexByte(s.e.raw[at:m.Start], '}') < 0
		}
	}
	return false
}

// keyBefore returns the key before the value at b[i]: a word, or two of prose,
// before = or : or #, quotes and blanks. It is nil if none stands there.
func (s *searcher) keyBefore(i int) []byte {
	b, j, marks := s.b, i, 0
	for j > 0 && i-j < 6 && (b[j-1] == ' ' || b[j-1] == '"' || b[j-1] == '\'' || b[j-1] == '=' || b[j-1] == ':' || b[j-1] == '#' || b[j-1] == '\\' || b[j-1] == '(' || b[j-1] == '[') {
		if j--; b[j] == '=' || b[j] == ':' || b[j] == '#' || b[j] == '(' {
			marks++
		}
	}
	if j == 0 && s.v.base > 0 {
		return s.memberKey()
	}
	if marks > 2 || marks == 0 && (i-j != 1 || b[j] != ' ') {
		return nil
	}
	k := j
	for k > 0 && j-k < 20 && (recognizer.IsLetter(b[k-1]) || b[k-1] == '_' || b[k-1] == '-') {
		k--
	}
	if k > 0 && (recognizer.IsWord(b[k-1]) || b[k-1] == '.' || b[k-1] == '/') || marks == 0 && j-k < 3 {
		return nil
	}
	if j-k == 2 && k > 1 && b[k-1] == ' ' && (foldedEqual(b[k:j], "no") || foldedEqual(b[k:j], "id")) { // Visit no: 123
		for j, k = k-1, k-1; k > 0 && j-k < 16 && recognizer.IsLetter(b[k-1]); {
			k--
		}
	}
	return b[k:j]
}

// memberKey returns the key of the field whose value the text is, in JSON or logfmt,
// or nil.
func (s *searcher) memberKey() []byte {
	b, from := s.e.raw, int(s.v.at(0))
	j := from
	for k := 0; k < 4 && j > 0 && (b[j-1] == '"' || b[j-1] == ':' || b[j-1] == ' ' || b[j-1] == '\\' || b[j-1] == '='); k++ {
		j--
	}
	if j == from || b[j] == ' ' {
		return nil
	}
	k := j
	for k > 0 && j-k < keyMax && (recognizer.IsWord(b[k-1]) || b[k-1] == '_' || b[k-1] == '-' || b[k-1] == '@') {
		k--
	}
	return b[k:j]
}

// hashed says that w has a UUID's form or is a hash: that of a run or an object of
// the program, more often than a person's.
func hashed(w []byte) bool {
	letters, hex := 0, true
	for _, c := range w {
		if recognizer.IsLetter(c) {
			if letters++; recognizer.IsUpper(c) && len(w) < 16 {
				return false
			}
		}
		hex = hex && (recognizer.IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' || c == '-')
	}
	return hex && letters > 0 && len(w) > 7
}
