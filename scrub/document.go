package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// numberAndDate says that two groups of at least five digits follow a name.
func numberAndDate(b []byte) bool {
	groups, n := 0, 0
	for i := 0; i < len(b) && i < 40; i++ {
		switch c := b[i]; {
		case recognizer.IsDigit(c):
			if n++; n == 5 {
				groups++
			}
		case c == '_' || c == '-':
			n = 0
		default:
			return groups > 1
		}
	}
	return groups > 1
}

// numberedName takes the name b[i:end] of a file or folder and the number of a person
// that is joined before it: 6582733-Lee/series1.
func (s *searcher) numberedName(i, end int) bool {
	b, from := s.b, i-1
	for from > 0 && i-from < 14 && recognizer.IsDigit(b[from-1]) {
		from--
	}
	if n := i - 1 - from; n < 5 || n > 10 || from > 0 && b[from-1] != '/' && b[from-1] != '"' || end < len(b) && b[end] != '/' && b[end] != '_' && b[end] != '.' ||
		!recognizer.Capital(b, i) || !recognizer.NamesKnown(b[i:end]) || recognizer.Ordinary(b[i:end]) {
		return false
	}
	s.e.add(&s.v, from, i-1, recognizer.MRN)
	s.name(i, end)
	return true
}

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
	if lone && !numberAndDate(b[to:]) && !s.near(i, 40, "statement", "consent", "referral", "chart", "eob", "discharge", "letter", "result", "results", "intake", "insurance", "refill", "rx", "label", "wristband", "patient", "summary", "record", "records", "bill") {
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
