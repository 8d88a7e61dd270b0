package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Elements whose names tell nothing of what they hold, because an attribute of
// theirs or of the element around tells it: attributes of SAML (and of XSPA), slots
// of ebRIM as IHE XDS writes them, attributes of DICOM's native model (PS3.19), the
// values of a FHIR resource in XML, participants of an audit message (PS3.15, A.5).

// tagMax bounds the tags whose attributes are looked at.
const tagMax = 600

// local returns a name without the prefix of its namespace.
func local(name []byte) []byte {
	return name[bytes.LastIndexByte(name, ':')+1:]
}

// shutTag returns where the tag whose name ends at b[j] is shut, j if nowhere near,
// and whether it has no content.
func shutTag(b []byte, j int) (shut int, empty bool) {
	for k := j; k < len(b) && k-j < tagMax; k++ {
		switch b[k] {
		case '>':
			return k, b[k-1] == '/'
		case '<':
			return j, false
		}
	}
	return j, false
}

// enter notes the element of that name with those attributes.
func (s *searcher) enter(name, attributes []byte) {
	switch string(name) {
	case "Attribute", "Slot", "DicomAttribute":
		s.told = s.namedBy(attributes)
	case "Patient", "RelatedPerson", "Person":
		s.about = person
	case "Practitioner", "PractitionerRole", "Organization", "Location", "Device", "Endpoint":
		s.about = organisation
	case "identifier":
		s.ids = len(attributes) == 0
	}
}

// leave notes that the element of that name ends.
func (s *searcher) leave(name []byte) {
	switch string(name) {
	case "Attribute", "Slot", "DicomAttribute":
		s.told = recognizer.None
	case "identifier":
		s.ids = false
	}
	if hl7Path(name) != recognizer.None {
		s.field = recognizer.None
	}
}

// namedBy is the kind of value that an attribute, a slot or a data element holds by
// the name it has in its tag.
func (s *searcher) namedBy(attributes []byte) recognizer.Kind {
	if t := attributeOf(attributes, "tag"); len(t) == 8 {
		return dicomKind(string(t[:4]), string(t[4:]))
	}
	name := attributeOf(attributes, "Name")
	if len(name) == 0 {
		name = attributeOf(attributes, "name")
	}
	if k := attributeTypes[string(name)]; k != recognizer.None {
		return k
	}
	if a := s.e.announce(attributeOf(attributes, "FriendlyName")); a.kind != recognizer.None && !a.weak {
		return a.kind
	}
	a := s.e.announce(name[bytes.LastIndexByte(name, '/')+1:])
	if a.weak {
		return recognizer.None
	}
	return a.kind
}

// attributeOf returns the value of the attribute name in the tag's text b.
func attributeOf(b []byte, name string) []byte {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(name))
		if i < 0 {
			return nil
		}
		i += from
		from = i + len(name)
		if i == 0 || b[i-1] != ' ' || from+1 >= len(b) || b[from] != '=' || b[from+1] != '"' && b[from+1] != '\'' {
			continue
		}
		if end := bytes.IndexByte(b[from+2:], b[from+1]); end >= 0 {
			return b[from+2 : from+2+end]
		}
		return nil
	}
}

// attributeTypes says what attributes of SAML hold whose names are not words: of
// X.500 and of LDAP (RFC 4519, RFC 2798), of WS-Federation's claims, and the
// patient of an XSPA assertion (OASIS XSPA 1.0).
var attributeTypes = map[string]recognizer.Kind{
	"urn:oid:2.5.4.3": recognizer.PersonName, "urn:oid:2.5.4.4": recognizer.PersonName, "urn:oid:2.5.4.42": recognizer.PersonName, "urn:oid:2.16.840.1.113730.3.1.241": recognizer.PersonName,
	"urn:oid:0.9.2342.19200300.100.1.3": recognizer.Email, "urn:oid:2.5.4.20": recognizer.Phone, "urn:oid:0.9.2342.19200300.100.1.41": recognizer.Phone, "urn:oid:0.9.2342.19200300.100.1.20": recognizer.Phone,
	"urn:oid:2.5.4.9": recognizer.StreetAddress, "urn:oid:2.5.4.17": recognizer.ZIP, "urn:oid:1.3.6.1.5.5.7.9.1": recognizer.BirthDate,
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": recognizer.PersonName, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": recognizer.PersonName, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/dateofbirth": recognizer.BirthDate,
	"urn:oasis:names:tc:xacml:1.0:resource:resource-id": recognizer.MRN, "urn:oasis:names:tc:xacml:2.0:resource:resource-id": recognizer.MRN,
}

// registered is what the attribute key of the tag at b[i] holds where a registry or
// the elements around tell: the extension of an identifier under a root of HL7's
// registry of OIDs, a point in time of somebody's care, the value of an identifier
// of a FHIR resource, the patient of an audit message.
func (s *searcher) registered(tag, key []byte, i int) recognizer.Kind {
	shut, _ := shutTag(s.b, i)
	attributes := s.b[i:shut]
	switch string(key) {
	case "extension":
		switch string(attributeOf(attributes, "root")) {
		case "2.16.840.1.113883.4.1":
			return recognizer.SSN
		case "2.16.840.1.113883.4.572", "2.16.840.1.113883.4.927":
			return recognizer.HealthPlan
		case "2.16.840.1.113883.4.6":
			return recognizer.NPI
		}
	case "value":
		switch string(tag) {
		case "value":
			if s.ids && s.about == person {
				return recognizer.MRN
			}
		case "low", "high", "center", "effectiveTime":
			if s.e.someone() {
				return recognizer.CareDate
			}
		}
	case "ParticipantObjectID": // a person in the role of the patient
		if string(attributeOf(attributes, "ParticipantObjectTypeCodeRole")) == "1" {
			return recognizer.MRN
		}
	}
	return recognizer.None
}
