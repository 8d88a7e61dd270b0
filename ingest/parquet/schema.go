package parquet

import (
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/scrubline/scrubline/ingest"
)

// node is an element of the schema.
type node struct {
	name       string // as JSON: quoted and with its colon
	repetition parquet.Repetition
	children   []*node
	first      int // index of its first leaf in the columns
	leaves     int
	def, rep   int // levels at which the node is there
	list, dict bool
	tuple      bool // an old writer's element of one field, not the wrapper of an element
	leaf            // of a leaf
}

// leaf is how the values of a column are written.
type leaf struct {
	physical parquet.Type
	length   int // bytes of a fixed-length value
	format   format
	scale    int // of a decimal
	unsigned bool
}

// format is what the annotations say that a value means.
type format uint8

const (
	raw format = iota // by the physical type: numbers are numbers, bytes are base64
	text
	decimal
	date
	clock
	stamp
	uuidText
	half
)

// builder makes our tree of the library's.
type builder struct {
	leaves []*node
	depth  int
	code   ingest.Code
}

func (b *builder) build(s schema.Node, level, def, rep int) *node {
	n := &node{repetition: s.RepetitionType(), first: len(b.leaves), def: def, rep: rep}
	if level > b.depth {
		b.code = ingest.CodeTooDeep
		return n
	}
	if level > 0 {
		switch n.repetition {
		case parquet.Repetitions.Required:
		case parquet.Repetitions.Optional:
			n.def++
		case parquet.Repetitions.Repeated:
			n.def++
			n.rep++
		default:
			b.code = ingest.CodeSyntax
		}
	}
	n.name = string(append(appendString(nil, []byte(s.Name())), ':'))
	n.tuple = s.Name() == "array" || strings.HasSuffix(s.Name(), "_tuple")
	g, ok := s.(*schema.GroupNode)
	if !ok {
		n.leaf = leafOf(s.(*schema.PrimitiveNode))
		n.leaves, b.leaves = 1, append(b.leaves, n)
		return n
	}
	for i := 0; i < g.NumFields() && b.code == ""; i++ {
		n.children = append(n.children, b.build(g.Field(i), level+1, n.def, n.rep))
	}
	n.leaves = len(b.leaves) - n.first
	if len(n.children) == 1 && n.children[0].repetition == parquet.Repetitions.Repeated {
		_, isMap := s.LogicalType().(schema.MapLogicalType)
		_, isList := s.LogicalType().(schema.ListLogicalType)
		n.list = isList || isMap
		kv := n.children[0].children
		n.dict = isMap && len(kv) == 2 && kv[0].format == text && kv[0].repetition == parquet.Repetitions.Required
	}
	return n
}

// leafOf says how the values of s are written. The library has checked that the
// annotation fits the physical type.
func leafOf(s *schema.PrimitiveNode) leaf {
	l := leaf{physical: s.PhysicalType(), length: s.TypeLength()}
	switch t := s.LogicalType().(type) {
	case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
		l.format = text
	case schema.DecimalLogicalType:
		l.format, l.scale = decimal, int(t.Scale())
	case schema.DateLogicalType:
		l.format = date
	case schema.TimeLogicalType:
		l.format, l.scale = clock, nanosOf(t.TimeUnit())
	case schema.TimestampLogicalType:
		l.format, l.scale = stamp, nanosOf(t.TimeUnit())
	case schema.IntLogicalType:
		l.unsigned = !t.IsSigned()
	case schema.UUIDLogicalType:
		l.format = uuidText
	case schema.Float16LogicalType:
		l.format = half
	}
	return l
}

// nanosOf is the length of u in nanoseconds.
func nanosOf(u schema.TimeUnitType) int {
	switch u {
	case schema.TimeUnitMillis:
		return 1e6
	case schema.TimeUnitMicros:
		return 1e3
	}
	return 1
}
