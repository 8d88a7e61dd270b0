package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// message takes an HL7 message or an X12 interchange: one text, which the
// scrubber takes apart. Its header tells the time.
func (d *decoder) message(from, to int) bool {
	b := d.raw[from:to]
	switch b[0] {
	case 'I', 'M', 'F', 'B', 0x0b:
	default:
		return false
	}
	switch {
	case isX12(b):
		d.rec.SetDerived(schemas.Service, "x12")
		d.interchangeTime(b)
	case isHL7(bytes.TrimLeft(b, "\x0b")):
		d.rec.SetDerived(schemas.Service, "hl7")
		d.messageTime(bytes.TrimLeft(b, "\x0b"))
	default:
		return false
	}
	d.at.taken.Add(schemas.Service)
	d.rec.Add(from, to, d.known.text, ingest.Plain)
	return true
}

// isHL7 says whether b starts with the segment of a message or of a batch's
// envelope.
func isHL7(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch string(b[:3]) {
	case "MSH", "FHS", "BHS":
		return b[3] > ' ' && b[3] < 0x7f && !isLetterOrDigit(b[3]) && b[4] > ' ' && !isLetterOrDigit(b[4])
	case "BTS", "FTS":
		return b[3] == '|'
	}
	return false
}

// isX12 says whether b starts with the header of an interchange.
func isX12(b []byte) bool {
	return len(b) > 105 && string(b[:3]) == "ISA" && b[3] > ' ' && b[6] == b[3] && b[17] == b[3] && b[103] == b[3]
}

// messageTime reads MSH-7, YYYYMMDDHHMM[SS[.S…]][+ZZZZ], UTC if there is no zone.
func (d *decoder) messageTime(b []byte) {
	sep := b[3]
	at := 3
	for field := 1; field < 6; field++ {
		i := bytes.IndexByte(b[at+1:], sep)
		if i < 0 {
			return
		}
		at += 1 + i
	}
	v := b[at+1:]
	if i := bytes.IndexByte(v, sep); i >= 0 {
		v = v[:i]
	}
	if len(v) < 12 || len(v) > 32 {
		return
	}
	var buf [48]byte
	n := copy(buf[:], v[:4])
	for _, part := range [...]struct {
		before byte
		at     int
	}{{'-', 4}, {'-', 6}, {'T', 8}, {':', 10}} {
		buf[n], buf[n+1], buf[n+2] = part.before, v[part.at], v[part.at+1]
		n += 3
	}
	rest := v[12:]
	buf[n], buf[n+1], buf[n+2] = ':', '0', '0'
	if len(rest) >= 2 && rest[0]-'0' < 10 {
		buf[n+1], buf[n+2] = rest[0], rest[1]
		rest = rest[2:]
	}
	n += 3
	n += copy(buf[n:], rest)
	if ms, ok := text.DateTime(buf[:n]); ok {
		d.time(ms)
	}
}

// interchangeTime reads ISA09 and ISA10, YYMMDD and HHMM, as UTC.
func (d *decoder) interchangeTime(b []byte) {
	v, clock := b[70:76], b[77:81]
	if b[69] != b[3] || b[76] != b[3] || b[81] != b[3] {
		return
	}
	iso := [19]byte{'2', '0', v[0], v[1], '-', v[2], v[3], '-', v[4], v[5], 'T', clock[0], clock[1], ':', clock[2], clock[3], ':', '0', '0'}
	if ms, ok := text.DateTime(iso[:]); ok {
		d.time(ms)
	}
}
