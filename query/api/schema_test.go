package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// document is schemas/openapi.json, as far as the tests read it.
func document(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(schemas.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows keys; a $ref on the way is resolved.
func at(doc map[string]any, keys ...string) map[string]any {
	cur := doc
	for _, key := range keys {
		next, _ := cur[key].(map[string]any)
		cur = resolve(doc, next)
	}
	return cur
}

func resolve(doc, v map[string]any) map[string]any {
	ref, ok := v["$ref"].(string)
	if !ok {
		return v
	}
	return at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

// check validates v against a JSON schema, of the words the document uses; a
// word it does not know fails, so that the document cannot outgrow the test.
func check(doc, schema map[string]any, v any, where string) error {
	schema = resolve(doc, schema)
	for word := range schema {
		if !slices.Contains([]string{"type", "description", "enum", "items", "properties", "required", "additionalProperties", "format", "minimum", "maxItems", "maxLength"}, word) {
			return fmt.Errorf("%s: the test does not know the schema word %s", where, word)
		}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return fmt.Errorf("%s: %v is not one of %v", where, v, enum)
	}
	if len(schema) == 0 {
		return nil // anything
	}
	switch schema["type"] {
	case "object":
		return checkObject(doc, schema, v, where)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: %T is no array", where, v)
		}
		if most, ok := schema["maxItems"].(float64); ok && len(list) > int(most) {
			return fmt.Errorf("%s: %d items", where, len(list))
		}
		for i, item := range list {
			if err := check(doc, schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", where, i)); err != nil {
				return err
			}
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("%s: %T is no string", where, v)
		}
		layout := map[any]string{"date-time": time.RFC3339, "date": time.DateOnly}[schema["format"]]
		if layout != "" {
			if _, err := time.Parse(layout, s); err != nil {
				return fmt.Errorf("%s: %q is no %v", where, s, schema["format"])
			}
		}
	case "integer", "number":
		n, ok := v.(float64)
		if !ok || schema["type"] == "integer" && n != math.Trunc(n) {
			return fmt.Errorf("%s: %v is no %v", where, v, schema["type"])
		}
		if least, ok := schema["minimum"].(float64); ok && n < least {
			return fmt.Errorf("%s: %v is below %v", where, n, least)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s: %T is no boolean", where, v)
		}
	default:
		return fmt.Errorf("%s: the schema has no type", where)
	}
	return nil
}

func checkObject(doc, schema map[string]any, v any, where string) error {
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %T is no object", where, v)
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			return fmt.Errorf("%s: %v is missing", where, name)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, member := range object {
		sub, ok := properties[name].(map[string]any)
		if !ok {
			if sub, ok = schema["additionalProperties"].(map[string]any); !ok {
				if schema["additionalProperties"] == false {
					return fmt.Errorf("%s: %s is not described", where, name)
				}
				continue
			}
		}
		if err := check(doc, sub, member, where+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func TestOpenAPIDescribesWhatIsServed(t *testing.T) {
	doc := document(t)
	served := map[string][]string{}
	for route, params := range api.Routes() {
		served[route] = params
		method, path, _ := strings.Cut(route, " ")
		op := at(doc, "paths", path, strings.ToLower(method))
		if op == nil {
			t.Errorf("%s is served and not described", route)
			continue
		}
		list, _ := op["parameters"].([]any)
		var described []string
		for _, p := range list {
			if p := resolve(doc, p.(map[string]any)); p["in"] == "query" {
				described = append(described, p["name"].(string))
			} else if !strings.Contains(path, "{"+p["name"].(string)+"}") {
				t.Errorf("%s has no %v", path, p["name"])
			}
		}
		if !slices.Equal(described, params) {
			t.Errorf("%s takes %v, described are %v", route, params, described)
		}
	}
	for path, methods := range doc["paths"].(map[string]any) {
		for method := range methods.(map[string]any) {
			if _, ok := served[strings.ToUpper(method)+" "+path]; !ok {
				t.Errorf("%s %s is described and not served", method, path)
			}
		}
	}
	row := at(doc, "components", "schemas", "Row", "properties")
	for c := schemas.None + 1; c < schemas.NumColumns; c++ {
		if _, ok := row[c.String()]; ok == (c == schemas.Present) {
			t.Errorf("column %s: described %v", c, ok)
		}
	}
}

// Every example in the document is what its schema says.
func TestOpenAPIExamplesMeetTheirSchemas(t *testing.T) {
	doc := document(t)
	n := 0
	var walk func(v any, where string)
	walk = func(v any, where string) {
		switch v := v.(type) {
		case map[string]any:
			schema, hasSchema := v["schema"].(map[string]any)
			if example, ok := v["example"]; ok && hasSchema {
				n++
				if err := check(doc, schema, example, where); err != nil {
					t.Error(err)
				}
			} else if hasSchema && strings.Contains(where, ".content.") {
				t.Errorf("%s has no example", where)
			}
			for key, member := range v {
				walk(member, where+"."+key)
			}
		case []any:
			for i, member := range v {
				walk(member, fmt.Sprintf("%s[%d]", where, i))
			}
		}
	}
	walk(doc, "")
	if n < 20 {
		t.Errorf("only %d examples", n)
	}
}

func TestAnswersMeetTheirSchemas(t *testing.T) {
	s := serve(t)
	doc := document(t)
	f := func(path string, code int, pairs ...string) {
		t.Helper()
		resp, body := s.get(t, path, values(pairs...))
		if resp.StatusCode != code {
			t.Errorf("%s %v: status %d, want %d: %s", path, pairs, resp.StatusCode, code, body)
			return
		}
		media := resp.Header.Get("Content-Type")
		answer := at(doc, "paths", path, "get", "responses", fmt.Sprint(code))
		schema := at(answer, "content", media, "schema")
		if ref, ok := at(answer, "content", media)["schema"].(map[string]any); ok {
			schema = ref
		}
		if schema == nil {
			t.Errorf("%s %v: %d %s is not described", path, pairs, code, media)
			return
		}
		lines := []string{string(body)}
		if media == "application/x-ndjson" {
			lines = strings.Split(strings.TrimSpace(string(body)), "\n")
		}
		for _, line := range lines {
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if err := check(doc, schema, v, path); err != nil {
				t.Errorf("%v: %v", pairs, err)
			}
		}
	}
	f("/v1/events", http.StatusOK)
	f("/v1/events", http.StatusOK, "q", "source:* kind:*", "limit", "2000")
	f("/v1/events", http.StatusOK, "q", "nothing_like_this")
	f("/v1/events", http.StatusOK, "q", "source:*", "format", "ndjson")
	f("/v1/events", http.StatusOK, "q", "actor:alice*", "since", "2d", "until", "2026-11-22", "tz", "America/New_York", "limit", "5")
	f("/v1/access", http.StatusOK, "resource", "phi-bucket/*")
	f("/v1/access", http.StatusOK, "resource", "phi-bucket/*", "format", "ndjson", "limit", "2")
	f("/v1/access", http.StatusOK, "patient", "MRN-103")
	f("/v1/access", http.StatusOK, "actor", "alice.chen", "q", "status:failure")
	f("/v1/summary", http.StatusOK, "q", "source:*")
	f("/v1/summary", http.StatusOK, "q", "nothing_like_this")
	f("/v1/histogram", http.StatusOK, "q", "source:*")
	f("/v1/histogram", http.StatusOK, "q", "nothing_like_this", "since", "1d")
	f("/v1/facets", http.StatusOK, "q", "source:*")
	f("/v1/facets", http.StatusOK, "q", "actor:alice.chen", "fields", "region,fhir,ip,method,mfa,session,status,http,kind")
	f("/v1/facets", http.StatusBadRequest, "fields", "native")
	f("/v1/timeline", http.StatusOK, "patient", "MRN-103")
	f("/v1/timeline", http.StatusOK, "actor", "alice.chen", "step", "hour", "tz", "America/New_York")
	f("/v1/timeline", http.StatusOK, "session", querytest.Token("session", "198.51.100.3"), "q", "status:failure", "since", "3d")
	f("/v1/timeline", http.StatusBadRequest, "actor", "alice.chen", "step", "week")
	f("/v1/timeline", http.StatusBadRequest)
	f("/v1/access", http.StatusOK, "actor", "dr.patel", "by", "patient")
	f("/v1/access", http.StatusOK, "session", querytest.Token("session", "198.51.100.3"))
	f("/v1/access", http.StatusBadRequest, "actor", "dr.patel", "by", "hour")
	f("/v1/complete", http.StatusOK, "q", "act")
	f("/v1/complete", http.StatusOK, "q", "action:Get", "at", "8")
	f("/v1/complete", http.StatusBadRequest, "q", "a", "at", "-1")
	f("/v1/explain", http.StatusOK, "q", "patient:MRN-103 status:failure")
	f("/v1/explain", http.StatusOK, "q", "source:*", "limit", "5")
	f("/v1/explain", http.StatusBadRequest, "q", "acion:x")
	f("/fhir/AuditEvent", http.StatusOK, "patient", "MRN-103", "_count", "5")
	f("/fhir/AuditEvent", http.StatusBadRequest, "date", "soon")
	f("/fhir/AuditEvent", http.StatusBadRequest, "patient", "MRN-103", "_cursor", "x")
	f("/fhir/metadata", http.StatusOK)
	f("/v1/archive/coverage", http.StatusOK)
	f("/v1/archive/coverage", http.StatusOK, "since", "30d", "until", "2026-11-22")
	f("/v1/archive/objects", http.StatusOK)
	f("/v1/archive/objects", http.StatusOK, "source", "app", "since", "3d", "limit", "1")
	f("/v1/archive/objects", http.StatusBadRequest, "cursor", "x")
	f("/v1/sql", http.StatusOK, "sql", "SELECT source, count() AS n FROM events GROUP BY source", "limit", "3")
	f("/v1/sql", http.StatusBadRequest, "sql", "SELECT file('/etc/passwd')")
	f("/v1/sql", http.StatusBadRequest)
	f("/v1/sources", http.StatusOK)
	f("/v1/sources", http.StatusOK, "format", "ndjson", "since", "30d")
	f("/v1/fields", http.StatusOK)
	f("/openapi.json", http.StatusOK)
	f("/v1/events", http.StatusBadRequest, "q", "acion:x")
	f("/v1/events", http.StatusBadRequest, "limit", "many")
	f("/v1/events", http.StatusBadRequest, "cursor", "x")
	f("/v1/events", http.StatusBadRequest, "since", "soon")
	f("/v1/events", http.StatusBadRequest, "tz", "Mars/Base")
	f("/v1/events", http.StatusBadRequest, "format", "xml")
	f("/v1/events", http.StatusBadRequest, "query", "x")
	f("/v1/access", http.StatusBadRequest)
	f("/v1/access", http.StatusBadRequest, "patient", "MRN-*")
}
