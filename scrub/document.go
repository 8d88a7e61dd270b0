package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// document takes the name, and the numbers and dates behind it, of whom the name of
// a document or a picture is about: Lee_Ann_insurance_card.png,
// LEE.ANN.826916.ccd.xml, statement-Lee-2026-03-09.pdf. Its words start at b[i].
func (s *searcher) document(i int) bool {
	b := s.b
	to, sep := recognizer.DocumentOf(b, i)
	if to == 0 {
		return false
	}
	lone := true // one word: it takes a document of a person, and its date
	for _, c := range b[i:to] {
		lone = lone && c != sep
	}
	if lone && !s.near(i, 40, "statement", "consent", "referral", "chart", "eob", "discharge", "letter", "result", "results", "intake", "insurance", "refill", "rx", "label", "wristband", "patient", "summary", "record", "records", "bill") {
		return false
	}
	s.name(i, to)
	for to+1 < len(b) && (b[to] == sep || b[to] == '_' || b[to] == '-' || b[to] == '.') && recognizer.IsDigit(b[to+1]) {
		from, end := to+1, to+1
		for end < len(b) && recognizer.IsDigit(b[end]) {
			end++
		}
		k, n := recognizer.None, recognizer.All[recognizer.CareDate].Value(b[:min(len(b), from+10)], from, false)
		if n < end || end-from == 8 && n != end {
			n = recognizer.All[recognizer.CareDate].Value(b[:end], from, false)
		}
		switch {
		case n >= from+8:
			k, end = recognizer.CareDate, n
		case end-from >= 5 && end-from <= 12:
			k = recognizer.MRN
		}
		if k == recognizer.None || end < len(b) && recognizer.IsWord(b[end]) {
			break
		}
		s.take(from, end, k)
		to = end
	}
	s.pos = to
	return true
}
