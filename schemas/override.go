package schemas

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// Override changes what a schema says of a path, as a policy wants it.
type Override struct {
	Path  string    // as in the source schemas
	Treat Treatment // of the value and of everything below it, if Set
	Set   bool      // else the path is only marked with Rule
	Rule  uint16    // number of the policy's rule, not 0; see Field.Rule
}

// Overrides lists the overrides of sources, by their names. Where two touch the
// same path the later one counts.
type Overrides map[string][]Override

// inForce are the overrides of this program.
var inForce struct {
	sync.Mutex
	overrides Overrides
	loaded    map[string]bool // sources whose schema somebody has
}

// Use puts overrides into every schema that is loaded from now on. A program has
// one policy: whoever starts it calls Use before a source is made. It is an error
// if the schema of a source in o was loaded already, because its decoders would
// go on without.
func Use(o Overrides) error {
	inForce.Lock()
	defer inForce.Unlock()
	for name := range o {
		if inForce.loaded[name] {
			return errors.New("source " + name + " is in use already: its fields cannot be overridden any more")
		}
	}
	inForce.overrides = o
	return nil
}

// BuiltIn returns the schema of a source as it is without overrides.
func BuiltIn(name string) (*Schema, error) {
	for i := range compiledSources {
		if c := &compiledSources[i]; c.source == name {
			return c.schema(), nil
		}
	}
	return nil, errors.New("no schema of source " + name)
}

// override applies what is in force to a schema that is about to be given out.
func override(s *Schema) *Schema {
	inForce.Lock()
	defer inForce.Unlock()
	if inForce.loaded == nil {
		inForce.loaded = map[string]bool{}
	}
	inForce.loaded[s.Source] = true
	return s.With(inForce.overrides[s.Source])
}

// With returns the schema with overrides: s itself if there are none, else a
// copy that shares nothing with s.
func (s *Schema) With(os []Override) *Schema {
	if len(os) == 0 {
		return s
	}
	c := &Schema{Source: s.Source, Table: s.Table, Root: s.Root.clone(map[*Node]*Node{Unknown: Unknown})}
	for i := range os {
		o := &os[i]
		n := c.Root
		for at, end := 0, 0; at <= len(o.Path); at = end + 1 {
			var key string
			key, end = step(o.Path, at)
			n = n.own(key)
		}
		if n.Any == nil { // whatever may stand below the path
			n.Any = &Node{Field: Field{Treat: Scan}}
			n.Any.Any = n.Any
		}
		n.mark(o, map[*Node]bool{})
	}
	return c
}

// Of returns the field at a path; ok says that the schema names it.
func (s *Schema) Of(path string) (f Field, ok bool) {
	n, ok := s.Root, true
	for at, end := 0, 0; at <= len(path); at = end + 1 {
		var key string
		key, end = step(path, at)
		c := n.Children[key]
		if key == "*" && n.Any != nil {
			c = n.Any
		}
		if ok = ok && c != nil; c == nil {
			c = n.Child([]byte(key))
		}
		n = c
	}
	return n.Field, ok
}

// clone copies a tree whose nodes may be their own Any; done holds the copies.
func (n *Node) clone(done map[*Node]*Node) *Node {
	if n == nil {
		return nil
	}
	if c := done[n]; c != nil {
		return c
	}
	c := &Node{Field: n.Field}
	done[n] = c
	c.Any = n.Any.clone(done)
	if n.Children != nil {
		c.Children = make(map[string]*Node, len(n.Children))
		for key, child := range n.Children {
			c.Children[key] = child.clone(done)
		}
	}
	return c
}

// own is step for a member that so far shared the node of any name: it gets a
// copy of that.
func (n *Node) own(key string) *Node {
	if key == "*" || n.Children[key] != nil || n.Any == nil || n.Any == Unknown {
		return n.step(key)
	}
	if n.Children == nil {
		n.Children = map[string]*Node{}
	}
	c := n.Any.clone(map[*Node]*Node{Unknown: Unknown})
	n.Children[key] = c
	return c
}

// mark applies o to n and to everything below it. A scan only adds below its
// path: what is replaced as a whole there stays so.
func (n *Node) mark(o *Override, seen map[*Node]bool) {
	if n == nil || n == Unknown || seen[n] {
		return
	}
	if o.Set && o.Treat == Scan && len(seen) > 0 && n.Replaced() {
		return
	}
	seen[n] = true
	n.Rule = o.Rule
	if o.Set {
		n.Treat = o.Treat
	}
	n.Any.mark(o, seen)
	for _, child := range n.Children {
		child.mark(o, seen)
	}
}

// Replaced says that the whole value of a field is replaced whatever it is.
func (f *Field) Replaced() bool {
	switch f.Treat {
	case Drop, Token, Label, Coarsen:
		return true
	case Scan:
		return f.Hint == SessionID || f.Hint == UserID || f.Hint == PatientID
	}
	return false
}

// Paths lists the names of the fields at the root of a schema.
func (s *Schema) Paths() []string {
	return slices.Sorted(maps.Keys(s.Root.Children))
}

// SourceNames lists the sources that have a schema.
func SourceNames() []string {
	names := make([]string, len(compiledSources))
	for i := range compiledSources {
		names[i] = compiledSources[i].source
	}
	return names
}
