package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Scores: every source that knows its format says more.
const (
	scoreText    = 1
	scoreLine    = 30
	scoreJSON    = 10
	scoreRecords = 20
	scoreHealth  = 95
)

// Sniff implements ingest.Source. It takes any text.
func (s *Source) Sniff(_ ingest.Origin, head []byte) (int, ingest.Framing) {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	b := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case !isText(head[:min(len(head), 4096)]):
		return 0, ingest.Lines
	case isX12(b):
		return scoreHealth, ingest.X12
	case isHL7(bytes.TrimLeft(b, "\x0b")):
		return scoreHealth, ingest.HL7
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		return sniffJSON(b)
	}
	return s.sniffLine(b), ingest.Lines
}

// sniffLine says whether the first line has a shape of its own.
func (s *Source) sniffLine(b []byte) int {
	line, _, _ := bytes.Cut(b[:min(len(b), 4096)], []byte("\n"))
	t, _ := s.tries.Get().(*try)
	if t == nil {
		t = &try{decoder: s.NewDecoder(ingest.Origin{}, ingest.Options{})}
	}
	defer s.tries.Put(t)
	t.rec.Reset(name, schemas.Events, line)
	err := t.decoder.Decode(line, &t.rec)
	_, timed := t.rec.Num(schemas.EventTime)
	shaped := err == nil && (timed || len(t.rec.Fields) > 1)
	t.rec.Reset(name, schemas.Events, nil) // line is lent
	if shaped {
		return scoreLine
	}
	return scoreText
}

// try decodes a line to see whether it can be. Messages of a stream are sniffed one
// by one, so they are kept.
type try struct {
	decoder ingest.Decoder
	rec     ingest.Record
}

// sniffJSON tells records from documents and from text that starts with a
// bracket.
func sniffJSON(b []byte) (int, ingest.Framing) {
	next := bytes.TrimLeft(b[1:], " \t\r\n")
	if len(next) == 0 {
		return scoreText, ingest.Lines
	}
	if b[0] == '[' {
		if next[0] != '{' {
			return sniffList(b)
		}
		if it, ok := jsonwalk.Iterate(b); ok && it.Next() && isRecord(it.Value) {
			return scoreRecords, ingest.JSON
		}
		return scoreJSON, ingest.Document
	}
	if next[0] != '"' && next[0] != '}' {
		return scoreText, ingest.Lines
	}
	return sniffObjects(b)
}

// sniffList takes a list of anything but objects: JSON only if it ends as such.
func sniffList(b []byte) (int, ingest.Framing) {
	if !closed(bytes.TrimRight(b, " \t\r\n")) {
		return scoreText, ingest.Lines
	}
	if end, whole := jsonwalk.Skip(b, 0); whole && len(bytes.TrimSpace(b[end:])) == 0 {
		return scoreJSON, ingest.Document
	}
	return scoreText, ingest.Lines
}

// sniffObjects looks at the objects that follow one another: text between them
// makes the payload lines, unless an object spans several of them.
func sniffObjects(b []byte) (int, ingest.Framing) {
	first, whole := jsonwalk.Skip(b, 0)
	if !whole {
		if isRecord(b) {
			return scoreRecords, ingest.JSON
		}
		return scoreJSON, ingest.Document
	}
	rest := bytes.TrimLeft(b[first:], " \t\r\n,")
	if len(rest) == 0 {
		if isRecord(b[:first]) {
			return scoreRecords, ingest.JSON
		}
		return scoreJSON, ingest.Document
	}
	spans := bytes.IndexByte(b[:first], '\n') >= 0
	for len(rest) > 0 {
		if rest[0] != '{' && !spans {
			return scoreText, ingest.Lines
		}
		end, whole := jsonwalk.Skip(rest, 0)
		if !whole || end == 0 {
			break
		}
		rest = bytes.TrimLeft(rest[end:], " \t\r\n,")
	}
	return scoreRecords, ingest.JSON
}

// isRecord says whether an object, perhaps cut, looks like a log record: it has a
// message or a time by one of their usual names, or two of the keys that other
// objects have too. Resources of FHIR are documents.
func isRecord(b []byte) bool {
	it, ok := jsonwalk.Iterate(b)
	points := 0
	for ok && it.Next() {
		switch string(it.Key) {
		case "resourceType":
			return false
		case "message", "msg", "Message", "MESSAGE", "short_message", "@m", "@mt", "@t",
			"timestamp", "@timestamp", "Timestamp", "ts", "level", "Level", "log_level", "loglevel", "severity":
			points += 2
		case "log", "time", "event", "eventTime", "event_time", "stream", "date":
			points++
		}
	}
	return points >= 2
}

// isText says whether b is text: no two-byte characters, in which half the bytes
// are NUL and no recognizer finds anything, and few control characters.
func isText(b []byte) bool { return text.NoControls(b) || mostlyText(b) }

func mostlyText(b []byte) bool {
	controls := 0
	if len(b) > 0 && len(bytes.Trim(b, "\x00")) == 0 {
		return false
	}
	for i, c := range b {
		if c >= ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x1b {
			continue
		}
		if c == 0 && i+2 < len(b) && b[i+1] != 0 && b[i+2] == 0 {
			return false
		}
		controls++
	}
	return controls <= 4+len(b)/10
}
