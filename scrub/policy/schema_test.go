package policy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

type object = map[string]any

func schema(t *testing.T) object {
	t.Helper()
	var doc object
	if err := json.Unmarshal(schemas.PolicySchema(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// asJSON reads YAML as JSON Schema sees it.
func asJSON(t *testing.T, file []byte) any {
	t.Helper()
	b, err := yaml.YAMLToJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// beyond lists the cases whose errors a schema cannot tell.
var beyond = []string{
	"anchors", "documents", "indentation", "not_yaml", "twice", // of YAML itself
	"fields", // the source schemas know
	"empty",  // nothing at all
}

// TestSchemaAgrees: what the parser takes the schema takes; of what the parser
// refuses, the schema takes only what it cannot tell.
func TestSchemaAgrees(t *testing.T) {
	doc := schema(t)
	files, _ := filepath.Glob("testdata/check/*.txtar")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if slices.Contains(beyond, name) {
			continue
		}
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, problems, refused := policy.Parse(name, a.Files[0].Data, time.Now)
		if err := validate(doc, doc, asJSON(t, a.Files[0].Data), "policy"); (err == nil) != (refused == nil) {
			t.Errorf("%s: the schema says %v, the parser %s", name, err, problems.String())
		}
	}
}

// TestSchemaTellsEach: one file with many errors could hide that a schema misses
// most of them.
func TestSchemaTellsEach(t *testing.T) {
	doc := schema(t)
	f := func(file string) {
		t.Helper()
		if _, _, err := policy.Parse("x", []byte(file), time.Now); err == nil {
			t.Errorf("the parser takes %q", file)
		}
		if validate(doc, doc, asJSON(t, []byte(file)), "policy") == nil {
			t.Errorf("the schema takes %q", file)
		}
	}
	f("classes: {}")
	f("version: 2")
	f("version: 1\nclass: {}")
	f("version: 1\nclasses: {S: label}")
	f("version: 1\nclasses: {us_snn: label}")
	f("version: 1\nclasses: {us_ssn: keep}")
	f("version: 1\nclasses: {us_ssn: {unsafe_keep: x, treat: label}}")
	f("version: 1\nclasses: {us_ssn: {as: mrn, treat: label}}")
	f("version: 1\nsources: {nowhere: {}}")
	f("version: 1\nsources: {app: {fields: {a: hash}}}")
	f("version: 1\nallow: [{name: a, class: mrn, value: abc, expires: 2030-01-01}]")
	f("version: 1\nallow: [{name: a, class: mrn, value: abc, reason: r}]")
	f("version: 1\nallow: [{name: a, class: mrn, value: abc, pattern: abc, reason: r, expires: 2030-01-01}]")
	f("version: 1\nallow: [{name: a, class: mrn, value: abc, field: x, reason: r, expires: 2030-01-01}]")
	f("version: 1\nallow: [{name: 4155550142, class: mrn, value: abc, reason: r, expires: 2030-01-01}]")
	f("version: 1\nrecognizers: [{name: a, pattern: abc}]")
	f("version: 1\nrecognizers: [{name: a, class: R, as: mrn, pattern: abc}]")
	f("version: 1\nrecognizers: [{name: a, class: R, pattern: abc, checksum: crc}]")
	f("version: 1\nrecognizers: [{name: a, class: R, pattern: abc, distance: 10}]")
	f("version: 1\nsession_ip: {mode: lax}")
	f("version: 1\nsession_ip: {workforce: [{name: a, networks: 192.0.2.0/24}]}")
}

// TestSchemaIsComplete: the words that the schema lists are those the parser has.
func TestSchemaIsComplete(t *testing.T) {
	defs := schema(t)["$defs"].(object)
	words := func(def string) (ws []string) {
		for _, w := range defs[def].(object)["enum"].([]any) {
			ws = append(ws, w.(string))
		}
		slices.Sort(ws)
		return ws
	}
	var names []string
	for k := recognizer.None + 1; k < recognizer.Kind(len(recognizer.All)); k++ {
		if k != recognizer.Custom {
			names = append(names, k.String())
		}
	}
	slices.Sort(names)
	if !slices.Equal(words("recognizer"), names) {
		t.Errorf("recognizers: the schema has %v, the program %v", words("recognizer"), names)
	}
	sources := schemas.SourceNames()
	slices.Sort(sources)
	if !slices.Equal(words("source"), sources) {
		t.Errorf("sources: the schema has %v, the program %v", words("source"), sources)
	}
}

// TestDocumentation: the example of the documentation is a policy without a
// problem, and the schema takes it.
func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(b, -1)
	if len(blocks) == 0 {
		t.Fatal("no example")
	}
	doc := schema(t)
	today := func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }
	for _, m := range blocks {
		_, problems, err := policy.Parse("docs/policy.md", m[1], today)
		if err != nil || len(problems.List) > 0 && !strings.Contains(string(m[1]), "unsafe") {
			t.Errorf("%s\n%s", problems.String(), m[1])
		}
		if err := validate(doc, doc, asJSON(t, m[1]), "policy"); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
	}
}

// validate checks v against a JSON Schema of the words below; one that it does not
// know fails, so that the schema cannot outgrow the test.
func validate(doc, s object, v any, where string) error {
	if ref, ok := s["$ref"].(string); ok {
		return validate(doc, doc["$defs"].(object)[strings.TrimPrefix(ref, "#/$defs/")].(object), v, where)
	}
	for word, arg := range s {
		if err := keyword(doc, s, word, arg, v, where); err != nil {
			return err
		}
	}
	return nil
}

func keyword(doc, s object, word string, arg, v any, where string) error {
	text, isText := v.(string)
	o, isObject := v.(object)
	list, isList := v.([]any)
	number, isNumber := v.(float64)
	bad := false
	switch word {
	case "$schema", "$id", "$defs", "title", "description":
	case "type":
		bad = arg == "string" && !isText || arg == "object" && !isObject || arg == "array" && !isList ||
			(arg == "number" || arg == "integer") && !isNumber || arg == "integer" && number != float64(int(number))
	case "const":
		bad = v != arg
	case "enum":
		bad = !slices.Contains(arg.([]any), v)
	case "pattern":
		bad = isText && !regexp.MustCompile(arg.(string)).MatchString(text)
	case "minLength":
		bad = isText && len(text) < int(arg.(float64))
	case "maxLength":
		bad = isText && len(text) > int(arg.(float64))
	case "minimum":
		bad = isNumber && number < arg.(float64)
	case "maximum":
		bad = isNumber && number > arg.(float64)
	case "maxItems":
		bad = isList && len(list) > int(arg.(float64))
	case "required":
		for _, k := range arg.([]any) {
			_, has := o[k.(string)]
			bad = bad || isObject && !has
		}
	case "dependentRequired":
		for k, needs := range arg.(object) {
			if _, has := o[k]; has {
				for _, n := range needs.([]any) {
					_, has := o[n.(string)]
					bad = bad || !has
				}
			}
		}
	case "anyOf", "oneOf":
		fit := 0
		for _, sub := range arg.([]any) {
			if validate(doc, sub.(object), v, where) == nil {
				fit++
			}
		}
		bad = fit == 0 || word == "oneOf" && fit > 1
	case "items":
		for i, item := range list {
			if err := validate(doc, arg.(object), item, fmt.Sprintf("%s[%d]", where, i)); err != nil {
				return err
			}
		}
	case "propertyNames":
		for k := range o {
			if err := validate(doc, arg.(object), k, where+" key "+k); err != nil {
				return err
			}
		}
	case "properties":
		for k, sub := range arg.(object) {
			if member, has := o[k]; has {
				if err := validate(doc, sub.(object), member, where+"."+k); err != nil {
					return err
				}
			}
		}
	case "additionalProperties":
		known, _ := s["properties"].(object)
		for k, member := range o {
			if _, ok := known[k]; ok {
				continue
			}
			sub, ok := arg.(object)
			if !ok {
				return fmt.Errorf("%s: unknown key %s", where, k)
			}
			if err := validate(doc, sub, member, where+"."+k); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("the test does not know the word %s", word)
	}
	if bad {
		return fmt.Errorf("%s: %s", where, word)
	}
	return nil
}
