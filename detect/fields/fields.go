// Package fields knows which logs a Sigma rule reads and where its fields are in
// them: in the record itself, or in the columns that the source's decoder filled.
// What it knows is data, mappings.yaml.
//
// Words: a reference (Ref) says where the values of one field of one source are.
package fields

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Ref says where a field's values are: in all of the places named.
type Ref struct {
	// Paths are keys in the record, if it is JSON; a name with dots is a path and,
	// at the top, a key.
	Paths [][]string
	// Column of the row; None for none.
	Column schemas.Column
	// URL is the path and query in the request line of a record that is a line.
	URL bool
}

type logsource struct {
	Category string   `yaml:"category"`
	Product  string   `yaml:"product"`
	Service  string   `yaml:"service"`
	Sources  []string `yaml:"sources"`
}

type source struct {
	JSON   bool              `yaml:"json"`
	Sets   []string          `yaml:"sets"`
	Fields map[string]string `yaml:"fields"`
}

type mappings struct {
	Logsources []logsource                  `yaml:"logsources"`
	Sets       map[string]map[string]string `yaml:"sets"`
	Sources    map[string]*source           `yaml:"sources"`
}

//go:embed mappings.yaml
var file []byte

// known is the embedded file, read once; a test reads it too.
var known = func() *mappings {
	m, err := parse(file)
	if err != nil {
		panic(err)
	}
	return m
}()

func parse(b []byte) (*mappings, error) {
	var m mappings
	if err := yaml.UnmarshalWithOptions(b, &m, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("parsing field mappings: %w", err)
	}
	for name, s := range m.Sources {
		all := map[string]string{}
		for _, set := range s.Sets {
			if m.Sets[set] == nil {
				return nil, fmt.Errorf("field mappings of %s: no set %s", name, set)
			}
			for k, v := range m.Sets[set] {
				all[k] = v
			}
		}
		for k, v := range s.Fields {
			all[k] = v
		}
		s.Fields = all
		for k, v := range all {
			if _, err := where(v); err != nil {
				return nil, fmt.Errorf("field mappings of %s: %s: %w", name, k, err)
			}
		}
	}
	for _, l := range m.Logsources {
		for _, s := range l.Sources {
			if m.Sources[s] == nil {
				return nil, fmt.Errorf("field mappings: no source %s", s)
			}
		}
	}
	return &m, nil
}

// where reads the places of one field.
func where(s string) (Ref, error) {
	var r Ref
	for _, w := range strings.Fields(s) {
		switch {
		case w == "$url":
			r.URL = true
		case strings.HasPrefix(w, "$."):
			r.Paths = append(r.Paths, strings.Split(w[2:], "."))
		case schemas.ColumnByName(w) != schemas.None && r.Column == schemas.None:
			r.Column = schemas.ColumnByName(w)
		default:
			return r, fmt.Errorf("%q is no place", w)
		}
	}
	return r, nil
}

// Sources returns the sources whose records a rule with logsource l reads; none
// if there is no such log.
func Sources(l sigma.Logsource) []string {
	fits := func(want, have string) bool {
		return want == "" || want == have || want == "-" && have == ""
	}
	for _, m := range known.Logsources {
		if fits(m.Category, l.Category) && fits(m.Product, l.Product) && fits(m.Service, l.Service) {
			return m.Sources
		}
	}
	return nil
}

// All lists the sources, sorted.
func All() []string {
	var out []string
	for s := range known.Sources {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// JSON says whether a source's records are JSON, or may be.
func JSON(src string) bool { s := known.Sources[src]; return s != nil && s.JSON }

// Resolve says where field's values are in the records of src. ok is false if
// they can be nowhere.
func Resolve(src, field string) (r Ref, ok bool) {
	s := known.Sources[src]
	if s == nil {
		return Ref{}, false
	}
	if places, mapped := s.Fields[field]; mapped {
		r, _ = where(places) // parse looked at it
		if s.JSON && len(r.Paths) == 0 {
			r.Paths = [][]string{strings.Split(field, ".")}
		}
		return r, true
	}
	r.Column = schemas.ColumnByName(field)
	if s.JSON {
		r.Paths = [][]string{strings.Split(field, ".")}
		return r, true
	}
	return r, r.Column != schemas.None
}
