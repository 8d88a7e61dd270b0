package parquet

import (
	"encoding/binary"

	"github.com/scrubline/scrubline/ingest"
)

const (
	maxFooter  = 16 << 20 // bytes
	maxColumns = 10_000   // elements of the schema
)

// Repetitions of a schema element.
const (
	required = iota
	optional
	repeated
)

// node is an element of the schema.
type node struct {
	name       string // as JSON: quoted and with its colon
	repetition int64
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
	physical int64
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
	timeMillis
	timeMicros
	timeNanos
	stampMillis
	stampMicros
	stampNanos
	uuid
	half
)

// chunk is where one column of a row group lies.
type chunk struct {
	start, size int64
	values      int64
	codec       int64
}

type rowGroup struct {
	rows   int64
	chunks []chunk
}

// footer is the metadata of a file.
type footer struct {
	root   *node
	leaves []*node
	groups []rowGroup
}

// element is a schema element as it stands in the file, children by count.
type element struct {
	node
	name     string
	count    int64
	conv     int64
	logical  int64
	unit     int64
	bitWidth byte
}

// readFooter finds and reads the metadata.
func (f *Framer) readFooter() (footer, ingest.Code) {
	var tail [8]byte
	if f.size < 12 {
		return footer{}, ingest.CodeTruncated
	}
	if code := f.readAt(tail[:], f.size-8); code != "" {
		return footer{}, code
	}
	if string(tail[4:]) != "PAR1" {
		// the footer is written last: a file without it was cut
		return footer{}, ingest.CodeTruncated
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > f.size-12 {
		return footer{}, ingest.CodeSyntax
	}
	if n > maxFooter {
		return footer{}, ingest.CodeSize
	}
	buf := make([]byte, n)
	if code := f.readAt(buf, f.size-8-n); code != "" {
		return footer{}, code
	}
	return parseFooter(buf, f.size, f.lim.Depth)
}

func parseFooter(buf []byte, size int64, depth int) (footer, ingest.Code) {
	var ft footer
	var elements []element
	rows, groups := int64(-1), false // both must be there
	t := &thrift{b: buf}
	t.fields(func(id int64, typ byte) bool {
		switch {
		case id == 2 && typ == tList:
			n, _ := t.list()
			if n > maxColumns {
				t.fail()
			}
			for i := 0; i < n && !t.bad; i++ {
				elements = append(elements, parseElement(t))
			}
		case id == 3 && typ == tI64:
			rows = t.int()
		case id == 4 && typ == tList:
			groups = true
			n, _ := t.list()
			for i := 0; i < n && !t.bad; i++ {
				ft.groups = append(ft.groups, parseGroup(t))
			}
		default:
			return false
		}
		return true
	})
	if t.bad || len(elements) == 0 || rows < 0 || !groups {
		return footer{}, ingest.CodeSyntax
	}
	b := builder{elements: elements, depth: depth}
	ft.root = b.build(0, 0, 0)
	if b.code != "" {
		return footer{}, b.code
	}
	ft.leaves = b.leaves
	if b.next != len(elements) {
		return footer{}, ingest.CodeSyntax
	}
	for _, g := range ft.groups {
		if len(g.chunks) != len(ft.leaves) || g.rows < 0 || g.rows > rows {
			return footer{}, ingest.CodeSyntax
		}
		rows -= g.rows
		for _, c := range g.chunks {
			if c.start < 4 || c.size < 0 || c.start > size || c.size > size-c.start || c.values < 0 {
				return footer{}, ingest.CodeSyntax
			}
		}
	}
	if rows != 0 { // a group is missing
		return footer{}, ingest.CodeSyntax
	}
	return ft, ""
}

func parseElement(t *thrift) element {
	e := element{conv: -1}
	e.physical = -1
	t.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == tI32:
			e.physical = t.int()
		case id == 2 && typ == tI32:
			e.length = int(t.int())
		case id == 3 && typ == tI32:
			e.repetition = t.int()
		case id == 4 && typ == tBinary:
			e.name = string(t.binary())
		case id == 5 && typ == tI32:
			e.count = t.int()
		case id == 6 && typ == tI32:
			e.conv = t.int()
		case id == 7 && typ == tI32:
			e.scale = int(t.int())
		case id == 10 && typ == tStruct:
			t.fields(func(id int64, typ byte) bool {
				if typ != tStruct {
					return false
				}
				e.logical = id
				parseLogical(t, &e)
				return true
			})
		default:
			return false
		}
		return true
	})
	return e
}

// parseLogical reads the parameters of a logical type.
func parseLogical(t *thrift, e *element) {
	t.fields(func(id int64, typ byte) bool {
		switch {
		case e.logical == logicalDecimal && id == 1 && typ == tI32:
			e.scale = int(t.int())
		case (e.logical == logicalTime || e.logical == logicalTimestamp) && id == 2 && typ == tStruct:
			t.fields(func(id int64, _ byte) bool { e.unit = id; return false })
		case e.logical == logicalInteger && id == 2:
			e.unsigned = typ == tFalse
			return false
		default:
			return false
		}
		return true
	})
}

func parseGroup(t *thrift) (g rowGroup) {
	t.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == tList:
			n, _ := t.list()
			for i := 0; i < n && !t.bad; i++ {
				g.chunks = append(g.chunks, parseChunk(t))
			}
		case id == 3 && typ == tI64:
			g.rows = t.int()
		default:
			return false
		}
		return true
	})
	return g
}

func parseChunk(t *thrift) (c chunk) {
	var data, dict int64
	t.fields(func(id int64, typ byte) bool {
		if id != 3 || typ != tStruct {
			return false
		}
		t.fields(func(id int64, typ byte) bool {
			switch {
			case id == 4 && typ == tI32:
				c.codec = t.int()
			case id == 5 && typ == tI64:
				c.values = t.int()
			case id == 7 && typ == tI64:
				c.size = t.int()
			case id == 9 && typ == tI64:
				data = t.int()
			case id == 11 && typ == tI64:
				dict = t.int()
			default:
				return false
			}
			return true
		})
		return true
	})
	c.start = data
	if dict > 0 && dict < data {
		c.start = dict
	}
	return c
}
