package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// mark says what FHIR's structure (R4, hl7.org/fhir/R4) makes of the JSON value
// that starts at a byte: PHI of a kind, a reference to a resource of that kind,
// or, with kind None, a code or a word of the standard's own that stays.
type mark struct {
	start uint32
	kind  recognizer.Kind
	ref   bool
}

// element is an object or array of a resource on the way to the value in hand.
type element struct {
	key      elementKey
	name     []byte // of an array: the member it is
	array    bool
	resource resourceClass
	value    recognizer.Kind // what "value" holds in an identifier or a telecom
	maiden   bool            // an extension whose text is a name
	place    bool            // an extension that is one of the coordinates
}

// resourceClass sorts the types of resources by what their members are about.
type resourceClass uint8

const (
	noResource   resourceClass = iota
	person                     // Patient, RelatedPerson, Person
	clinical                   // about a patient
	exchange                   // what carries resources or speaks of their exchange
	organisation               // providers, definitions, terminology: not about a patient
)

// elementKey is a member's name as far as the rules tell names apart.
type elementKey uint8

const (
	otherKey elementKey = iota
	keyIdentifier
	keyTelecom
	keyName
	keyAddress
	keyContact
	keyPatient
	keyReference
	keyMeta
	keyProse
	keyPhoto
	keyDevice
	keyExtension
	keyResource
	keyCoded
	keyPlace // where a service was given
)

// maxElements bounds nesting; deeper values are scanned as in any other JSON.
const maxElements = 48

// hasResource says that b may hold a FHIR resource.
func hasResource(b []byte) bool {
	return len(b) > 30 && bytes.Contains(b, []byte(`"resourceType"`))
}

// fhirMarks appends the marks of the resources in the JSON text b, in order of
// their places. It reads each byte a bounded number of times: identifiers,
// telecoms and extensions are looked into ahead, and so is a resource that does
// not start with its type.
func fhirMarks(b []byte, marks []mark) []mark {
	var stack [maxElements]element
	depth, ahead := 0, 0
	var key []byte // of the value in hand
	for i := 0; i < len(b); {
		c := b[i]
		switch c {
		case '{', '[':
			if depth++; depth >= maxElements {
				return marks
			}
			up := &stack[depth-1]
			e := element{array: c == '[', resource: up.resource, value: up.value, maiden: up.maiden, key: up.key}
			if key != nil {
				e.key = elementKeyOf(key)
			}
			if c == '[' {
				e.name = key
			} else {
				if e.key == otherKey && up.resource != noResource && ofPatient(b[i+1:]) {
					e.key = keyPatient
				}
				e.value, e.maiden = recognizer.None, e.maiden && e.key != keyExtension
				if i >= ahead {
					ahead = e.look(b, i, up, depth)
				}
			}
			stack[depth] = e
			key = nil
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return marks
			}
			key = nil
			i++
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return marks
			}
			next := end + 1
			for next < len(b) && (b[next] == ' ' || b[next] == '\n' || b[next] == '\r' || b[next] == '\t') {
				next++
			}
			if next < len(b) && b[next] == ':' && !stack[depth].array && key == nil {
				key = b[i+1 : end]
				i = next + 1
				continue
			}
			at, name := depth, key
			if stack[at].array && at > 0 { // the elements of an array are what the array is
				name = stack[at].name
				at--
			}
			if m, ok := leaf(stack[:at+1], name, b[i+1:end], uint32(i+1)); ok {
				marks = append(marks, m)
			}
			key = nil
			i = next
		case ' ', '\n', '\r', '\t', ',', ':':
			if c == ',' {
				key = nil
			}
			i++
		default:
			end := i
			for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && b[end] > ' ' {
				end++
			}
			if stack[depth].resource != noResource && stack[depth].resource != organisation && (stack[depth].place || string(key) == "latitude" || string(key) == "longitude") && bytes.IndexByte(b[i:end], '.') >= 0 {
				marks = append(marks, mark{start: uint32(i), kind: recognizer.GeoPoint})
			}
			if stack[depth].resource == organisation { // where it is, how it is built
				marks = append(marks, mark{start: uint32(i)})
			}
			key = nil
			i = max(end, i+1)
		}
	}
	return marks
}

// ofPatient says that b, what stands behind an object's bracket, starts with a
// reference to a patient or a relative: whatever the member is called (actor, who,
// party), its display is a name.
func ofPatient(b []byte) bool {
	i := 0
	for i < len(b) && i < 40 && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	b = b[i:]
	const head = `"reference"`
	if len(b) < len(head)+20 || string(b[:len(head)]) != head {
		return false
	}
	for i = len(head); i < len(b) && (b[i] == ' ' || b[i] == ':' || b[i] == '"'); i++ {
	}
	end := i
	for end < len(b) && b[end] != '"' && end-i < 200 {
		end++
	}
	return referred(b[i:end]) == recognizer.PatientID
}

