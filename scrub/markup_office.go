package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Organisations in markup: their addresses, telephones and who answers these are no
// patient's. An element is one only if its name says so, it is written in the
// grammar of a message between systems, and no word in it speaks of a person.

// organisationMax bounds the element of an organisation: what is longer holds more
// than one.
const organisationMax = 4 << 10

// outside notes that the element of that name, which starts before b[i], is one of
// an organisation and where it ends: CDA's and HL7 v3's roles of the RIM's class
// Organization (representedCustodianOrganization, providerOrganization …), the
// resources of FHIR, NCPDP SCRIPT's pharmacy. Without its end near it is none.
func (s *searcher) outside(name []byte, i int) {
	if i < s.v.officeEnd || i < s.ajar || !bytes.HasSuffix(name, []byte("Organization")) && !offices[string(name)] {
		return
	}
	b := s.b[i:min(len(s.b), i+organisationMax)]
	for from := 0; ; {
		n := bytes.Index(b[from:], name)
		if n < 0 {
			s.ajar = i + len(b) // each byte is looked at once
			return
		}
		from += n
		if from > 1 && (b[from-1] == '/' && b[from-2] == '<' || b[from-1] == ':') && from+len(name) < len(b) && b[from+len(name)] == '>' {
			if !institutional(b[:from]) {
				s.ajar = i + from
				return
			}
			s.v.office, s.v.officeEnd = i, i+from
			return
		}
		from += len(name)
	}
}

// offices are the elements of organisations whose names do not say so: resources of
// FHIR and, in SCRIPT, who is to dispense.
var offices = map[string]bool{"Location": true, "PractitionerRole": true, "OrganizationAffiliation": true, "HealthcareService": true, "Endpoint": true, "Pharmacy": true}

// messageMarks are what elements of organisations hold by the grammars of messages:
// values in attributes (FHIR), roots of identifiers and telecoms (CDA, HL7 v3),
// names and numbers of a business (SCRIPT).
var messageMarks = [...]string{` value="`, ` root="`, "<telecom", "<BusinessName", "NCPDPID"}

// ofPersons are words of persons in names of elements, in codes and in text.
var ofPersons = [...]string{
	"patient", "person", "member", "subscriber", "insured", "beneficiary", "guarantor", "dependent", "relative", "relation",
	"birth", "dob", "ssn", "mrn", "gender", "residence", "resident", "subject", "client", "customer", "caller",
	"recipient", "spouse", "mother", "father", "parent", "child", "emergency", "nextofkin", "firstname", "lastname", "first_name", "last_name",
}

// institutional says that an element with those bytes is one of an organisation and
// holds nothing of persons.
func institutional(b []byte) bool {
	marked := false
	for _, m := range messageMarks {
		marked = marked || bytes.Contains(b, []byte(m))
	}
	if !marked {
		return false
	}
	for i := range b {
		for _, w := range ofPersons {
			if b[i]|0x20 != w[0] || len(b)-i < len(w) || !foldedText(b[i:i+len(w)], w) {
				continue
			}
			if len(w) > 3 || recognizer.IsUpper(b[i]) || i > 0 && !recognizer.IsLetter(b[i-1]) { // no busineSSName
				return false
			}
		}
	}
	return true
}

// ofOffice says that an organisation has one too, which is no patient's: an address,
// a place, a telephone, the name of who answers it.
func ofOffice(k recognizer.Kind) bool {
	switch k {
	case recognizer.StreetAddress, recognizer.ZIP, recognizer.GeoPoint, recognizer.Phone, recognizer.Fax, recognizer.PersonName:
		return true
	}
	return false
}
