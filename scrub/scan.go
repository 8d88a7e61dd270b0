package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/classes"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// maxNesting bounds encodings inside encodings; what is deeper is taken as text.
const maxNesting = 5

// scan looks for PHI in v: it takes apart what is structured, undoes what is
// encoded, and searches the rest as text. a is what v's key announces.
func (e *Engine) scan(v view, a announcement, hint schemas.Hint, depth int) {
	if len(v.b) < 2 || ours(v.b) == len(v.b) {
		return
	}
	base := len(e.blocks)
	blocks, wraps := e.classify(v.b)
	if depth < maxNesting && (wraps || v.b[0] == '[') {
		if e.structured(&v, depth) {
			e.blocks = e.blocks[:base]
			return
		}
		if u, ok := e.decoded(&v, hint, depth); ok {
			e.scan(u, a, hint, depth+1)
			e.blocks = e.blocks[:base]
			return
		}
	}
	if depth < maxNesting && hint == schemas.Text {
		if u, ok := e.levels[depth].buf[2].printable(&v); ok {
			e.scan(u, a, hint, depth+1)
		}
	}
	e.searchBlocks(v, a, hint, depth, blocks)
	e.blocks = e.blocks[:base]
}

// classify adds the blocks of a text, and an empty one behind them, to those of
// the texts around it; whoever calls it takes them off again.
func (e *Engine) classify(b []byte) (blocks []classes.Block, wraps bool) {
	base := len(e.blocks)
	e.blocks, wraps = classes.Of(e.blocks, b)
	e.blocks = append(e.blocks, classes.Block{})
	return e.blocks[base:], wraps
}

// structured takes apart JSON, HL7 v2 and X12 in text; it says whether it did.
func (e *Engine) structured(v *view, depth int) bool {
	switch c := v.b[0]; {
	case (c == '{' || c == '[') && (v.b[len(v.b)-1] == '}' || v.b[len(v.b)-1] == ']') && jsonInside(v.b[1]):
		return e.nestedJSON(v, depth)
	case recognizer.IsUpper(c) && segmentName(v.b) > 0:
		if e.x12(v, depth) {
			return true
		}
	}
	if i, end := resourceInside(v.b); i > 0 {
		head, body, tail := v.sub(0, i), v.sub(i, end), v.sub(end, len(v.b))
		e.search(head, announcement{}, schemas.Text, depth)
		e.scan(body, announcement{}, schemas.Text, depth+1)
		e.scan(tail, announcement{}, schemas.Text, depth+1)
		return true
	}
	if i := hl7Start(v.b); i >= 0 {
		if i > 0 {
			head := v.sub(0, i)
			e.search(head, announcement{}, schemas.Text, depth)
		}
		body := v.sub(i, len(v.b))
		e.hl7(&body, depth)
		return true
	}
	return false
}

// jsonInside says that c can follow the bracket that JSON starts with. The text
// of a user agent often stands in brackets too.
func jsonInside(c byte) bool {
	switch c {
	case '"', '{', '[', ']', '}', '-', ' ', '\t', '\n', '\r', 't', 'f', 'n':
		return true
	}
	return recognizer.IsDigit(c)
}

// nestedJSON scans the leaves of a JSON value inside a string.
func (e *Engine) nestedJSON(v *view, depth int) bool {
	l := &e.levels[depth]
	if l.walk == nil {
		l.walk = jsonwalk.New(e.opt.Limits.Depth)
	}
	fields, err := l.walk.Walk(v.b, schemas.Unknown, l.fields[:0])
	l.fields = fields
	if err != nil { // not JSON after all, or odd: searched as text
		if bytes.IndexByte(v.b, '\\') < 0 {
			return false
		}
		e.scan(l.buf[1].unescapeJSON(v), announcement{}, schemas.Text, depth+1)
		return true
	}
	l.marks = l.marks[:0]
	if hasResource(v.b) {
		l.marks = fhirMarks(v.b, l.marks)
	}
	marks := l.marks
	unnamed := -1
	for i := range fields {
		f := &fields[i]
		if unnamed < 0 && e.someone() {
			unnamed = i
		}
		for len(marks) > 0 && marks[0].start < f.Start {
			marks = marks[1:]
		}
		u := v.sub(int(f.Start), int(f.End))
		var a announcement
		if f.KeyEnd > f.KeyStart {
			a = e.inTable(v.b, f, e.announceIn(v.b, int(f.KeyStart), int(f.KeyEnd)))
		}
		switch f.Enc {
		case ingest.JSONValue:
			u.bare = true
			u = u.whole()
			if len(marks) > 0 && marks[0].start == f.Start {
				e.apply(marks[0], &u)
			} else {
				e.number(&u, a)
			}
			continue
		case ingest.JSONText:
			u = l.buf[1].unescapeJSON(&u)
		default:
			u.in = u.in.add(inJSON)
		}
		if len(marks) > 0 && marks[0].start == f.Start {
			e.apply(marks[0], &u)
			continue
		}
		if u.name = f.Hint == schemas.MapKey; u.name && plainKey(u.b) {
			continue
		}
		e.scan(u, a, f.Hint, depth+1)
	}
	if len(l.marks) == 0 && depth+1 < maxNesting {
		for i := range fields[:max(0, unnamed)] { // see resume
			if f := &fields[i]; f.Enc != ingest.JSONValue && f.Enc != ingest.JSONText && f.Hint == schemas.Text && f.End-f.Start > 4 && f.End-f.Start <= 24 && again(v.b[f.Start:f.End], f) {
				u := v.sub(int(f.Start), int(f.End))
				u.in = u.in.add(inJSON)
				e.scan(u, announcement{}, f.Hint, depth+1)
			}
		}
	}
	return true
}

