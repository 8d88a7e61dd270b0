package schemas

import _ "embed"

//go:embed openapi.json
var openAPI []byte

// OpenAPI returns the description of the HTTP API, OpenAPI 3.1 in JSON. The
// caller must not change it.
func OpenAPI() []byte { return openAPI }
