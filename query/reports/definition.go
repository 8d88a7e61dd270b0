package reports

import (
	"bytes"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/schemas"
)

// Definition is one report. Its SQL reads the tables events, flows and batches,
// the tables of Archive, and those of inputs; it gives the columns of Columns by
// name, in any order.
type Definition struct {
	ID       string   `yaml:"id"`   // R13
	Name     string   `yaml:"name"` // of its files: retention-coverage
	Title    string   `yaml:"title"`
	Question string   `yaml:"question"`
	Controls []string `yaml:"controls"` // sections of 45 CFR, HITRUST CSF and ONC criteria that ask for it
	Subject  Subject  `yaml:"subject"`  // whom it is about; without one it is not run
	Tables   []string `yaml:"tables"`   // of Archive and of inputs
	Sources  []string `yaml:"sources"`  // kinds of log that would show it
	Needs    []string `yaml:"needs"`    // inputs without which it is not run
	Columns  []Column `yaml:"columns"`
	Missing  []string `yaml:"missing"` // what is asked for here and not in the data, and why
	Notes    []string `yaml:"notes"`
	Order    string   `yaml:"order"` // of rows; ties are broken by all columns
	Chart    *Chart   `yaml:"chart"`
	Checks   []Check  `yaml:"checks"`
	SQL      string   `yaml:"sql"`
}

// Subject is whom a report is about.
type Subject string

// Subjects.
const (
	Nobody  Subject = ""
	Patient Subject = "patient"
	User    Subject = "user"
)

// Column is one of a report's columns.
type Column struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	Type  Type   `yaml:"type"`
	Width int    `yaml:"width"` // in the PDF, a share of the page; 0: not in the PDF, only in the other files
	About string `yaml:"about"`
}

// Type is what a column's cells hold.
type Type string

// Types of cells.
const (
	Text  Type = "text"
	Int   Type = "int"
	Float Type = "float"
	Time  Type = "time" // an instant, shown in the request's zone; may be absent
	Day   Type = "day"  // YYYY-MM-DD in the request's zone
	List  Type = "list" // of texts
)

//go:embed definitions/*.yaml
var definitionFiles embed.FS

type catalogue struct {
	reports   []*Definition
	inputs    []InputKind
	absent    []Absent
	crosswalk []Requirement
	period    string // SQL: rows of the request
}

// Absent is a report that this version cannot make.
type Absent struct {
	ID    string `yaml:"id" json:"id"`
	Title string `yaml:"title" json:"title"`
	Why   string `yaml:"why" json:"why"`
}

// read reads the embedded files once. They are part of the program, so a mistake
// in them is a panic; a test reads them all.
var read = sync.OnceValue(func() *catalogue {
	c, err := readCatalogue()
	if err != nil {
		panic(err)
	}
	return c
})

// All lists the reports in the order of their numbers.
func All() []*Definition { return read().reports }

// NotMade lists the reports of the plan that this version cannot make, and why.
func NotMade() []Absent { return read().absent }

// ByID finds a report by its id or name, ignoring case; nil if there is none.
func ByID(id string) *Definition {
	for _, d := range All() {
		if strings.EqualFold(d.ID, id) || d.Name == strings.ToLower(id) {
			return d
		}
	}
	return nil
}

func readCatalogue() (*catalogue, error) {
	c := &catalogue{}
	var fragments map[string]string
	for name, into := range map[string]any{"fragments": &fragments, "inputs": &c.inputs, "absent": &c.absent, "crosswalk": &c.crosswalk} {
		if err := decode(name+".yaml", into); err != nil {
			return nil, err
		}
	}
	fragments["planted"] = schemas.Planted
	var err error
	if c.period, err = expand("${period}", fragments, 0); err != nil {
		return nil, err
	}
	files, err := definitionFiles.ReadDir("definitions")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "r") {
			continue
		}
		d := &Definition{}
		if err := decode(f.Name(), d); err != nil {
			return nil, err
		}
		if d.SQL, err = expand(d.SQL, fragments, 0); err == nil {
			err = d.validate(c.inputs)
		}
		if err != nil {
			return nil, fmt.Errorf("reading report %s: %w", f.Name(), err)
		}
		c.reports = append(c.reports, d)
	}
	return c, validateCrosswalk(c)
}

func decode(name string, into any) error {
	b, err := definitionFiles.ReadFile("definitions/" + name)
	if err != nil {
		return err
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into); err != nil {
		return fmt.Errorf("reading definitions/%s: %w", name, err)
	}
	return nil
}

var fragmentName = regexp.MustCompile(`\$\{([a-z_]+)\}`)

// expand puts fragments in for their names: expressions that several reports
// share, so that a word means the same in all of them.
func expand(sql string, fragments map[string]string, depth int) (string, error) {
	if depth > 5 {
		return "", fmt.Errorf("fragments contain each other")
	}
	var unknown string
	out := fragmentName.ReplaceAllStringFunc(sql, func(m string) string {
		f, ok := fragments[m[2:len(m)-1]]
		if !ok {
			unknown = m
		}
		return strings.TrimSpace(f)
	})
	if unknown != "" {
		return "", fmt.Errorf("there is no fragment %s", unknown)
	}
	if fragmentName.MatchString(out) {
		return expand(out, fragments, depth+1)
	}
	return out, nil
}

var goodName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

func (d *Definition) validate(inputs []InputKind) error {
	switch {
	case d.ID == "" || d.Title == "" || d.Question == "" || d.SQL == "" || len(d.Controls) == 0 || len(d.Columns) == 0:
		return fmt.Errorf("id, title, question, controls, columns and sql are all needed")
	case !goodName.MatchString(d.Name):
		return fmt.Errorf("name %q is no file name", d.Name)
	case d.Subject != Nobody && d.Subject != Patient && d.Subject != User:
		return fmt.Errorf("subject %q is neither patient nor user", d.Subject)
	}
	for _, t := range slices.Concat(d.Tables, d.Needs) {
		if !slices.Contains(archiveTables, t) && !slices.ContainsFunc(inputs, func(k InputKind) bool { return k.Name == t }) {
			return fmt.Errorf("there is no table %s", t)
		}
	}
	for i, c := range d.Columns {
		if !goodName.MatchString(c.Name) || d.column(c.Name) != i || c.Title == "" || !slices.Contains([]Type{Text, Int, Float, Time, Day, List}, c.Type) {
			return fmt.Errorf("column %q: wrong name, title or type", c.Name)
		}
	}
	if err := d.Chart.validate(d); err != nil {
		return err
	}
	for i := range d.Checks {
		if err := d.Checks[i].validate(d); err != nil {
			return err
		}
	}
	return nil
}

// column returns the place of a column, -1 if there is none of that name.
func (d *Definition) column(name string) int {
	return slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == name })
}
