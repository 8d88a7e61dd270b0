package fhir

import (
	"strings"

	"github.com/scrubline/scrubline/query"
	s "github.com/scrubline/scrubline/schemas"
)

// Code systems.
const (
	systemDICOM       = "http://dicom.nema.org/resources/ontology/DCM"
	systemEventType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemInteraction = "http://hl7.org/fhir/restful-interaction"
	systemEntityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemObjectRole  = "http://terminology.hl7.org/CodeSystem/object-role"
	systemReason      = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	systemParticipant = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	systemAction      = "urn:scrubline:action"
	systemToken       = "urn:scrubline:token"
	systemResource    = "urn:scrubline:resource"
	systemActor       = "urn:scrubline:actor"
)

// Outcomes: http://terminology.hl7.org/CodeSystem/audit-event-outcome.
const (
	outcomeSuccess = "0"
	outcomeFailure = "4" // minor failure: the log says that it failed, not how badly
)

// Of shows a row as an AuditEvent.
func Of(r *query.Row) AuditEvent {
	e := AuditEvent{
		ResourceType: "AuditEvent", ID: ID(r), Type: kind(r), Action: query.Verb(r.Text(s.Action)),
		Recorded:    r.Time(s.EventTime).Format(query.TimeLayout),
		OutcomeDesc: r.Text(s.StatusCode),
		Agent:       []Agent{agent(r)},
		Source:      source(r),
	}
	switch r.Number(s.StatusID) {
	case 1:
		e.Outcome = outcomeSuccess
	case 2:
		e.Outcome = outcomeFailure
	}
	if a := r.Text(s.Action); a != "" {
		e.Subtype = append(e.Subtype, Coding{System: systemAction, Code: strings.Join(strings.Fields(a), " ")})
	}
	if code, ok := interactions[e.Action]; ok && e.Type.System == systemEventType {
		e.Subtype = append(e.Subtype, Coding{System: systemInteraction, Code: code})
	}
	if p := r.Text(s.PurposeOfUse); p != "" {
		e.Purpose = []Concept{{Coding: []Coding{{System: systemReason, Code: p}}}}
	}
	if t := r.Text(s.PatientToken); t != "" {
		e.Entity = append(e.Entity, Entity{What: &Reference{Identifier: &Identifier{systemToken, t}},
			Type: &Coding{systemEntityType, "1", "Person"}, Role: &Coding{systemObjectRole, "1", "Patient"}})
	}
	for _, id := range r.Texts(s.ResourceIDs) {
		e.Entity = append(e.Entity, Entity{What: &Reference{Identifier: &Identifier{systemResource, id}},
			Type: &Coding{systemEntityType, "2", "System Object"}, Role: &Coding{systemObjectRole, "4", "Domain Resource"}})
	}
	if t := r.Text(s.SessionIDCol); t != "" {
		e.Extension = append(e.Extension, Extension{"urn:scrubline:session", t})
	}
	return e
}

var interactions = map[string]string{"C": "create", "R": "read", "U": "update", "D": "delete", "E": "operation"}

// kind is what sort of event it is: of patients, of logging in, of REST, of an
// application.
func kind(r *query.Row) Coding {
	switch {
	case r.Text(s.FHIRResource) != "" || r.Text(s.HTTPMethod) != "":
		return Coding{systemEventType, "rest", "RESTful Operation"}
	case r.Text(s.PatientToken) != "":
		return Coding{systemDICOM, "110110", "Patient Record"}
	case strings.Contains(strings.ToLower(r.Text(s.Action)), "login"):
		return Coding{systemDICOM, "110114", "User Authentication"}
	}
	return Coding{systemDICOM, "110100", "Application Activity"}
}

// agent is whoever asked for it.
func agent(r *query.Row) Agent {
	id, name := r.Text(s.ActorID), r.Text(s.ActorName)
	a := Agent{Type: &Concept{Coding: []Coding{{systemParticipant, "IRCP", "information recipient"}}}, Name: name, AltID: r.Text(s.ActorSession), Requestor: true}
	if id == "" {
		id = name
	}
	if id != "" {
		a.Who = &Reference{Identifier: &Identifier{systemActor, id}}
	} else {
		a.Who = &Reference{Display: "not named by the log"}
	}
	if role := r.Text(s.ActorRole); role != "" {
		a.Role = []Concept{{Text: role}}
	}
	if addr := r.Addr(s.SrcIP); addr.IsValid() && r.Number(s.Flags)&s.FlagAddressPrefix == 0 {
		a.Network = &Network{addr.String(), "2"}
	} else if text := r.Text(s.SrcAddr); text != "" {
		a.Network = &Network{text, "1"}
	}
	return a
}

// source is what logged it.
func source(r *query.Row) Source {
	name := r.Text(s.Service)
	if name == "" {
		name = r.Text(s.Source)
	}
	return Source{Site: r.Text(s.CloudAccount), Observer: Reference{Display: name},
		Type: []Coding{{"http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server"}}}
}
