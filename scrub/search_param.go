package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// searchParam is what a search announces that HAPI FHIR prints, of the member value
// of a parameter, whose key starts at b[k]: family=[[StringParam[exact=false,
// value=LEE]]]. The parameter is named before its class, or behind it: TokenParam[…]
// for Patient.identifier.
func (s *searcher) searchParam(key []byte, k int) announcement {
	if string(key) != "value" {
		return announcement{}
	}
	b := s.b
	head := b[max(0, k-160):k]
	at := bytes.LastIndex(head, []byte("Param["))
	if at < 0 || bytes.IndexByte(head[at:], ']') >= 0 {
		return announcement{}
	}
	if bytes.Contains(head[at:], []byte("loinc")) || bytes.Contains(head[at:], []byte("snomed")) || bytes.Contains(head[at:], []byte("terminology.hl7")) {
		return announcement{} // a code
	}
	open := at + len("Param")
	for at > 0 && (recognizer.IsLetter(head[at-1]) || head[at-1] == '.') {
		at--
	}
	token := bytes.HasSuffix(head[:open], []byte("TokenParam"))
	to := at
	for to > 0 && (head[to-1] == '[' || head[to-1] == '=' || head[to-1] == ' ') {
		to--
	}
	from := to
	for from > 0 && (recognizer.IsLetter(head[from-1]) || head[from-1] == '_') {
		from--
	}
	name := head[from:to]
	if to == at || from == to { // named behind
		tail := b[k:min(len(b), k+120)]
		end := bytes.IndexByte(tail, ']')
		if end < 0 || !bytes.HasPrefix(tail[end+1:], []byte(" for Patient.")) {
			return announcement{}
		}
		name = tail[end+1+len(" for Patient."):]
		end = 0
		for end < len(name) && recognizer.IsLetter(name[end]) {
			end++
		}
		name = name[:end]
	}
	if token && string(name) == "identifier" {
		return announcement{kind: recognizer.MRN}
	}
	if parameterUse(name) == ofName || string(name) == "given" || string(name) == "family" {
		return announcement{kind: recognizer.PersonName}
	}
	return s.e.announce(name)
}
