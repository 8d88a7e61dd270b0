package app

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
)

// fhirTypes are the resources of FHIR that hold or lead to patient data.
var fhirTypes = func() map[string]string {
	t := map[string]string{}
	for name := range bytes.FieldsSeq([]byte(`Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse
		AuditEvent Basic Binary Bundle CarePlan CareTeam ChargeItem Claim ClaimResponse ClinicalImpression Communication
		CommunicationRequest Composition Condition Consent Contract Coverage CoverageEligibilityRequest
		CoverageEligibilityResponse DetectedIssue Device DeviceRequest DeviceUseStatement DiagnosticReport
		DocumentManifest DocumentReference Encounter EnrollmentRequest EpisodeOfCare ExplanationOfBenefit
		FamilyMemberHistory Flag Goal Group GuidanceResponse ImagingStudy Immunization ImmunizationEvaluation
		ImmunizationRecommendation Invoice List Location Media Medication MedicationAdministration MedicationDispense
		MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation Organization Patient
		PaymentNotice PaymentReconciliation Person Practitioner PractitionerRole Procedure Provenance Questionnaire
		QuestionnaireResponse RelatedPerson RequestGroup ResearchSubject RiskAssessment Schedule ServiceRequest Slot
		Specimen SupplyDelivery SupplyRequest Task VisionPrescription`)) {
		t[string(name)] = string(name)
	}
	return t
}()

// fhir takes the resource and the interaction out of a URL's path: the first
// segment that names a resource, and whether an id follows it.
func (d *decoder) fhir(path []byte) {
	if i := bytes.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	for len(path) > 0 {
		i := bytes.IndexByte(path, '/')
		segment, rest := path, []byte(nil)
		if i >= 0 {
			segment, rest = path[:i], path[i+1:]
		}
		path = rest
		if len(segment) < 4 || segment[0]-'A' >= 26 {
			continue
		}
		name, ok := fhirTypes[string(segment)]
		if !ok {
			continue
		}
		if !d.at.taken.Has(schemas.FHIRResource) {
			d.rec.SetDerived(schemas.FHIRResource, name)
		}
		if what := interaction(d.at.method, rest); what != "" && !d.at.taken.Has(schemas.FHIRInteraction) {
			d.rec.SetDerived(schemas.FHIRInteraction, what)
		}
		return
	}
}

// interaction names what a method does to a resource; rest is what follows its
// name in the path.
func interaction(method string, rest []byte) string {
	id := len(rest) > 0 && rest[0] != '_' && rest[0] != '$'
	switch method {
	case "GET", "HEAD":
		switch {
		case bytes.Contains(rest, []byte("_history/")):
			return "vread"
		case bytes.Contains(rest, []byte("_history")):
			return "history"
		case bytes.IndexByte(rest, '$') >= 0:
			return "operation"
		case id:
			return "read"
		}
		return "search"
	case "POST":
		switch {
		case bytes.HasPrefix(rest, []byte("_search")):
			return "search"
		case bytes.IndexByte(rest, '$') >= 0:
			return "operation"
		case !id:
			return "create"
		}
	case "PUT":
		return "update"
	case "PATCH":
		return "patch"
	case "DELETE":
		return "delete"
	}
	return ""
}
