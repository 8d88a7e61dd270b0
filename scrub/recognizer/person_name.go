package recognizer

import "github.com/scrubline/scrubline/schemas"

// Names (A). Only keys, positions and titles tell a name: lists of given and
// family names hit too many ordinary words of a log.
var personName = Recognizer{
	Name: "person_name", Letter: 'A', Treat: schemas.Label,
	Keys:  []string{"patient name", "patientname", "pt name", "patient", "pt", "first name", "firstname", "fname", "last name", "lastname", "lname", "surname", "given name", "givenname", "given", "family name", "familyname", "family", "middle name", "middlename", "maiden name", "full name", "fullname", "member name", "membername", "subscriber name", "insured name", "beneficiary name", "guarantor name", "guarantor", "mother name", "mothers maiden name", "father name", "spouse", "spouse name", "next of kin", "emergency contact", "contact name", "person name", "client name", "customer name", "legal name", "preferred name", "resident name", "child name", "parent name", "guardian", "guardian name", "holder name", "cardholder", "recipient name", "responsible party", "patient first name", "patient last name", "name of patient", "referred by", "alias name", "nickname", "insured", "relative", "member first", "member last", "member first name", "member last name", "patient first", "patient last", "pat name", "ptname", "pt name", "first", "last name first", "mothersmaidenname", "nk1", "patients name", "billto name", "ship to name", "person first name", "person last name", "insured first name", "insured last name", "subscriber first name", "subscriber last name", "subscriber", "claimant", "claimant name", "enrollee name", "next of kin name", "emergency contact name", "caregiver name", "decedent", "victim", "signed by", "lnm", "fnm", "name full", "full formatted name", "formatted name", "name formatted", "name full formatted", "name on card", "name first", "name last", "name given", "name family", "name middle", "nombre", "nombres", "apellido", "apellidos", "nombre completo", "nombre del paciente", "nombre paciente", "paciente", "primer nombre", "segundo nombre", "apellido paterno", "apellido materno", "forename", "forenames", "given names", "family names", "surnames", "witness", "witness name", "account holder", "account holder name", "policy holder", "policyholder", "policyholder name", "caller name", "decedent name", "visitor name", "emergency contact full name", "legal guardian", "member full name", "policy holder name", "patient family", "patient given", "subscriber first", "subscriber last", "mname", "cover to", "name last", "name first", "name last key", "name first key", "name middle", "frst", "mid name", "candidate name", "occupant", "member first", "member last", "bene first", "bene last", "insured first", "insured last", "patient fn", "patient ln", "member fn", "member ln", "subscriber fn", "subscriber ln", "guarantor fn", "guarantor ln", "insured fn", "insured ln", "person fn", "person ln", "contact fn", "contact ln", "subscr", "subscr name", "enrolee name", "enrollee", "family exact", "family contains", "given exact", "given contains", "name exact", "name contains", "middle initial"},
	Weak:  []string{"name", "display", "display name", "displayname", "person", "who", "q", "search", "for", "customer", "client", "beneficiary", "resident", "contact", "recipient", "msg to", "to name", "from name", "participant", "attendee", "passenger", "payee", "cn", "term", "search term"},
	Value: nameValue,
}

// notNames are words that stand where a name could, but are none.
var notNames = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"null", "none", "name", "dob", "mrn", "ssn", "acct", "sex", "pcp", "npi", "fax", "tel", "ext", "adm", "dos", "appt", "rx", "dx", "nil", "true", "false", "undefined", "unknown", "test", "default", "id", "not", "found", "is", "was", "has", "and", "or", "the", "in", "on", "at", "of", "to", "for", "with", "from", "by", "no", "yes", "record", "records", "chart", "data", "list", "service", "api", "portal", "account", "update", "updated", "created", "admitted", "discharged", "called", "checked", "search", "lookup", "demographics", "reachable", "opened", "identifier", "number", "resource", "bundle", "status", "type", "request", "error", "failed", "get", "post", "active", "male", "female", "asc", "desc", "json", "xml", "html", "username", "password", "controller", "repository", "read", "write", "query", "summary", "profile", "index", "all", "any", "new", "view", "page", "backup", "daily", "weekly", "monthly", "nightly", "hourly", "export", "import", "report", "reports", "dump", "snapshot", "archive", "log", "logs", "batch", "bulk", "scan", "scans", "claims", "invoice", "statement", "release", "build", "version", "audit", "full", "incremental", "mon-yyyy", "dd-mon-yyyy", "dd-mon-yy", "yyyy"} {
		m[w] = true
	}
	return m
}()

