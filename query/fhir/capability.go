package fhir

import "time"

// Capability is the CapabilityStatement: what this endpoint can do.
func Capability(base, software string, at time.Time) map[string]any {
	type list = []map[string]any
	types := map[string]string{"date": "date", "patient": "reference", "agent": "reference", "agent-name": "string", "action": "token", "outcome": "token",
		"entity": "reference", "source": "reference", "type": "token", "_id": "token"}
	var params list
	for _, name := range Params {
		if typ, ok := types[name]; ok {
			params = append(params, map[string]any{"name": name, "type": typ})
		}
	}
	return map[string]any{
		"resourceType": "CapabilityStatement", "status": "active", "date": at.UTC().Format(time.DateOnly), "kind": "instance", "fhirVersion": "4.0.1",
		"software": map[string]any{"name": software}, "implementation": map[string]any{"description": "Scrubbed audit log", "url": base},
		"format": []string{"application/fhir+json"},
		"rest": list{{"mode": "server", "resource": list{{
			"type": "AuditEvent", "interaction": list{{"code": "read"}, {"code": "search-type"}}, "versioning": "no-version", "searchParam": params,
		}}}},
	}
}

// Outcome is the OperationOutcome of an error.
func Outcome(code, text string) map[string]any {
	return map[string]any{"resourceType": "OperationOutcome", "issue": []map[string]any{{"severity": "error", "code": code, "diagnostics": text}}}
}
