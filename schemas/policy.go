package schemas

import _ "embed"

//go:embed policy.schema.json
var policySchema []byte

// PolicySchema returns the JSON Schema of the policy file scrub.yaml, for editors.
// The caller must not change it.
func PolicySchema() []byte { return policySchema }
