package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// leaf decides about the text v of the member key below stack. ok is false for
// values that are scanned like any other.
func leaf(stack []element, key, v []byte, start uint32) (m mark, ok bool) {
	top := &stack[len(stack)-1]
	if top.resource == noResource || len(v) == 0 {
		return mark{}, false
	}
	hit := func(k recognizer.Kind) (mark, bool) { return mark{start: start, kind: k}, true }
	stay := func() (mark, bool) { return mark{start: start}, true }
	if top.key == keyMeta {
		return stay()
	}
	name := string(key)
	switch name {
	case "resourceType", "system", "code", "status", "use", "unit", "version", "url", "profile", "language", "gender", "intent", "priority", "country", "state", "versionId", "lastUpdated", "contentType", "mode", "linkId", "valueCode", "valueUri", "relation", "kind":
		if name == "url" && top.key == keyPhoto {
			return hit(recognizer.Photo)
		}
		return stay()
	case "reference", "fullUrl":
		return linkTo(top, v, start)
	case "id":
		if up := stack[max(0, len(stack)-2)]; up.array && string(up.name) == "contained" && !numbers(v, 5) {
			return stay() // has a meaning in the resource around only
		}
		return resourceID(stack, start)
	case "display":
		if top.key == keyPatient {
			return hit(recognizer.PersonName)
		}
		return stay() // of a code, a provider or a place
	case "data":
		if top.key == keyPhoto {
			return hit(recognizer.Photo)
		}
	case "birthDate", "deceasedDateTime", "multipleBirthDate":
		return hit(recognizer.BirthDate)
	case "subscriberId", "policyNumber", "memberId":
		return hit(recognizer.HealthPlan)
	case "serialNumber", "deviceIdentifier", "carrierHRF", "lotNumber", "distinctIdentifier":
		if top.resource < exchange {
			return hit(recognizer.Device)
		}
	case "value":
		if top.value != recognizer.None && (top.key == keyIdentifier || top.key == keyTelecom) {
			if top.resource >= exchange {
				return stay()
			}
			return hit(top.value)
		}
	case "uid":
		if top.resource == clinical { // of a series or an object of DICOM
			return hit(recognizer.OtherID)
		}
	case "div":
		if top.resource == person {
			return hit(recognizer.PersonName) // the narrative repeats the whole resource
		}
	case "valueString":
		if top.maiden && top.resource == person {
			return hit(recognizer.PersonName)
		}
	}
	if (top.resource == organisation || top.key == keyPlace) && ofPlace(top, name) {
		return stay()
	}
	if top.resource == person || top.resource == clinical && top.key == keyAddress {
		if k, ok := personLeaf(top, name, v); ok {
			return hit(k)
		}
	}
	if top.resource < exchange && top.key != keyCoded && fhirDate(v) {
		return hit(recognizer.CareDate)
	}
	if name == "text" && (top.key == keyCoded || top.key != keyProse && top.key != otherKey) || name == "text" && !bytes.ContainsAny(v, "0123456789@") && len(stack) > 2 && top.key != keyProse {
		return stay() // of a CodeableConcept
	}
	return mark{}, false
}

// personLeaf is leaf for the members of a person's names, addresses and the like.
func personLeaf(top *element, name string, v []byte) (recognizer.Kind, bool) {
	switch top.key {
	case keyName:
		switch name {
		case "family", "given", "text", "":
			return recognizer.PersonName, true
		}
	case keyAddress:
		switch name {
		case "line", "city", "district", "text", "":
			return recognizer.StreetAddress, true
		case "postalCode":
			return recognizer.ZIP, true
		}
	case keyTelecom:
		if name == "value" {
			return recognizer.Phone, true
		}
	}
	switch name {
	case "family", "given":
		return recognizer.PersonName, true
	case "line", "city", "district":
		return recognizer.StreetAddress, true
	case "postalCode":
		return recognizer.ZIP, true
	}
	return recognizer.None, false
}

// ofPlace says that a member of an organisation or a location is its name or its
// address, which are no patient's.
func ofPlace(top *element, name string) bool {
	switch name {
	case "name", "alias", "line", "city", "district", "postalCode":
		return true
	case "text", "":
		return top.key == keyAddress
	}
	return false
}

// linkTo takes the id of the resource that v refers to: Type/id, perhaps
// behind a base address, or urn:uuid:id.
func linkTo(top *element, v []byte, start uint32) (mark, bool) {
	k := recognizer.None
	switch {
	case len(v) > 0 && v[0] == '#' && !numbers(v, 5): // to a resource inside of this one
	case top.key == keyPatient:
		k = recognizer.PatientID
	case bytes.HasPrefix(v, []byte("urn:uuid:")):
		if top.resource == clinical || top.resource == person {
			k = recognizer.OtherID
		}
	default:
		k = referred(v)
	}
	return mark{start: start, kind: k, ref: k != recognizer.None}, true
}

