package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// x12 takes apart an ASC X12 interchange (837, 835, 270, 271, 276, 278, 834): the
// element separator is the fourth byte of ISA, the segment terminator its 106th.
// It says whether v is one.
func (e *Engine) x12(v *view, depth int) bool {
	b := v.b
	sep, term := b[3], b[105]
	if recognizer.IsWord(sep) || recognizer.IsWord(term) || sep == term {
		return false
	}
	for i := 106; i < len(b); {
		for i < len(b) && (b[i] == '\r' || b[i] == '\n' || b[i] == ' ') {
			i++
		}
		end := i
		for end < len(b) && b[end] != term {
			end++
		}
		e.x12Segment(v, i, end, sep, depth)
		i = end + 1
	}
	return true
}

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
		if provider[el(1)] {
			return // organisations and providers are not the patient
		}
		for k := 3; k <= 5; k++ {
			take(k, recognizer.PersonName)
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
		if len(el(n-1)) >= 8 {
			take(n-1, recognizer.CareDate)
		}
	case "PER":
		take(2, recognizer.PersonName)
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
		case "EA", "MRN":
			take(2, recognizer.MRN)
		case "1L", "1W", "IG", "0F", "Y4", "6P", "HJ", "N6", "D9", "G1", "9F", "F8", "EJ", "3H", "18", "49", "Q4", "6R":
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