// look reads the members of the object at b[i] that say what the others hold,
// and returns how far it has read.
func (e *element) look(b []byte, i int, up *element, depth int) int {
	switch {
	case e.key == keyIdentifier, e.key == keyTelecom, e.key == keyExtension:
	case e.key == keyResource, up.resource == noResource:
		e.resource = resourceOf(b, i, up.resource, depth)
		return 0
	default:
		return 0
	}
	it, ok := jsonwalk.Iterate(b[i:])
	if !ok {
		return 0
	}
	end := i
	for it.Next() {
		text, _ := jsonwalk.Text(it.Value)
		switch string(it.Key) {
		case "type":
			if e.key == keyIdentifier {
				if k := identifierType(it.Value); k != recognizer.None {
					e.value = k
				}
			}
		case "system":
			if e.value == recognizer.None {
				if e.value = systemOf(text); e.value == recognizer.OtherID && e.key == keyTelecom {
					e.value = recognizer.Phone
				}
			}
		case "url":
			e.place = string(text) == "latitude" || string(text) == "longitude"
			e.maiden = e.key == keyExtension && (bytes.Contains(text, []byte("Name")) || bytes.Contains(text, []byte("name")))
		}
	}
	end += it.Pos()
	switch {
	case e.key == keyIdentifier && e.value == recognizer.None:
		e.value = recognizer.OtherID
	case e.key == keyTelecom && e.value == recognizer.None:
		e.value = recognizer.Phone
	}
	if e.key == keyExtension {
		return i // extensions nest: each is read for itself, its text is short
	}
	return end
}

// maxLate is how deep a resource may lie that does not start with its type: each
// level costs a pass over what is below.
const maxLate = 10

// resourceOf reads resourceType from the object at b[i].
func resourceOf(b []byte, i int, up resourceClass, depth int) resourceClass {
	const head = `"resourceType"`
	if j := i + 1; j+len(head) < len(b) && string(b[j:j+len(head)]) != head {
		it, ok := jsonwalk.Iterate(b[i:])
		for ok && depth < maxLate && it.Next() {
			if string(it.Key) == "resourceType" {
				text, _ := jsonwalk.Text(it.Value)
				return classOf(text)
			}
		}
		return up
	}
	j := i + 1 + len(head)
	for j < len(b) && (b[j] == ' ' || b[j] == ':') {
		j++
	}
	if j >= len(b) || b[j] != '"' {
		return up
	}
	if end := stringEnd(b, j+1); end > 0 {
		return classOf(b[j+1 : end])
	}
	return up
}

func stringEnd(b []byte, i int) int {
	for i < len(b) {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return -1
		}
		k := i + j
		n := 0
		for n < k-i && b[k-1-n] == '\\' {
			n++
		}
		if n%2 == 0 {
			return k
		}
		i = k + 1
	}
	return -1
}

func classOf(t []byte) resourceClass {
	switch string(t) {
	case "Patient", "RelatedPerson", "Person":
		return person
	case "Practitioner", "PractitionerRole", "Organization", "OrganizationAffiliation", "Location", "HealthcareService", "Endpoint", "CapabilityStatement", "StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "OperationDefinition", "SearchParameter", "Questionnaire", "Measure", "Library", "PlanDefinition", "ActivityDefinition", "ImplementationGuide", "NamingSystem", "Medication", "Substance", "InsurancePlan":
		return organisation
	case "OperationOutcome", "AuditEvent", "Subscription", "Parameters", "Bundle":
		return exchange
	}
	return clinical
}

func elementKeyOf(k []byte) elementKey {
	switch string(k) {
	case "identifier":
		return keyIdentifier
	case "telecom":
		return keyTelecom
	case "name":
		return keyName
	case "address", "valueAddress":
		return keyAddress
	case "locationAddress":
		return keyPlace
	case "contact":
		return keyContact
	case "subject", "patient", "beneficiary", "subscriber", "policyHolder", "for", "individualSubject":
		return keyPatient
	case "reference":
		return keyReference
	case "meta":
		return keyMeta
	case "note", "text", "annotation":
		return keyProse
	case "photo":
		return keyPhoto
	case "udiCarrier":
		return keyDevice
	case "extension", "modifierExtension":
		return keyExtension
	case "resource", "contained":
		return keyResource
	case "coding", "code", "type", "class", "category", "valueCodeableConcept", "maritalStatus", "communication", "vaccineCode", "reasonCode", "medicationCodeableConcept":
		return keyCoded
	}
	return otherKey
}

// resourceInside returns the span of the first FHIR resource inside a line of
// text, or 0, 0.
func resourceInside(b []byte) (i, end int) {
	if !hasResource(b) {
		return 0, 0
	}
	for i = bytes.Index(b, []byte(`"resourceType"`)) - 1; i > 0 && b[i] != '{'; i-- {
		if b[i] > ' ' {
			return 0, 0
		}
	}
	if i <= 0 {
		return 0, 0
	}
	end, whole := jsonwalk.Skip(b, i)
	if !whole {
		return 0, 0
	}
	return i, end
}