// referred is the kind of id in a reference, by its type.
func referred(v []byte) recognizer.Kind {
	i := bytes.LastIndexByte(v, '/')
	if i <= 0 {
		return recognizer.None
	}
	s := v[:i]
	if j := bytes.LastIndexByte(s, '/'); j >= 0 {
		s = s[j+1:]
	}
	switch classOf(s) {
	case person:
		return recognizer.PatientID
	case clinical:
		return recognizer.OtherID
	}
	return recognizer.None
}

// idStart returns where the id in a reference starts.
func idStart(v []byte) int {
	if bytes.HasPrefix(v, []byte("urn:")) {
		return 0
	}
	if i := bytes.Index(v, []byte("/_history")); i > 0 {
		v = v[:i]
	}
	return bytes.LastIndexByte(v, '/') + 1
}

// resourceID marks the id of a resource itself; ids of elements inside stay.
func resourceID(stack []element, start uint32) (mark, bool) {
	top := &stack[len(stack)-1]
	if len(stack) > 2 && top.key != keyResource && top.key != otherKey {
		return mark{start: start}, true
	}
	switch top.resource {
	case person:
		return mark{start: start, kind: recognizer.PatientID}, true
	case clinical:
		return mark{start: start, kind: recognizer.OtherID}, true
	}
	return mark{start: start}, true
}

// fhirDate says that v is a date, dateTime or instant finer than a year.
func fhirDate(v []byte) bool {
	if len(v) < 7 || len(v) > 40 || v[4] != '-' {
		return false
	}
	for i, c := range v {
		switch {
		case i == 4 || i == 7 && c == '-':
		case i < 7 && !recognizer.IsDigit(c):
			return false
		case i == 10 && c != 'T' && c != ' ':
			return false
		case i > 10 && !recognizer.IsDigit(c) && c != ':' && c != '.' && c != 'Z' && c != '+' && c != '-':
			return false
		}
	}
	return v[5] == '0' || v[5] == '1'
}

// identifierType reads the code of an identifier's type (HL7 table 0203).
func identifierType(v []byte) recognizer.Kind {
	i := bytes.Index(v, []byte(`"code"`))
	if i < 0 {
		return recognizer.None
	}
	j := i + len(`"code"`)
	for j < len(v) && (v[j] == ':' || v[j] == ' ') {
		j++
	}
	if j >= len(v) || v[j] != '"' {
		return recognizer.None
	}
	end := stringEnd(v, j+1)
	if end < 0 {
		return recognizer.None
	}
	if k := idKind(v[j+1 : end]); k != recognizer.None {
		return k
	}
	return recognizer.OtherID
}

// idKind is the kind of number that a code of HL7's table 0203 names, None for
// those that are no person's.
func idKind(code []byte) recognizer.Kind {
	switch string(code) {
	case "SS", "SSN", "SB":
		return recognizer.SSN
	case "MR", "PI", "PT", "U", "MRT":
		return recognizer.MRN
	case "DL", "PPN", "LN", "MD", "NPI", "DEA", "RN":
		return recognizer.License
	case "MC", "MA", "MB", "SN", "HC", "NI":
		return recognizer.HealthPlan
	case "AN", "AC", "BA", "CC":
		return recognizer.Account
	case "VN", "ACSN":
		return recognizer.OtherID
	}
	return recognizer.None
}

// systemOf is the kind of value that a system names, of an identifier or of a
// contact point.
func systemOf(s []byte) recognizer.Kind {
	switch string(s) {
	case "phone", "sms", "pager":
		return recognizer.Phone
	case "fax":
		return recognizer.Fax
	case "email":
		return recognizer.Email
	case "url":
		return recognizer.PersonalURL
	case "http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1":
		return recognizer.SSN
	case "http://hl7.org/fhir/sid/us-medicare", "http://hl7.org/fhir/sid/us-mbi":
		return recognizer.MBI
	case "http://hl7.org/fhir/sid/us-npi":
		return recognizer.NPI
	}
	return recognizer.OtherID
}

// apply does what a mark says of the value v.
func (e *Engine) apply(m mark, v *view) {
	if m.kind == recognizer.None || len(v.b) == 0 || ours(v.b) == len(v.b) {
		return
	}
	s := 0
	if m.ref {
		s = idStart(v.b)
	}
	end := len(v.b)
	if m.ref {
		if i := bytes.Index(v.b[s:], []byte("/_history")); i > 0 {
			end = s + i
		}
	}
	if s < end && ours(v.b[s:]) < end-s { // what starts as ours need not be ours to its end
		e.add(v, s, end, m.kind)
	}
}