// decoded undoes one layer of percent encoding or of HTML references.
func (e *Engine) decoded(v *view, hint schemas.Hint, depth int) (view, bool) {
	l := &e.levels[depth]
	// There + is a blank, but not one that was written %2B.
	p := queryPlus
	switch {
	case layer(v.in&(1<<layerBits-1)) == inPercent:
		p = noPlus
	case hint == schemas.Query || hint == schemas.URL:
		p = everyPlus
	}
	if bytes.IndexByte(v.b, '%') >= 0 || p != noPlus && bytes.IndexByte(v.b, '+') >= 0 {
		if u, ok := l.buf[0].percent(v, p); ok {
			return u, true
		}
	}
	if bytes.IndexByte(v.b, '&') >= 0 && bytes.IndexByte(v.b, ';') >= 0 {
		if u, ok := l.buf[2].entity(v); ok {
			return u, true
		}
	}
	if bytes.Contains(v.b, []byte(`\u00`)) { // text that was quoted twice, and unquoted once
		return l.buf[1].unescapeJSON(v), true
	}
	return view{}, false
}

// search runs the recognizers over text.
func (e *Engine) search(v view, a announcement, hint schemas.Hint, depth int) {
	base := len(e.blocks)
	blocks, _ := e.classify(v.b)
	e.searchBlocks(v, a, hint, depth, blocks)
	e.blocks = e.blocks[:base]
}

// searchBlocks is search of a text with those blocks.
func (e *Engine) searchBlocks(v view, a announcement, hint schemas.Hint, depth int, blocks []classes.Block) {
	e.customs(&v)
	e.known(&v)
	s := searcher{e: e, v: v, b: v.b, hint: hint, depth: depth}
	s.narrative = hint == schemas.Text && v.base == 0 && depth <= 1 && !v.blob && narrative(v.b)
	s.lower = s.narrative && lowerCase(v.b)
	if a.kind != recognizer.None {
		s.pos = s.value(0, a)
	}
	s.run(blocks)
	s.closer()
}

// statement bounds how far the members of a statement in a policy are apart.
const statement = 400

// announceIn is announce for the key b[from:to] of an object in b. Keys that say
// nothing by themselves, as in {"member":{"id":…}} or {"mrn":{"S":…}}, are taken
// together with the key of their object.
func (e *Engine) announceIn(b []byte, from, to int) announcement {
	key := b[from:to]
	if string(key) == "Sid" && bytes.Contains(b[max(0, from-statement):min(len(b), to+statement)], []byte(`"Effect"`)) {
		return announcement{} // the name of a statement in a policy of AWS
	}
	a := e.announce(key)
	if len(key) > 0 && key[0] == '$' && generic(key) {
		a = announcement{} // the type of a value of MongoDB: $numberLong is no longitude
	}
	if string(key) == "Alphabetic" { // of a name in DICOM's JSON
		return announcement{kind: recognizer.PersonName}
	}
	if a.kind == recognizer.None || a.weak {
		if k := e.formKey(b, key, from); k != recognizer.None {
			return announcement{kind: k}
		}
	}
	if a.kind == recognizer.UserID && string(key) == "uid" && kubernetes(b, from) {
		return announcement{}
	}
	if a.kind == recognizer.PersonName && to+2 < len(b) && paged(key, b[to+1:]) {
		return announcement{}
	}
	if a.kind == recognizer.None && e.someone() && parameterUse(key) == ofRange && bareDate(b[to:]) {
		return announcement{kind: recognizer.CareDate}
	}
	if a.kind == recognizer.None && len(key) > 7 && key[0] == 't' && parameterUse(key) == ofTemplate && biometric(b[max(0, from-120):from]) {
		return announcement{kind: recognizer.Biometric}
	}
	if a.kind == recognizer.None && e.someone() && parameterUse(key) == ofName && len(key) > 3 && quotedName(b[to:]) {
		return announcement{kind: recognizer.PersonName}
	}
	if a.kind == recognizer.None && (givenAndLast(b, key, from) || lastOfSomebody(b, key, from)) {
		return announcement{kind: recognizer.PersonName}
	}
	if a.kind != recognizer.None && !a.weak || !generic(key) {
		return a
	}
	if valueKey(key) {
		if p := e.namedBeside(b, from); p.kind != recognizer.None {
			return p
		}
		if p := e.parameterBeside(b, from); p.kind != recognizer.None {
			return p
		}
	}
	depth := 0
	for i := from - 2; i > 0 && from-i < 600; i-- {
		switch b[i] {
		case '}', ']':
			depth++
		case '[':
			depth--
		case '{':
			if depth--; depth >= 0 {
				continue
			}
			for i > 0 && (b[i] == '{' || b[i] == ' ' || b[i] == ':' || b[i] == '[' || b[i] == '\n') {
				i--
			}
			if b[i] != '"' {
				return a
			}
			j := i
			for j > 0 && i-j < keyMax && b[j-1] != '"' {
				j--
			}
			if i-j == 0 || i-j >= keyMax {
				return a
			}
			if string(b[j:i]) == "value" && valueKey(key) { // {"key":"mrn","value":{"stringValue":"123"}}
				return e.namedBeside(b, j)
			}
			if string(b[j:i]) == "id" && string(key) == "value" && bytes.Contains(b[max(0, j-20):j], []byte("external_ref")) { // openEHR's PARTY_REF: of whom the record is
				return announcement{kind: recognizer.MRN}
			}
			e.text = append(append(append(e.text[:0], b[j:i]...), ' '), key...)
			if len(key) == 1 || key[0] == '$' || len(key) > 5 && valueKey(key) { // the types of DynamoDB's and OpenTelemetry's values
				e.text = e.text[:i-j]
			}
			if p := e.announce(e.text); p.kind != recognizer.None && (!p.weak || len(key) == 1 || key[0] == '$') {
				return p
			}
			if b[j] == ':' && len(key) == 1 {
				e.text = append(e.text[:0], b[j:i]...)
				return e.compared(b)
			}
			return a
		}
	}
	return a
}

