package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// x12 takes apart an ASC X12 interchange (837, 835, 270, 271, 276, 278, 834): the
// element separator is the fourth byte of ISA, the segment terminator its 106th.
// It says whether v is one.
func (e *Engine) x12(v *view, depth int) bool {
	b := v.b
	sep, term, from := x12Separators(b)
	if term == 0 {
		return false
	}
	var of party
	for i := from; i < len(b); {
		for i < len(b) && (b[i] == '\r' || b[i] == '\n' || b[i] == ' ' || b[i] == term) {
			i++
		}
		end := i
		for end < len(b) && b[end] != term {
			end++
		}
		e.fields++
		e.x12Segment(v, i, end, sep, &of, depth)
		e.fields--
		i = end + 1
	}
	return true
}

// x12Inside takes the segments from b[i] on, separated by * and ended by ~, in a
// line of a log; the last of them may lack its end.
func (s *searcher) x12Inside(i int) bool {
	b := s.b
	n := segmentName(b[i:])
	if n == 0 || i+n >= len(b) || b[i+n] != '*' || !named[string(b[i:i+n])] || bytes.Count(b[i:min(len(b), i+120)], []byte{'*'}) < 2 && !(string(b[i:i+n]) == "N3" && i+n+1 < len(b) && recognizer.IsDigit(b[i+n+1])) {
		return false
	}
	var of party
	for n > 0 && i+n < len(b) && b[i+n] == '*' {
		end, known := i, named[string(b[i:i+n])]
		for end < len(b) && b[end] != '~' && b[end] != '\n' && b[end] != '"' && !blankSegment(b, end) {
			end++
		}
		if known {
			s.e.x12Segment(&s.v, i, end, '*', &of, s.depth)
		}
		s.pos = end
		for i = end; i < len(b) && (b[i] == '~' || b[i] == '\n' || b[i] == '\r' || blankSegment(b, i)); i++ {
		}
		n = segmentName(b[min(i, len(b)):])
	}
	return true
}

// blankSegment says that b[i] is a blank before a segment: people put one there when
// they quote some in a line.
func blankSegment(b []byte, i int) bool {
	if b[i] != ' ' {
		return false
	}
	n := segmentName(b[i+1:])
	return n > 0 && i+1+n < len(b) && b[i+1+n] == '*'
}

// named are the segments that x12Segment knows by name; the others it searches.
var named = map[string]bool{"NM1": true, "N3": true, "N4": true, "DMG": true, "DTP": true, "DTM": true, "PER": true, "REF": true, "CLM": true, "CLP": true, "INS": true, "SBR": true, "TRN": true, "HI": true, "N1": true, "HL": true, "LX": true, "ST": true, "IK3": true, "IK4": true, "AK3": true, "AK4": true, "CTX": true, "RMR": true, "ENT": true, "COB": true}

// x12Separators returns the separators of the X12 text b and where its first
// segment after the envelope's head starts; term is 0 if b is no X12. Parts of an
// interchange have no head to name the separators: there the first segment's
// name, the * behind it and a terminator before another segment's name tell.
func x12Separators(b []byte) (sep, term byte, from int) {
	if len(b) > 105 && string(b[:3]) == "ISA" {
		sep, term = b[3], b[105]
		if recognizer.IsWord(sep) || recognizer.IsWord(term) || sep == term {
			return 0, 0, 0
		}
		return sep, term, 106
	}
	n := segmentName(b)
	if n == 0 || n >= len(b) || b[n] != '*' && b[n] != '|' && b[n] != '^' {
		return 0, 0, 0
	}
	sep = b[n]
	for i := n; i < len(b) && i < 400; i++ {
		if c := b[i]; c == '~' || c == '\'' || c == '\n' || c == 0x1c || c == 0x85 {
			j := i + 1
			for j < len(b) && (b[j] == c || b[j] == '\r' || b[j] == '\n') {
				j++
			}
			if m := segmentName(b[j:]); j == len(b) || m > 0 && j+m < len(b) && b[j+m] == sep {
				return sep, c, 0
			}
			return 0, 0, 0
		}
	}
	if sep == '*' && bytes.Count(b, []byte{'*'}) > 1 && !bytes.ContainsAny(b, " \n\t") {
		return sep, '~', 0 // one segment alone
	}
	return 0, 0, 0
}

// segmentName returns the length of the X12 segment name that b starts with, 0 if
// it is none of those that health care transactions use.
func segmentName(b []byte) int {
	for _, n := range [...]int{3, 2} {
		if len(b) > n && !recognizer.IsWord(b[n]) && x12Segments[string(b[:n])] {
			return n
		}
	}
	return 0
}

var x12Segments = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range [...]string{"ISA", "GS", "ST", "SE", "GE", "IEA", "BHT", "BGN", "BPR", "TRN", "HL", "NM1", "N1", "N2", "N3", "N4", "PER", "DMG", "REF", "DTP", "DTM", "CLM", "CLP", "CAS", "SBR", "PAT", "PRV", "INS", "HD", "COB", "LX", "SV1", "SV2", "SV3", "SVC", "SVD", "HI", "HCP", "CL1", "CR1", "CRC", "AMT", "QTY", "MOA", "MIA", "LQ", "PLB", "EB", "EQ", "AAA", "MSG", "RMR", "ENT", "III", "STC", "UM", "HSD", "NTE", "PWK", "CN1", "LUI", "EC", "ICM", "OI", "LS", "LE", "TA1", "AK1", "AK2", "AK9", "IK3", "IK4", "IK5", "AK3", "AK4", "AK5", "CTX"} {
		m[s] = true
	}
	return m
}()
