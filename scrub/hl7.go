package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// hl7Fields says what the fields of HL7 v2 segments hold (HL7 v2.5.1, chapters 3,
// 6 and 15). Fields that are not listed are searched as text.
var hl7Fields = map[string]map[int]recognizer.Kind{
	"PID": {2: recognizer.MRN, 3: recognizer.MRN, 4: recognizer.MRN, 5: recognizer.PersonName, 6: recognizer.PersonName, 7: recognizer.BirthDate, 9: recognizer.PersonName, 11: recognizer.StreetAddress, 12: recognizer.StreetAddress, 13: recognizer.Phone, 14: recognizer.Phone, 18: recognizer.Account, 19: recognizer.SSN, 20: recognizer.License, 21: recognizer.MRN, 23: recognizer.StreetAddress, 29: recognizer.BirthDate},
	"NK1": {2: recognizer.PersonName, 4: recognizer.StreetAddress, 5: recognizer.Phone, 6: recognizer.Phone, 7: recognizer.OtherID, 12: recognizer.OtherID, 16: recognizer.BirthDate, 30: recognizer.PersonName, 31: recognizer.Phone, 32: recognizer.StreetAddress, 33: recognizer.OtherID, 37: recognizer.SSN},
	"GT1": {2: recognizer.OtherID, 3: recognizer.PersonName, 4: recognizer.PersonName, 5: recognizer.StreetAddress, 6: recognizer.Phone, 7: recognizer.Phone, 8: recognizer.BirthDate, 12: recognizer.SSN, 16: recognizer.PersonName, 17: recognizer.StreetAddress, 18: recognizer.Phone, 19: recognizer.OtherID},
	"IN1": {2: recognizer.None, 3: recognizer.None, 4: recognizer.None, 8: recognizer.None, 9: recognizer.None, 10: recognizer.None, 16: recognizer.PersonName, 18: recognizer.BirthDate, 19: recognizer.StreetAddress, 36: recognizer.HealthPlan, 49: recognizer.HealthPlan},
	"IN2": {1: recognizer.OtherID, 2: recognizer.SSN, 6: recognizer.HealthPlan, 8: recognizer.HealthPlan, 22: recognizer.PersonName, 61: recognizer.HealthPlan, 63: recognizer.Phone},
	"PV1": {19: recognizer.OtherID, 44: recognizer.CareDate, 45: recognizer.CareDate, 50: recognizer.OtherID},
	"PV2": {8: recognizer.CareDate, 9: recognizer.CareDate},
	"MRG": {1: recognizer.MRN, 3: recognizer.Account, 4: recognizer.MRN, 7: recognizer.PersonName},
	"PD1": {4: recognizer.None},
	"ORC": {2: recognizer.OtherID, 3: recognizer.OtherID},
	"OBR": {2: recognizer.OtherID, 3: recognizer.OtherID, 7: recognizer.CareDate, 8: recognizer.CareDate, 14: recognizer.CareDate, 22: recognizer.CareDate},
	"OBX": {14: recognizer.CareDate},
	"FT1": {4: recognizer.CareDate, 5: recognizer.CareDate, 23: recognizer.OtherID},
	"AL1": {6: recognizer.CareDate},
	"DG1": {5: recognizer.CareDate},
	"PR1": {5: recognizer.CareDate},
	"ACC": {1: recognizer.CareDate},
	"SCH": {1: recognizer.OtherID, 2: recognizer.OtherID, 11: recognizer.CareDate},
	"TXA": {4: recognizer.CareDate, 12: recognizer.OtherID, 13: recognizer.OtherID},
	"RXA": {3: recognizer.CareDate, 4: recognizer.CareDate},
	"RXE": {15: recognizer.OtherID},
}

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
	for i := 0; i < len(b); {
		end, next := segmentEnd(b, i)
		name := b[i:min(i+3, end)]
		fields, kind := hl7Fields[string(name)], kindOfSegment(name)
		for n, at := 0, i; at <= end; n++ {
			stop := at
			for stop < end && b[stop] != sep {
				stop++
			}
			number := n
			if kind == segmentHeader {
				number++ // MSH-1 is the separator itself
			}
			if n > 0 && stop-at > 1 && !(kind == segmentHeader && number <= 2) {
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
)

func kindOfSegment(name []byte) segmentKind {
	switch string(name) {
	case "MSH":
		return segmentHeader
	case "ORC", "OBR", "SCH":
		return segmentOrder
	}
	return segmentOther
}

func (e *Engine) hl7Field(v *view, at, stop int, fields map[int]recognizer.Kind, n int, kind segmentKind, depth int) {
	u := v.sub(at, stop)
	k, known := fields[n]
	switch {
	case kind == segmentHeader:
		return // routing: applications, facilities, message type and control id
	case !known:
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
	case k == recognizer.CareDate && !numbers(u.b, 4), k == recognizer.OtherID && kind == segmentOrder && !numbers(u.b, 5): // no day; no number that tells an order from others
		e.search(u, announcement{}, schemas.Text, depth)
	default:
		e.add(&u, 0, len(u.b), k)
	}
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
