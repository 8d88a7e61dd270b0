package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// segment takes apart a segment of HL7 v2 or X12 that stands alone in a line of a
// log, without the header that makes a message; its name is b[i:end].
func (s *searcher) segment(i, end int) bool {
	b := s.b
	if s.depth >= maxNesting || i > 0 && recognizer.IsWord(b[i-1]) {
		return false
	}
	if b[end] == '*' {
		return s.x12Inside(i)
	}
	if end-i != 3 || hl7Fields[string(b[i:end])] == nil || bytes.Count(b[end:min(len(b), end+80)], []byte{'|'}) < 3 {
		return false
	}
	stop, _ := segmentEnd(b, i)
	v := s.v.sub(i, stop)
	s.e.hl7(&v, s.depth)
	s.pos = stop
	return true
}

// hl7Start returns where an HL7 v2 message starts in b, or -1.
func hl7Start(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("MSH"))
		if i < 0 {
			return -1
		}
		i += from
		if i+8 < len(b) && !recognizer.IsWord(b[i+3]) && b[i+3] > ' ' && !recognizer.IsWord(b[i+4]) && !recognizer.IsWord(b[i+5]) && (b[i+8] == b[i+3] || i+9 < len(b) && b[i+6] == '\\' && b[i+7] == '\\' && b[i+9] == b[i+3]) && b[i+3] != b[i+4] && (i == 0 || !recognizer.IsWord(b[i-1]) || string(b[i+3:i+8]) == `|^~\&`) {
			return i
		}
		from = i + 3
	}
}

// hl7 takes apart a message: segments end at carriage returns or newlines, or at
// those written as \r and \n.
func (e *Engine) hl7(v *view, depth int) {
	b, sep := v.b, v.b[3]
	e.fields++
	somebody := ofSomebody(b, sep)
	for i := 0; i < len(b); {
		end, next := segmentEnd(b, i)
		name := b[i:min(i+3, end)]
		fields, kind := hl7Fields[string(name)], kindOfSegment(name)
		if !somebody && kind != segmentHeader { // of no patient: master files, controls of quality
			fields, kind = nil, segmentOther
		} else if kind == segmentOther && somebody {
			kind = segmentPatient
		}
		for n, at := 0, i; at <= end; n++ {
			stop := at
			for stop < end && b[stop] != sep {
				stop++
			}
			number := n
			if n > 0 && stop-at > 1 {
				e.hl7Field(v, at, stop, fields, number, kind, depth)
			}
			at = stop + 1
		}
		i = next
	}
	e.fields--
}

// segmentKind sorts segments by what is special about their fields.
type segmentKind uint8

const (
	segmentOther segmentKind = iota
	segmentHeader
	segmentOrder
	segmentPatient // of a message about somebody
)

func kindOfSegment(name []byte) segmentKind {
	switch string(name) {
	case "MSH", "FHS", "BHS", "EVN":
		return segmentHeader
	case "ORC", "OBR", "SCH", "RXE", "RXO", "TQ1":
		return segmentOrder
	}
	return segmentOther
}

func (e *Engine) hl7Field(v *view, at, stop int, fields map[int]recognizer.Kind, n int, kind segmentKind, depth int) {
	u := v.sub(at, stop)
	k, known := fields[n]
	switch {
	case kind == segmentHeader:
		return // routing: applications, facilities, message type, control id, when it was sent
	case !known && kind != segmentOther && e.hl7Typed(&u):
	case u.b[0] == '@' && e.asked(&u):
	case !known, u.b[0] == '@':
		e.search(u, announcement{}, schemas.Text, depth)
	case k == recognizer.None || string(u.b) == `""` || ours(u.b) == len(u.b):
	case tokenTypes[k] != 0:
		done := ours(u.b)
		end := done // the id itself: the first component
		for done == 0 && end < len(u.b) && u.b[end] != '^' && u.b[end] != '~' && u.b[end] != '&' {
			end++
		}
		if done == 0 && end > 0 {
			e.add(&u, 0, end, k)
		}
		rest := u.sub(end, len(u.b))
		e.repetitions(&rest, k)
	case u.b[0] == '^' && (k == recognizer.Account || k == recognizer.OtherID): // an assigning authority without an id
	case k == recognizer.CareDate && !numbers(u.b, 4), k == recognizer.OtherID && kind == segmentOrder && !numbers(u.b, 5), k == recognizer.Phone && !numbers(u.b, 5): // no day; no number that tells an order from others; nothing to call
		e.search(u, announcement{}, schemas.Text, depth)
	default:
		e.add(&u, 0, len(u.b), k)
	}
}

// asked takes what a query by parameters asks for, @PID.5.1^LEE~@PID.7^19500309: each
// names a field of a segment and gives a value (HL7 v2.5.1, chapter 5, QIP; IHE ITI
// PDQ, QPD-3). It says whether v is such a list.
func (e *Engine) asked(v *view) bool {
	found := false
	for at := 0; at < len(v.b) && v.b[at] == '@'; {
		end := at
		for end < len(v.b) && v.b[end] != '~' {
			end++
		}
		from := at + 1 + bytes.IndexByte(v.b[at:end], '^')
		if from == at {
			return found
		}
		if k := hl7Path(v.b[at+1 : from-1]); k != recognizer.None && from < end && ours(v.b[from:end]) == 0 {
			e.add(v, from, end, k)
		}
		found, at = true, end+1
	}
	return found
}

// repetitions takes the ids behind each repetition separator.
func (e *Engine) repetitions(v *view, k recognizer.Kind) {
	for i := 0; i < len(v.b); i++ {
		if v.b[i] != '~' {
			continue
		}
		end := i + 1
		for end < len(v.b) && v.b[end] != '^' && v.b[end] != '~' && v.b[end] != '&' {
			end++
		}
		if end > i+1 && ours(v.b[i+1:]) == 0 {
			e.add(v, i+1, end, k)
		}
	}
}

// segmentEnd returns where the segment at i ends and where the next one starts.
func segmentEnd(b []byte, i int) (end, next int) {
	for end = i; end < len(b); end++ {
		switch c := b[end]; {
		case c == '\r' || c == '\n' || c == 0x0b || c == 0x1c:
			next = end + 1
			for next < len(b) && (b[next] == '\r' || b[next] == '\n' || b[next] == 0x0b || b[next] == 0x1c) {
				next++
			}
			return end, next
		case c == '\\' && end+1 < len(b) && (b[end+1] == 'r' || b[end+1] == 'n') && end+4 < len(b) && recognizer.IsUpper(b[end+2]) && recognizer.IsUpper(b[end+3]):
			return end, end + 2
		}
	}
	return end, end
}
