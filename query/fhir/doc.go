// Package fhir shows events as AuditEvents of FHIR R4 (https://hl7.org/fhir/R4/auditevent.html),
// shaped as the Basic Audit Log Patterns of IHE do: a user as the requesting agent, the
// patient as the entity of role 1, things as entities of role 4, the purpose of use of the
// event. No profile of IHE's is claimed: its patterns ask for agents that a log does not
// always name.
//
// Patients are tokens, as everywhere: identifiers of the system urn:scrubline:token.
package fhir
