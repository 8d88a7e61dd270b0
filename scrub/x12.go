package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
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
	for i := from; i < len(b); {
		for i < len(b) && (b[i] == '\r' || b[i] == '\n' || b[i] == ' ' || b[i] == term) {
			i++
		}
		end := i
		for end < len(b) && b[end] != term {
			end++
		}
		e.fields++
		e.x12Segment(v, i, end, sep, depth)
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
	if n == 0 || i+n >= len(b) || b[i+n] != '*' || !named[string(b[i:i+n])] || bytes.Count(b[i:min(len(b), i+120)], []byte{'*'}) < 2 {
		return false
	}
	for n > 0 && i+n < len(b) && b[i+n] == '*' {
		end, known := i, named[string(b[i:i+n])]
		for end < len(b) && b[end] != '~' && b[end] != '\n' && b[end] != '"' && !blankSegment(b, end) {
			end++
		}
		if known {
			s.e.x12Segment(&s.v, i, end, '*', s.depth)
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
var named = map[string]bool{"NM1": true, "N3": true, "N4": true, "DMG": true, "DTP": true, "DTM": true, "PER": true, "REF": true, "CLM": true, "CLP": true, "INS": true, "SBR": true, "TRN": true, "HI": true}

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
	for _, s := range [...]string{"ISA", "GS", "ST", "SE", "GE", "IEA", "BHT", "BGN", "BPR", "TRN", "HL", "NM1", "N1", "N2", "N3", "N4", "PER", "DMG", "REF", "DTP", "DTM", "CLM", "CLP", "CAS", "SBR", "PAT", "PRV", "INS", "HD", "COB", "LX", "SV1", "SV2", "SV3", "SVC", "SVD", "HI", "HCP", "CL1", "CR1", "CRC", "AMT", "QTY", "MOA", "MIA", "LQ", "PLB", "EB", "EQ", "AAA", "MSG", "III", "STC", "UM", "HSD", "NTE", "PWK", "CN1", "LUI", "EC", "ICM", "OI", "LS", "LE", "TA1", "AK1", "AK2", "AK9", "IK3", "IK4", "IK5"} {
		m[s] = true
	}
	return m
}()

// x12Segment treats the elements of the segment b[i:end].
func (e *Engine) x12Segment(v *view, i, end int, sep byte, depth int) {
	b := v.b
	var at, to [32]int
	n := 0
	for s := i; s <= end && n < len(at); n++ {
		t := s
		for t < end && b[t] != sep {
			t++
		}
		at[n], to[n] = s, t
		s = t + 1
	}
	el := func(k int) string {
		if k >= n {
			return ""
		}
		return string(b[at[k]:to[k]])
	}
	take := func(k int, kind recognizer.Kind) {
		if k < n && to[k]-at[k] > 0 && ours(b[at[k]:to[k]]) != to[k]-at[k] {
			e.add(v, at[k], to[k], kind)
		}
	}
	switch el(0) {
	case "NM1":
		if el(8) == "XX" {
			take(9, recognizer.NPI)
		}
		if provider[el(1)] {
			return // organisations and providers are not the patient
		}
		if el(2) != "2" {
			for k := 3; k <= 5; k++ {
				take(k, recognizer.PersonName)
			}
		}
		switch el(8) {
		case "34":
			take(9, recognizer.SSN)
		case "XX", "PI", "FI", "24", "46":
		default:
			take(9, recognizer.HealthPlan)
		}
	case "N3":
		take(1, recognizer.StreetAddress)
		take(2, recognizer.StreetAddress)
	case "N4":
		take(1, recognizer.StreetAddress)
		take(3, recognizer.ZIP)
	case "DMG":
		take(2, recognizer.BirthDate)
	case "DTP", "DTM":
		if len(el(3)) >= 6 {
			take(3, recognizer.CareDate)
		} else if el(0) == "DTM" {
			take(2, recognizer.CareDate)
		}
	case "PER":
		if el(1) == "IP" {
			take(2, recognizer.PersonName)
		}
		for k := 3; k+1 < n; k += 2 {
			switch el(k) {
			case "TE", "HP", "WP", "CP", "EX":
				take(k+1, recognizer.Phone)
			case "FX":
				take(k+1, recognizer.Fax)
			case "EM":
				take(k+1, recognizer.Email)
			}
		}
	case "REF":
		switch el(1) {
		case "SY":
			take(2, recognizer.SSN)
		case "1K", "BLT":
			take(2, recognizer.Account)
		case "EA", "MRN":
			take(2, recognizer.MRN)
		case "1W", "IG", "0F", "Y4", "HJ", "N6", "D9", "G1", "9F", "F8", "EJ", "3H", "18", "49", "Q4", "6R":
			take(2, recognizer.HealthPlan)
		}
	case "CLM", "CLP":
		take(1, recognizer.Account)
		if el(0) == "CLP" {
			take(7, recognizer.Account)
		}
	case "TRN", "BHT", "SV1", "SV2", "HI", "ST", "SE", "GS", "GE", "IEA", "HL", "LX", "SBR", "PRV", "EB", "EQ":
	case "SUBSCRIBER", "INS":
	default:
		u := v.sub(i, end)
		e.search(u, announcement{}, schemas.Text, depth)
	}
}

// provider lists the entity codes (data element 98) of parties that are not
// patients, subscribers or their families.
var provider = map[string]bool{"40": true, "41": true, "PR": true, "PE": true, "1P": true, "FA": true, "85": true, "87": true, "82": true, "77": true, "71": true, "72": true, "73": true, "DN": true, "DK": true, "DQ": true, "P3": true, "2B": true, "36": true, "P5": true, "IN": true, "X3": true, "GP": true, "80": true, "QB": true, "QD": false}
