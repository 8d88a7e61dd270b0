package parquet

import (
	"strconv"
	"strings"

	"github.com/scrubline/scrubline/ingest"
)

// Logical types, by their field in the union.
const (
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInteger   = 10
	logicalJSON      = 12
	logicalUUID      = 14
	logicalFloat16   = 15
)

// Physical types.
const (
	pBoolean = iota
	pInt32
	pInt64
	pInt96
	pFloat
	pDouble
	pBytes
	pFixed
)

// builder makes the tree of the flat list of elements.
type builder struct {
	elements []element
	next     int
	leaves   []*node
	depth    int
	code     ingest.Code
}

func (b *builder) build(level, def, rep int) *node {
	if level > b.depth {
		b.code = ingest.CodeTooDeep
	}
	if b.next >= len(b.elements) {
		b.code = ingest.CodeSyntax
	}
	if b.code != "" {
		return nil
	}
	e := b.elements[b.next]
	b.next++
	n := &node{repetition: e.repetition, first: len(b.leaves), leaf: e.leaf, def: def, rep: rep}
	if level > 0 {
		switch e.repetition {
		case required:
		case optional:
			n.def++
		case repeated:
			n.def++
			n.rep++
		default:
			b.code = ingest.CodeSyntax
			return nil
		}
	}
	n.name = string(append(appendString(nil, []byte(e.name)), ':'))
	n.tuple = e.name == "array" || strings.HasSuffix(e.name, "_tuple")
	if e.physical >= 0 && e.count == 0 {
		b.leafOf(n, &e)
		b.leaves = append(b.leaves, n)
		n.leaves = 1
		return n
	}
	if e.count < 0 || e.count > int64(len(b.elements)) {
		b.code = ingest.CodeSyntax
		return nil
	}
	for range e.count {
		c := b.build(level+1, n.def, n.rep)
		if b.code != "" {
			return nil
		}
		n.children = append(n.children, c)
	}
	n.leaves = len(b.leaves) - n.first
	if n.leaves == 0 && level > 0 {
		b.code = ingest.CodeSyntax // a group of nothing has no levels to read
		return nil
	}
	if len(n.children) == 1 && n.children[0].repetition == repeated {
		isMap := e.logical == logicalMap || e.conv == 1 || e.conv == 2
		n.list = e.logical == logicalList || e.conv == 3 || isMap
		kv := n.children[0].children
		n.dict = isMap && len(kv) == 2 && kv[0].format == text && kv[0].repetition == required && kv[0].leaves == 1 &&
			len(kv[0].children) == 0
	}
	return n
}

// leafOf sets how the values of n are written.
func (b *builder) leafOf(n *node, e *element) {
	if n.physical > pFixed || n.physical == pFixed && (n.length <= 0 || n.length > 1<<20) || n.scale < 0 || n.scale > 1000 {
		b.code = ingest.CodeSyntax
		return
	}
	n.format = formatOf(e)
	if e.logical == 0 && e.conv >= 11 && e.conv <= 14 {
		n.unsigned = true
	}
	// a format that does not fit the physical type is not believed
	fits := false
	switch n.format {
	case raw:
		fits = true
	case text:
		fits = n.physical == pBytes || n.physical == pFixed
	case decimal:
		fits = n.physical == pInt32 || n.physical == pInt64 || n.physical == pBytes || n.physical == pFixed
	case date, timeMillis:
		fits = n.physical == pInt32
	case timeMicros, timeNanos, stampMillis, stampMicros, stampNanos:
		fits = n.physical == pInt64
	case uuid:
		fits = n.physical == pFixed && n.length == 16
	case half:
		fits = n.physical == pFixed && n.length == 2
	}
	if !fits {
		n.format = raw
	}
}

func formatOf(e *element) format {
	switch e.logical {
	case logicalString, logicalEnum, logicalJSON:
		return text
	case logicalDecimal:
		return decimal
	case logicalDate:
		return date
	case logicalTime:
		return [...]format{raw, timeMillis, timeMicros, timeNanos}[e.unit&3]
	case logicalTimestamp:
		return [...]format{raw, stampMillis, stampMicros, stampNanos}[e.unit&3]
	case logicalUUID:
		return uuid
	case logicalFloat16:
		return half
	case 0:
	default:
		return raw
	}
	switch e.conv {
	case 0, 4, 19:
		return text
	case 5:
		return decimal
	case 6:
		return date
	case 7:
		return timeMillis
	case 8:
		return timeMicros
	case 9:
		return stampMillis
	case 10:
		return stampMicros
	}
	return raw
}

// width is the bytes of a plain value, 0 if they differ.
func (l *leaf) width() int {
	switch l.physical {
	case pBoolean:
		return 1
	case pInt32, pFloat:
		return 4
	case pInt64, pDouble:
		return 8
	case pInt96:
		return 12
	case pFixed:
		return l.length
	}
	return 0
}

var codecs = []string{"uncompressed", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4 raw"}

// codecName names a compression for a message.
func codecName(c int64) string {
	if c >= 0 && c < int64(len(codecs)) {
		return codecs[c]
	}
	return "codec " + strconv.FormatInt(c, 10)
}
