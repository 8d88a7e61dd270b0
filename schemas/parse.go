package schemas

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed sources/*.yaml
var sourceFiles embed.FS

//go:generate go test -run TestCompiledSourcesAreTheirYAML -update .

type fileField struct {
	Treat  Treatment `yaml:"treat"`
	Hint   Hint      `yaml:"hint"`
	Column string    `yaml:"column"`
	Type   string    `yaml:"type"`
}

type sourceFile struct {
	Source string               `yaml:"source"`
	Table  string               `yaml:"table"`
	Fields map[string]fileField `yaml:"fields"`
}

// ParseSource reads a source schema from YAML. It takes milliseconds: the
// schemas built into the program are compiled into it.
func ParseSource(b []byte) (*Schema, error) {
	c, err := parseSource(b)
	if err != nil {
		return nil, err
	}
	return c.schema(), nil
}

func parseSource(b []byte) (*compiled, error) {
	var f sourceFile
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("parsing source schema: %w", err)
	}
	c := &compiled{source: f.Source}
	if f.Table == Flows.String() {
		c.table = Flows
	}
	for path, ff := range f.Fields {
		col := None
		if ff.Column != "" {
			if col = ColumnByName(ff.Column); col == None {
				return nil, fmt.Errorf("source %s, field %s: unknown column %s", f.Source, path, ff.Column)
			}
		}
		c.fields = append(c.fields, pathField{path, Field{Treat: ff.Treat, Hint: ff.Hint, Column: col, Type: ff.Type}})
	}
	slices.SortFunc(c.fields, func(a, b pathField) int { return strings.Compare(a.path, b.path) })
	return c, nil
}

// WriteSources writes the embedded source schemas to w, always the same way.
func WriteSources(w io.Writer) {
	names, _ := fs.Glob(sourceFiles, "sources/*.yaml")
	for _, n := range names {
		b, _ := sourceFiles.ReadFile(n)
		_, _ = fmt.Fprintf(w, "%s %d\n%s", n, len(b), b)
	}
}
