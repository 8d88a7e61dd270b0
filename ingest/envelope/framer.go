package envelope

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
)

var newline = []byte("\n")

// Framer hands out the entries of another framer, and in the place of an
// envelope the entries inside it. The first of these comes with the envelope's
// gap, the others with a newline.
type Framer struct {
	outer  ingest.Framer
	lim    ingest.Limits
	levels []level // reused; the first depth of them are open
	depth  int

	gap, entry []byte // of the outer entry that is open
	given      int    // entries it has given so far
	inflated   int64  // bytes its compressed parts have given so far
	meta       Meta
	names      Meta // the last names of groups and streams, to be used again
	control    bool
	tolerant   bool // take what is cut, for sniffing
	members    members
	gzip       inflater
}

// Wrap returns a framer over f's entries. An envelope may be longer than what is
// in it: give f a larger limit than lim.Record, which Wrap applies to each entry
// that it hands out.
func Wrap(f ingest.Framer, lim ingest.Limits) *Framer {
	if lim.Record <= 0 {
		lim.Record = ingest.DefaultLimits.Record
	}
	if lim.Depth <= 0 {
		lim.Depth = ingest.DefaultLimits.Depth
	}
	if lim.Ratio <= 0 {
		lim.Ratio = ingest.DefaultLimits.Ratio
	}
	return &Framer{outer: f, lim: lim, levels: make([]level, max(1, lim.Depth/4))}
}

// Meta returns what the envelopes say about the last entry. It is valid until
// the next call of Next.
func (f *Framer) Meta() *Meta { return &f.meta }

// Control says whether the last entry is an envelope that holds no log entry: a
// control message of CloudWatch, or one that is empty. It is handed out as it is
// so that no bytes vanish, and it is no event.
func (f *Framer) Control() bool { return f.control }

// Next implements ingest.Framer. An entry stays valid until the next call.
func (f *Framer) Next() (gap, raw []byte, err error) {
	f.control = false
	for f.depth > 0 {
		l := &f.levels[f.depth-1]
		raw, err := l.next(f.tolerant)
		if raw == nil {
			f.depth--
			if f.depth == 0 && f.given == 0 {
				f.control = true
				return f.give(f.entry, nil)
			}
			continue
		}
		f.meta = l.meta
		if err == nil {
			var opened bool
			if opened, err = f.open(raw); opened {
				continue
			}
		}
		return f.give(raw, err)
	}
	f.meta = Meta{}
	gap, raw, err = f.outer.Next()
	if err != nil {
		return gap, raw, err
	}
	f.gap, f.entry, f.given, f.inflated = gap, raw, 0, 0
	opened, err := f.open(raw)
	if opened {
		return f.Next() // one level deep: the loop above returns
	}
	return f.give(raw, err)
}

// give hands out one entry.
func (f *Framer) give(raw []byte, err error) ([]byte, []byte, error) {
	gap := newline
	if f.given == 0 {
		gap = f.gap
	}
	f.given++
	if len(raw) > f.lim.Record && err == nil {
		raw, err = raw[:f.lim.Record], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.lim.Record}
	}
	return gap, raw, err
}

// open opens entry as a new level if it is an envelope. An error, always a
// *ingest.RecordError, means that it is one that cannot be read.
func (f *Framer) open(entry []byte) (opened bool, _ error) {
	if i := start(entry); i < 0 || entry[i] != '{' {
		return false, nil
	}
	e := look(entry, &f.members)
	switch {
	case e.kind == None:
		return false, nil
	case f.depth == len(f.levels):
		return false, &ingest.RecordError{Code: ingest.CodeTooDeep, At: 0}
	}
	if e.control {
		f.control = true
		return false, nil
	}
	l := &f.levels[f.depth]
	ok, err := l.fill(e, f)
	if !ok {
		return false, err
	}
	f.depth++
	l.meta = f.meta
	if l.meta.Kind == None && e.kind != container {
		l.meta.Kind = e.kind
	}
	if e.kind == CloudWatch {
		setString(&f.names.LogGroup, f.members.group)
		setString(&f.names.LogStream, f.members.stream)
		setString(&f.names.Owner, f.members.owner)
		l.meta.LogGroup, l.meta.LogStream, l.meta.Owner = f.names.LogGroup, f.names.LogStream, f.names.Owner
	}
	return true, nil
}

// mode is how a level's content is cut into entries.
type mode uint8