func nameValue(b []byte, i int, weak bool) int {
	end, words, capital, before := i, 0, 0, 0
	for j := i; words < 5; {
		start := j
		for j < len(b) && (IsLetter(b[j]) || j > start && (b[j] == '\'' || b[j] == '-' || b[j] == 0x60) && j+1 < len(b) && IsLetter(b[j+1])) {
			j++
		}
		if j == start || j < len(b) && (IsDigit(b[j]) || b[j] == '_' && weak) || stop(b[start:j]) {
			break
		}
		if IsUpper(b[start]) || b[start] >= 0x80 {
			capital++
		} else if words > 0 && capital > 0 && !particle(b[start:j]) {
			break // prose goes on in lower case after the name
		}
		words++
		before, end = end, j
		if words == 1 {
			if e := dotted(b, i, j, weak); e > 0 { // ann.lee
				return e
			}
		}
		if j < len(b) && b[j] == '.' && j-start <= 3 { // an initial or a title
			j++
			end = j
		}
		k := j
		if k < len(b) && b[k] == ',' {
			if words == 2 && capital == 2 && known(b[i:nameWord(b, i)])&(isGiven|isFamily) == isGiven {
				break // [Ann Lee, Mei Chen]
			}
			if words > 1 && k+2 < len(b) && RoadWord(b[k+2:max(k+2, nameWord(b, k+2))]) {
				break // an address
			}
			k++
		}
		for k < len(b) && k < j+3 && (b[k] == ' ' || b[k] == '^' || b[k] == '+' || b[k] == '_') {
			k++
		}
		if k == j {
			break
		}
		j = k
	}
	if words > 1 && end < len(b) && (b[end] == '/' || b[end] == '=' || b[end] == '(') {
		words, end = words-1, before // Lee HTTP/1.1, Lee dob=
		if words == 1 && b[end] == ' ' && b[i] >= 'a' && b[i] <= 'z' && capital > 0 {
			return 0 // mapped PatientEntity(
		}
		if capital > words {
			capital = words
		}
	}
	if words == 1 && end-i == 2 && b[i+1] == '.' {
		e := nameWord(b, end)
		if capital == 0 || weak || e-end < 3 || !IsUpper(b[end]) || camel(b[end:e]) || e < len(b) && (IsWord(b[e]) || b[e] == '.' || b[e] == '(' || b[e] == '=') {
			return 0 // g.id, an alias of SQL
		}
		return e // D.Lee
	}
	if words > 1 && capital == 0 && commonWords(b[i:end]) {
		return 0 // lastName: rejected value
	}
	if weak && (words > 2 && thing(b[i:end]) || words > 1 && thingWords(b[i:end])) {
		return 0 // HAPI FHIR Server, Blue Harbor
	}
	if words == 0 || end-i < 2 || end < len(b) && (b[end] == '(' || b[end] == '=' || b[end] == '/' || b[end] == '@' || IsDigit(b[end]) || (b[end] == '#' || b[end] == '{' || b[end] == '[') && words == 1) {
		return 0
	}
	if end+1 < len(b) && b[end] == '-' && IsDigit(b[end+1]) {
		return 0 // pat-1234
	}
	if weak && (words < 2 || words > 4 || capital < words) && !(words == 2 && capital == 0 && lowerPair(b[i:end])) {
		return 0
	}
	return end
}

// dotted returns the end of a given and a family name that a dot joins, b[i:j] the
// first, or 0. One must be in the lists, behind a weak key both, the other no ordinary word.
func dotted(b []byte, i, j int, weak bool) int {
	if j+3 >= len(b) || b[j] != '.' || !IsLetter(b[j+1]) {
		return 0
	}
	e := nameWord(b, j+1)
	if j-i < 3 || e-j < 4 || e < len(b) && (IsWord(b[e]) || b[e] == '.' || b[e] == '(' || b[e] == '@' || b[e] == '/') || camel(b[i:j]) || camel(b[j+1:e]) {
		return 0
	}
	f, g := known(b[i:j]), known(b[j+1:e])
	if (f|g)&isCommon != 0 || f&isGiven == 0 && g&isFamily == 0 || weak && (f&isGiven == 0 || g&isFamily == 0) {
		return 0
	}
	return e
}

// thing says that the last of several words is an ordinary one: what they name is
// no person.
func thing(w []byte) bool {
	i := len(w)
	for i > 0 && IsLetter(w[i-1]) {
		i--
	}
	f := known(w[i:])
	return f&isCommon != 0 && f&(isGiven|isFamily) == 0
}

// thingWords says that the lists know none of several words as a name, and one of
// them as an ordinary word.
func thingWords(w []byte) bool {
	ordinary := false
	for i := 0; i < len(w); {
		j := nameWord(w, i)
		if j == i {
			i++
			continue
		}
		switch f := known(w[i:j]); {
		case f&(isGiven|isFamily) != 0:
			return false
		case f&isCommon != 0:
			ordinary = true
		}
		i = j
	}
	return ordinary
}

// commonWords says that all of several words are ordinary ones and none a name.
func commonWords(w []byte) bool {
	for i := 0; i < len(w); {
		j := nameWord(w, i)
		if j == i {
			i++
			continue
		}
		if f := known(w[i:j]); f&isCommon == 0 || f&(isGiven|isFamily) != 0 {
			return false
		}
		i = j
	}
	return true
}

// lowerPair says that two words in small letters are both in the lists of names.
func lowerPair(w []byte) bool {
	e := nameWord(w, 0)
	k := e
	for k < len(w) && !IsLetter(w[k]) {
		k++
	}
	if NamesBoth(w[:e], w[k:]) {
		return true
	}
	f, g := known(w[:e]), known(w[k:])
	return (f == isGiven && g == 0 || f == 0 && g&(isGiven|isFamily) != 0 && g&isOrdinary == 0) && e > 4 && len(w)-k > 4 && nameWord(w, k) == len(w) && !stop(w[:e]) && !stop(w[k:])
}

func stop(w []byte) bool {
	if len(w) > 14 {
		return false
	}
	var f [14]byte
	for i, c := range w {
		f[i] = c | 0x20
	}
	return notNames[string(f[:len(w)])]
}

func particle(w []byte) bool {
	switch string(w) {
	case "de", "la", "van", "von", "der", "den", "del", "da", "di", "du", "el", "al", "bin", "ibn", "le", "st", "y", "dos":
		return true
	}
	return false
}
