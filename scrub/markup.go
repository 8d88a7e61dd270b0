package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// tag looks at the tag of XML or HTML at pos: <lastName>Lee</lastName> is as good
// as a key and its value. Elements whose own names tell nothing, as the
// components of HL7 v2 in XML (HL7 v2.xml, 2003) and the id of a CDA patientRole,
// are told by the element around them.
func (s *searcher) tag() {
	b, i := s.b, s.pos+1
	s.pos = i
	if i < len(b) && b[i] == '/' {
		s.leave(local(b[i+1 : tagEnd(b, i+1)]))
		return
	}
	j := tagEnd(b, i)
	if j == i || j+1 >= len(b) {
		return
	}
	name := local(b[i:j])
	s.outside(name, j)
	if b[j] == ' ' {
		shut, empty := shutTag(b, j)
		if s.enter(name, b[j:shut]); shut == j || empty || shut+1 >= len(b) {
			return
		}
		s.content(name, shut)
		s.pos = i // the attributes are searched too
		return
	}
	if b[j] == '>' {
		s.enter(name, nil)
		s.content(name, j)
	}
}

// content looks at what an element of that name holds, behind the > at b[j].
func (s *searcher) content(name []byte, j int) {
	b := s.b
	if k := hl7Path(name); k != recognizer.None {
		s.field = k
	}
	if b[j+1] == '<' || b[j+1] <= ' ' {
		s.outer = name
		return
	}
	a := s.element(name)
	if a.kind == recognizer.None && s.told != recognizer.None {
		a.kind = s.told
	}
	if a.kind == recognizer.None && s.field != recognizer.None && hl7Content(name) {
		end := j + 1
		for end < len(b) && b[end] != '<' && end-j < 200 {
			end++
		}
		if ours(b[j+1:]) == 0 && end > j+2 {
			s.take(j+1, end, s.field)
		}
		return
	}
	if a.kind == recognizer.PersonName && j+2 < len(b) && recognizer.IsUpper(b[j+1]) && b[j+2] == '<' { // an initial
		s.take(j+1, j+2, a.kind)
		return
	}
	if a.kind != recognizer.None {
		s.pos = max(s.pos, s.value(j+1, a))
	}
}

// element is what an element's name announces, by itself or with the name of the
// element around it.
func (s *searcher) element(name []byte) announcement {
	a := s.e.announce(name)
	if (a.kind == recognizer.None || a.weak) && len(s.outer) > 0 && generic(name) {
		if p := s.joined(s.outer, name); p.kind != recognizer.None && !p.weak {
			return p
		}
	}
	return a
}

// joined announces two names as one key.
func (s *searcher) joined(outer, name []byte) announcement {
	s.e.text = append(append(append(s.e.text[:0], outer...), ' '), name...)
	return s.e.announce(s.e.text)
}

// attribute is what an attribute without a telling name announces: that of the
// tag that it stands in, <birthTime value="19500309"/>.
func (s *searcher) attribute(key []byte, k int) announcement {
	named := len(key) == 2 && foldedEqual(key, "id") || len(key) == 6 && foldedEqual(key, "number") // <subscriber id="…">
	if !holder(key) && !named {
		return announcement{}
	}
	b, i := s.b, k
	if bytes.IndexByte(b[max(0, k-101):k], '<') < 0 {
		return announcement{}
	}
	for i > 0 && k-i < 100 && b[i-1] != '<' {
		if i--; b[i] == '>' {
			return announcement{}
		}
	}
	if i == 0 || b[i-1] != '<' {
		return announcement{}
	}
	tag := local(b[i:tagEnd(b, i)])
	if k := s.registered(tag, key, i); k != recognizer.None || len(key) == len("ParticipantObjectID") {
		return announcement{kind: k}
	}
	if named {
		if a := s.joined(tag, key); !a.weak {
			return a
		}
		return announcement{}
	}
	return s.element(tag)
}

// enclosed is what a key without a telling name announces together with the name
// of what encloses it: PatientDto(id=123, …), patient{name='…'}.
func (s *searcher) enclosed(key []byte, k int) announcement {
	if s.open == 0 || !generic(key) && !(len(key) < 3 && recognizer.IsDigit(key[0])) {
		return announcement{}
	}
	b, depth := s.b, 0
	for i := k - 1; i > 0 && k-i < 160; i-- {
		switch b[i] {
		case ')', '}', ']':
			depth++
		case '(', '{', '[':
			if depth--; depth >= 0 {
				continue
			}
			to := i
			for to > 0 && (b[to-1] == ' ' || b[to-1] == ':' || b[to-1] == '=' || b[to-1] == '"' || b[to-1] == '>' || b[to-1] == '{' || b[to-1] == '[' || b[to-1] == '\\') && i-to < 6 {
				to--
			}
			from := to
			for from > 0 && to-from < keyMax/2 && (recognizer.IsWord(b[from-1]) || b[from-1] == '_') {
				from--
			}
			if from == to {
				return announcement{}
			}
			if recognizer.IsDigit(key[0]) { // pid: { '3': …
				s.e.text = append(append(s.e.text[:0], b[from:to]...), key...)
				return announcement{kind: hl7Path(s.e.text)}
			}
			if a := s.joined(b[from:to], key); !a.weak {
				return a
			}
			return announcement{}
		}
	}
	return announcement{}
}

func tagEnd(b []byte, i int) int {
	for i < len(b) && (recognizer.IsWord(b[i]) || b[i] == '_' || b[i] == '-' || b[i] == '.' || b[i] == ':') {
		i++
	}
	return i
}

// hl7Path is the kind of the field that a path names as interface engines write
// it: PID.5.1, PID-3, NK1.2.
func hl7Path(p []byte) recognizer.Kind {
	if n := len(p); (n == 4 || n == 5) && foldedEqual(p[:3], "pid") && recognizer.IsDigit(p[3]) && recognizer.IsDigit(p[n-1]) { // pid3, pid11
		at := int(p[3] - '0')
		if n == 5 {
			at = 10*at + int(p[4]-'0')
		}
		return hl7Fields["PID"][at]
	}
	if len(p) < 5 || p[3] != '.' && p[3] != '-' && p[3] != '_' || !recognizer.IsDigit(p[4]) || !recognizer.IsUpper(p[0]) || !recognizer.IsUpper(p[1]) {
		return recognizer.None
	}
	n, at := 0, 4
	for ; at < len(p) && recognizer.IsDigit(p[at]) && n < 100; at++ {
		n = n*10 + int(p[at]-'0')
	}
	k := hl7Fields[string(p[:3])][n]
	if k == recognizer.StreetAddress && at+2 == len(p) { // XAD: the state, the ZIP code, the country, the type
		switch p[at+1] {
		case '4', '6', '7':
			return recognizer.None
		case '5':
			return recognizer.ZIP
		}
	}
	return k
}

// holder says that an attribute of that name holds what its element is about.
func holder(key []byte) bool {
	switch string(key) {
	case "value", "extension", "V", "text", "displayName", "ParticipantObjectID":
		return true
	}
	return false
}