const (
	elements mode = iota // of a JSON array
	messages             // of logEvents
	values               // JSON values one after the other
	lines                // of text
)

// level is one open envelope.
type level struct {
	mode mode
	meta Meta
	list []byte        // elements and messages: the array
	it   jsonwalk.Iter // over it
	rest []byte        // what has not been handed out; with a list, what follows it
	buf  []byte        // content, decoded
	aux  []byte        // content on the way there, or one message
}

// fill makes the level hold what e found. Without an error and not ok, the entry
// is no envelope after all.
func (l *level) fill(e found, f *Framer) (ok bool, err error) {
	switch {
	case e.list != nil:
		l.mode = elements
		if e.kind == CloudWatch {
			l.mode = messages
		}
		l.list, l.rest = e.list, nil
		l.it, ok = jsonwalk.Iterate(e.list)
		return ok, nil
	case e.object != nil:
		l.mode, l.rest = values, e.object
		return true, nil
	}
	content := e.text
	if bytes.IndexByte(content, '\\') >= 0 {
		l.buf = jsonwalk.Unescape(l.buf[:0], content)
		content = l.buf
	}
	if e.encoded {
		if content, ok, err = l.decode(content, f); !ok {
			return false, err
		}
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	i := start(content)
	switch {
	case i < 0:
		return false, nil
	case content[i] == '{', content[i] == '[' && e.encoded:
		l.mode = values
	case e.framed && isText(content):
		l.mode = lines
	default:
		return false, nil
	}
	l.rest = content
	return true, nil
}

// next returns the level's next entry, nil at its end.
func (l *level) next(tolerant bool) ([]byte, error) {
	switch l.mode {
	case lines:
		return l.line(), nil
	case values:
		return l.value(tolerant)
	}
	if l.it.Next() {
		if l.mode == messages {
			return l.message(), nil
		}
		return l.it.Value, nil
	}
	if broken := bytes.TrimLeft(l.list[l.it.Pos():], " \t\r\n,"); len(broken) > 0 && !l.it.Whole() {
		l.list, l.it = nil, jsonwalk.Iter{}
		return broken, &ingest.RecordError{Code: ingest.CodeNotJSON, At: 0}
	}
	l.list, l.it = nil, jsonwalk.Iter{}
	if len(l.rest) == 0 {
		return nil, nil
	}
	l.mode = values
	return l.value(tolerant)
}

// message returns the text of the log event the iterator is at; a log event
// without one stands for itself.
func (l *level) message() []byte {
	event := l.it.Value
	l.meta.Time = 0
	var msg []byte
	it, ok := jsonwalk.Iterate(event)
	for ok && it.Next() {
		switch string(it.Key) {
		case "message":
			msg = it.Value
		case "timestamp":
			l.meta.Time = millis(it.Value)
		}
	}
	text, ok := jsonwalk.Text(msg)
	if !ok || len(text) == 0 {
		return event
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		l.aux = jsonwalk.Unescape(l.aux[:0], text)
		text = l.aux
	}
	if t := bytes.TrimRight(text, "\r\n"); len(t) > 0 {
		return t
	}
	return event
}

// line returns the next line that is not empty.
func (l *level) line() []byte {
	for len(l.rest) > 0 {
		line := l.rest
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, l.rest = line[:i], l.rest[i+1:]
		} else {
			l.rest = nil
		}
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) > 0 {
			return line
		}
	}
	return nil
}

// value returns the next JSON value. What is none ends at its line.
func (l *level) value(tolerant bool) ([]byte, error) {
	l.rest = bytes.TrimLeft(l.rest, " \t\r\n,\x1e")
	b := l.rest
	if len(b) == 0 {
		return nil, nil
	}
	if b[0] != '{' && b[0] != '[' {
		return l.line(), &ingest.RecordError{Code: ingest.CodeNotJSON, At: 0}
	}
	if b[0] == '[' {
		end, _ := jsonwalk.Skip(b, 0)
		l.mode, l.list, l.rest = elements, b[:end], b[end:]
		l.it, _ = jsonwalk.Iterate(l.list)
		return l.next(tolerant)
	}
	end, whole := jsonwalk.Skip(b, 0)
	l.rest = b[end:]
	if !whole && !tolerant {
		return b, &ingest.RecordError{Code: ingest.CodeTruncated, At: len(b)}
	}
	return b[:end], nil
}

func start(b []byte) int {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return -1
}
