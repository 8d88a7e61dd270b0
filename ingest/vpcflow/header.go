package vpcflow

import (
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// op is what a decoder does with the values of a column.
type op uint8

const (
	opText     op = iota // free text
	opWord               // an identifier or a word of AWS's
	opNumber             // up to column.max
	opAddress            // IPv4 or IPv6
	opStart              // seconds since 1970
	opEnd                // the same
	opAction             // ACCEPT, REJECT
	opStatus             // OK, NODATA, SKIPDATA
	opDir                // ingress, egress
	opAccount            // an opWord that the object's key may stand in for
	opRegionID           // the same
)

// column is one field of the header, resolved.
type column struct {
	field schemas.Field  // what happens to its values
	odd   schemas.Field  // what happens to a value that is not as documented
	ip    schemas.Column // where an address goes
	max   uint64
	op    op
}

const (
	maxName    = 40  // bytes of the longest field name, and some
	maxColumns = 256 // a line with more words is no header
)

var special = map[string]op{
	"start": opStart, "end": opEnd, "action": opAction, "log-status": opStatus, "flow-direction": opDir,
	"account-id": opAccount, "region": opRegionID,
}

func newColumn(name string, f schemas.Field) column {
	c := column{field: f, odd: schemas.Field{Treat: schemas.Scan, Rule: f.Rule}}
	kind := schemas.Kind(0)
	if f.Column != schemas.None {
		kind = f.Column.Info().Kind
	}
	switch kind {
	case schemas.KString, schemas.KDict:
		c.odd.Column = f.Column
	}
	switch {
	case special[name] != 0:
		c.op = special[name]
	case f.Treat == schemas.Address:
		c.op = opAddress
		switch c.ip = f.Column; c.ip {
		case schemas.SrcAddr:
			c.ip = schemas.SrcIP
		case schemas.DstAddr:
			c.ip = schemas.DstIP
		}
	case f.Treat != schemas.Keep:
		c.op = opText
	default:
		c.op = opWord
		switch kind {
		case schemas.KU8:
			c.op, c.max = opNumber, 1<<8-1
		case schemas.KU16:
			c.op, c.max = opNumber, 1<<16-1
		case schemas.KU32:
			c.op, c.max = opNumber, 1<<32-1
		case schemas.KU64:
			c.op, c.max = opNumber, 1<<64-1
		}
	}
	return c
}

// lookup finds a field by its name as written in headers, in formats given to
// AWS (${srcaddr}) and in tables (pkt_srcaddr), in any case.
func (s *Source) lookup(word []byte) (column, bool) {
	if len(word) > 3 && word[0] == '$' && word[1] == '{' && word[len(word)-1] == '}' {
		word = word[2 : len(word)-1]
	}
	var buf [maxName]byte
	if len(word) > len(buf) {
		return column{}, false
	}
	for i, c := range word {
		switch {
		case c == '_':
			c = '-'
		case c-'A' < 26:
			c |= 0x20
		}
		buf[i] = c
	}
	c, ok := s.names[string(buf[:len(word)])]
	return c, ok
}

// isHeader says whether a line holds field names: two at least, and half of its
// words, as a header may have names that are newer than this program.
func (s *Source) isHeader(line []byte) bool {
	words, known := 0, 0
	for at := 0; ; {
		from, to := text.Next(line, at)
		if from == to {
			break
		}
		if words++; words > maxColumns {
			return false
		}
		if _, ok := s.lookup(line[from:to]); ok {
			known++
		}
		if words == 2 && known == 0 {
			return false
		}
		at = to
	}
	return known >= 2 && known*2 >= words
}

// columns resolves a header into cols, whose memory it takes over. A name that
// nobody knows is a column of free text.
func (s *Source) columns(cols []column, header []byte) []column {
	cols = cols[:0]
	for at := 0; len(cols) < maxColumns; {
		from, to := text.Next(header, at)
		if from == to {
			break
		}
		c, ok := s.lookup(header[from:to])
		if !ok {
			c = column{field: schemas.Unknown.Field}
		}
		cols, at = append(cols, c), to
	}
	return cols
}
