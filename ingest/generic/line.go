package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

const classHTTP = 4002 // OCSF: HTTP Activity

// span is [from,to) of the line.
type span struct{ from, to int }

func (s span) of(line []byte) []byte { return line[s.from:s.to] }

// absent says whether b stands for no value.
func absent(b []byte) bool { return len(b) == 0 || len(b) == 1 && b[0] == '-' }

// addText takes a value that is scanned, unless it is absent.
func addText(line []byte, s span, f schemas.Field, enc ingest.Encoding, rec *ingest.Record) {
	if !absent(s.of(line)) {
		rec.Add(s.from, s.to, f, enc)
	}
}

// addKeep takes a value of AWS's own making; one that has not the shape of an
// identifier is scanned.
func addKeep(line []byte, s span, f schemas.Field, rec *ingest.Record) {
	b := s.of(line)
	switch {
	case absent(b):
	case !isWords(b):
		addOdd(s, f.Column, rec).Rule = f.Rule
	case f.Column != schemas.None:
		rec.Add(s.from, s.to, f, ingest.Plain)
	}
}

// addOdd takes a value that is not as documented: anything may be in it.
func addOdd(s span, c schemas.Column, rec *ingest.Record) *ingest.Field {
	f := schemas.Unknown.Field
	f.Column = c
	rec.SetFlag(schemas.FlagOddShape)
	return rec.Add(s.from, s.to, f, ingest.SlashX)
}

// addNumber takes a number that fills a column of integers, or none.
func addNumber(line []byte, s span, c schemas.Column, limit uint64, rec *ingest.Record) {
	b := s.of(line)
	if absent(b) {
		return
	}
	n, ok := text.Uint(b)
	if !ok || n > limit {
		addOdd(s, schemas.None, rec)
	} else if c != schemas.None {
		rec.SetNum(c, n)
	}
}

// addAddress takes the client's address; masked ones are text.
func addAddress(line []byte, s span, f schemas.Field, rec *ingest.Record) {
	b := s.of(line)
	if absent(b) {
		return
	}
	a, ok := text.Addr(b)
	if !ok {
		addOdd(s, f.Column, rec).Rule = f.Rule
		return
	}
	if f.Column == schemas.SrcAddr {
		rec.SetAddr(schemas.SrcIP, a)
	}
	rec.Add(s.from, s.to, f, ingest.Plain)
}

// whole takes a line that does not follow its format as one text.
func whole(line []byte, rec *ingest.Record) {
	rec.Fields = rec.Fields[:0]
	rec.Add(0, len(line), schemas.Unknown.Field, ingest.Plain)
	rec.SetFlag(schemas.FlagOddShape)
}

// trim cuts the newline's carriage return.
func trim(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// lineAt returns the first line of head that is not empty and has not the
// prefix, nil if there is none.
func lineAt(head []byte, skip string) []byte {
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		head = rest
		line = bytes.TrimSpace(line)
		if len(line) > 0 && (skip == "" || !bytes.HasPrefix(line, []byte(skip))) {
			return line
		}
	}
	return nil
}

// setStatus sets http_status and the outcome.
func setStatus(line []byte, s span, rec *ingest.Record) {
	b := s.of(line)
	n, ok := text.Uint(b)
	switch {
	case absent(b):
	case !ok || n > 999:
		addOdd(s, schemas.StatusCode, rec)
	default:
		rec.SetNum(schemas.HTTPStatus, n)
		status := uint64(1)
		if n >= 400 || n == 0 { // 0: the client went away
			status = 2
		}
		rec.SetNum(schemas.StatusID, status)
	}
}
