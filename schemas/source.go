package schemas

import (
	"strings"
)

// Field says what happens to the values at one path of a source's records.
type Field struct {
	Treat  Treatment
	Hint   Hint
	Column Column // where the scrubbed value lands, None for the native record only
	Type   string // token type or label when the whole value is replaced, for example "session"
	Rule   uint16 // number of the policy's rule for this field, 0 if there is none: see Override
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

// compiled is a source schema as ParseSource reads it, in a form that costs
// nothing until it is asked for: reading the YAML of all sources takes longer
// than scrubbing 50 MB. A test compares it with the YAML.
type compiled struct {
	source string
	table  Table
	fields []pathField // by path
}

// pathField is what a schema says of a path: object keys joined by dots; * stands
// for any key, and as the last step for everything below. A dot that belongs to
// a key is written as \. .
type pathField struct {
	path string
	Field
}

// LoadSource returns the schema of a source, with the overrides in force. Each
// call makes one of its own.
func LoadSource(name string) (*Schema, error) {
	s, err := BuiltIn(name)
	if err != nil {
		return nil, err
	}
	return override(s), nil
}

// MustLoadSource is LoadSource for the sources built into the program.
func MustLoadSource(name string) *Schema {
	s, err := LoadSource(name)
	if err != nil {
		panic(err)
	}
	return s
}

// TableOf returns the table that the rows of a source go to; a source without a
// schema makes events.
func TableOf(name string) Table {
	for i := range compiledSources {
		if compiledSources[i].source == name {
			return compiledSources[i].table
		}
	}
	return Events
}

func (c *compiled) schema() *Schema {
	s := &Schema{Source: c.source, Table: c.table, Root: &Node{Field: Field{Treat: Scan}}}
	for i := range c.fields {
		f := &c.fields[i]
		n := s.Root
		for at, end := 0, 0; at <= len(f.path); at = end + 1 {
			var key string
			key, end = step(f.path, at)
			n = n.step(key)
		}
		n.Field = f.Field
		if strings.HasSuffix(f.path, "*") {
			n.Any = n
		}
	}
	return s
}

// step returns the key of a path that starts at byte at, and where it ends.
func step(path string, at int) (key string, end int) {
	for end = at; end < len(path) && path[end] != '.'; end++ {
		if path[end] == '\\' && end+1 < len(path) && path[end+1] == '.' {
			end++
		}
	}
	if key = path[at:end]; strings.Contains(key, `\.`) {
		key = strings.ReplaceAll(key, `\.`, ".")
	}
	return key, end
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
