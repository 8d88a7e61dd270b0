package fhir

// The elements that are used, as https://hl7.org/fhir/R4/auditevent-definitions.html
// names them.

// AuditEvent is one event.
type AuditEvent struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id"`
	Type         Coding      `json:"type"`
	Subtype      []Coding    `json:"subtype,omitempty"`
	Action       string      `json:"action"`   // C, R, U, D or E
	Recorded     string      `json:"recorded"` // instant
	Outcome      string      `json:"outcome,omitempty"`
	OutcomeDesc  string      `json:"outcomeDesc,omitempty"`
	Purpose      []Concept   `json:"purposeOfEvent,omitempty"`
	Agent        []Agent     `json:"agent"`
	Source       Source      `json:"source"`
	Entity       []Entity    `json:"entity,omitempty"`
	Extension    []Extension `json:"extension,omitempty"`
}

// Coding is a code of a system.
type Coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

// Concept is a CodeableConcept.
type Concept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Agent took part.
type Agent struct {
	Type      *Concept   `json:"type,omitempty"`
	Role      []Concept  `json:"role,omitempty"`
	Who       *Reference `json:"who,omitempty"`
	AltID     string     `json:"altId,omitempty"`
	Name      string     `json:"name,omitempty"`
	Requestor bool       `json:"requestor"`
	Network   *Network   `json:"network,omitempty"`
}

// Reference names something by an identifier; there is nothing to read at it.
type Reference struct {
	Identifier *Identifier `json:"identifier,omitempty"`
	Display    string      `json:"display,omitempty"`
}

// Identifier is a value of a system.
type Identifier struct {
	System string `json:"system,omitempty"`
	Value  string `json:"value"`
}

// Network is where an agent was.
type Network struct {
	Address string `json:"address"`
	Type    string `json:"type"` // 1 name, 2 address
}

// Source is what logged the event.
type Source struct {
	Site     string    `json:"site,omitempty"`
	Observer Reference `json:"observer"`
	Type     []Coding  `json:"type,omitempty"`
}

// Entity is what the event was about.
type Entity struct {
	What *Reference `json:"what,omitempty"`
	Type *Coding    `json:"type,omitempty"`
	Role *Coding    `json:"role,omitempty"`
	Name string     `json:"name,omitempty"`
}

// Extension is an extension with a string.
type Extension struct {
	URL   string `json:"url"`
	Value string `json:"valueString"`
}