// paged says that first and last are of a page and not of a name: a number
// follows.
func paged(key, value []byte) bool {
	if len(key) != 5 && len(key) != 4 || !foldedEqual(key, "first") && !foldedEqual(key, "last") {
		return false
	}
	for len(value) > 1 && (value[0] == ' ' || value[0] == ':' || value[0] == '"') {
		value = value[1:]
	}
	for _, c := range value[:min(len(value), 8)] { // a number, a cursor
		if recognizer.IsDigit(c) {
			return true
		}
		if !recognizer.IsLetter(c) {
			break
		}
	}
	return false
}

// bareDate says that the value of the member whose key b ends is a date without a
// time of day: beside somebody it is of their care, and no record states its own
// time so.
func bareDate(b []byte) bool {
	for len(b) > 1 && (b[0] == '"' || b[0] == ':' || b[0] == ' ' || b[0] == '\\') {
		b = b[1:]
	}
	end := recognizer.All[recognizer.CareDate].Value(b[:min(len(b), 10)], 0, false)
	return end >= 8 && end < len(b) && (b[end] == '"' || b[end] == '\\')
}

// quotedName says that the value of the member whose key b ends can be a name.
func quotedName(b []byte) bool {
	for len(b) > 1 && (b[0] == '"' || b[0] == ':' || b[0] == ' ') {
		b = b[1:]
	}
	return len(b) > 2 && recognizer.Surname(b, 0)
}

// biometric says that b speaks of templates of somebody's body.
func biometric(b []byte) bool {
	for _, w := range [...]string{"iris", "retina", "fingerprint", "voiceprint", "palm", "faceprint", "biometric"} {
		if bytes.Contains(b, []byte(w)) {
			return true
		}
	}
	return false
}

// givenAndLast says that the member key at b[from] is one of fn and ln, which are
// also a function and a line, and that the object has the other one too, both
// strings.
func givenAndLast(b, key []byte, from int) bool {
	if len(key) != 2 || key[1] != 'n' || key[0] != 'f' && key[0] != 'l' {
		return false
	}
	object := b[max(0, from-200):min(len(b), from+200)]
	for _, k := range [...]string{`"fn":`, `"ln":`} {
		i := bytes.Index(object, []byte(k))
		if i < 0 {
			return false
		}
		for i += len(k); i < len(object) && object[i] == ' '; i++ {
		}
		if i+1 >= len(object) || object[i] != '"' || !recognizer.IsLetter(object[i+1]) {
			return false
		}
	}
	return true
}

// lastOfSomebody says that the member first or last at b[from] is a name: the
// object has what else a person is looked up by.
func lastOfSomebody(b, key []byte, from int) bool {
	if string(key) != "last" && string(key) != "first" {
		return false
	}
	i := from + len(key) + 1
	for i < len(b) && (b[i] == ':' || b[i] == ' ') {
		i++
	}
	if i+1 >= len(b) || b[i] != '"' || !recognizer.IsLetter(b[i+1]) {
		return false
	}
	object := b[max(0, from-120):min(len(b), from+120)]
	for _, k := range [...]string{`"dob"`, `"birthDate"`, `"dateOfBirth"`, `"mrn"`, `"ssn"`} {
		if bytes.Contains(object, []byte(k)) {
			return true
		}
	}
	return false
}
