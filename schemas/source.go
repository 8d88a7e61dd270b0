package schemas

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed sources/*.yaml
var sourceFiles embed.FS

// Field says what happens to the values at one path of a source's records.
type Field struct {
	Treat  Treatment
	Hint   Hint
	Column Column // where the scrubbed value lands, None for the native record only
	Type   string // token type or label when the whole value is replaced, for example "session"
}

// Node is a step in the tree of a source's paths. Lookups follow object keys;
// arrays are transparent: the elements have the node of the array.
type Node struct {
	Field
	Children map[string]*Node
	Any      *Node // members with no name of their own; nil means scan
}

// Unknown is the node of every field that a schema does not name: it is scanned.
var Unknown = func() *Node {
	n := &Node{Field: Field{Treat: Scan}}
	n.Any = n
	return n
}()

// Child returns the node of an object member; Unknown if the schema does not
// name it.
func (n *Node) Child(key []byte) *Node {
	if c := n.Children[string(key)]; c != nil {
		return c
	}
	if n.Any != nil {
		return n.Any
	}
	return Unknown
}

// Schema is what a source's records may hold.
type Schema struct {
	Source string
	Table  Table
	Root   *Node
}

// Names returns the field of a positional format; Unknown's field if the schema
// does not name it.
func (s *Schema) Names(name string) Field { return s.Root.Child([]byte(name)).Field }

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

// LoadSource reads the embedded schema of a source. Paths are object keys
// joined by dots; * stands for any key, and as the last step for everything
// below. A dot that belongs to a key is written as \. .
func LoadSource(name string) (*Schema, error) {
	b, err := fs.ReadFile(sourceFiles, "sources/"+name+".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading schema of source %s: %w", name, err)
	}
	return ParseSource(b)
}

// MustLoadSource is LoadSource for the sources built into the program, whose
// schemas the tests load.
func MustLoadSource(name string) *Schema {
	s, err := LoadSource(name)
	if err != nil {
		panic(err)
	}
	return s
}

// ParseSource reads a source schema from YAML.
func ParseSource(b []byte) (*Schema, error) {
	var f sourceFile
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("parsing source schema: %w", err)
	}
	s := &Schema{Source: f.Source, Root: &Node{Field: Field{Treat: Scan}}}
	if f.Table == Flows.String() {
		s.Table = Flows
	}
	for path, ff := range f.Fields {
		col := None
		if ff.Column != "" {
			if col = ColumnByName(ff.Column); col == None {
				return nil, fmt.Errorf("source %s, field %s: unknown column %s", f.Source, path, ff.Column)
			}
		}
		n := s.Root
		for _, step := range splitPath(path) {
			n = n.step(step)
		}
		n.Field = Field{Treat: ff.Treat, Hint: ff.Hint, Column: col, Type: ff.Type}
		if strings.HasSuffix(path, "*") {
			n.Any = n
		}
	}
	return s, nil
}

func splitPath(p string) []string {
	steps := strings.Split(strings.ReplaceAll(p, `\.`, "\x00"), ".")
	for i := range steps {
		steps[i] = strings.ReplaceAll(steps[i], "\x00", ".")
	}
	return steps
}

func (n *Node) step(key string) *Node {
	if key == "*" {
		if n.Any == nil {
			n.Any = &Node{Field: Field{Treat: Scan}}
		}
		return n.Any
	}
	if n.Children == nil {
		n.Children = map[string]*Node{}
	}
	c := n.Children[key]
	if c == nil {
		c = &Node{Field: Field{Treat: Scan}}
		n.Children[key] = c
	}
	return c
}

// WriteSources writes the embedded source schemas to w, always the same way.
func WriteSources(w io.Writer) {
	names, _ := fs.Glob(sourceFiles, "sources/*.yaml")
	for _, n := range names {
		b, _ := sourceFiles.ReadFile(n)
		_, _ = fmt.Fprintf(w, "%s %d\n%s", n, len(b), b)
	}
}
