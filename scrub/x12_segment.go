package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// party is whom the loop in hand is about: the last NM1 or N1 says it for the
// addresses, contacts and references behind it (ASC X12 005010, the loops of NM1).
type party uint8

const (
	anybody party = iota // as a segment that stands alone
	somebody
	business // a provider, a payer or another organisation
)

// x12Segment treats the elements of the segment b[i:end] and keeps account of the
// loop that it stands in.
func (e *Engine) x12Segment(v *view, i, end int, sep byte, of *party, depth int) {
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
		if k < n && kind != recognizer.None && to[k]-at[k] > 0 && ours(b[at[k]:to[k]]) != to[k]-at[k] {
			e.add(v, at[k], to[k], kind)
		}
	}
	switch el(0) {
	case "NM1":
		if el(8) == "XX" {
			take(9, recognizer.NPI)
		}
		if *of = somebody; provider[el(1)] {
			*of = business
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
	case "N1":
		if *of = business; el(3) == "XX" {
			take(4, recognizer.NPI)
		}
	case "N3":
		if *of == business {
			return
		}
		take(1, recognizer.StreetAddress)
		take(2, recognizer.StreetAddress)
	case "N4":
		if *of == business {
			return
		}
		take(1, recognizer.StreetAddress)
		take(3, recognizer.ZIP)
		if el(5) == "CY" {
			take(6, recognizer.StreetAddress)
		}
	case "DMG":
		take(2, recognizer.BirthDate)
	case "DTP", "DTM":
		if ofExchange[el(1)] {
			return
		}
		if el(5) == "RD8" { // a range (DTM, 820)
			take(6, recognizer.CareDate)
		}
		if len(el(3)) >= 6 {
			take(3, recognizer.CareDate)
		} else if el(0) == "DTM" {
			take(2, recognizer.CareDate)
		}
	case "PER":
		if *of == business {
			return
		}
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
		case "1K", "9A", "9C":
			take(2, recognizer.Account)
		case "4A", "ABB", "BB", "G3": // personal and authorization numbers
			take(2, recognizer.OtherID)
		case "EA", "MRN":
			take(2, recognizer.MRN)
		case "1W", "IG", "0F", "Y4", "HJ", "N6", "D9", "G1", "9F", "F8", "EJ", "3H", "18", "49", "Q4", "6R", "23", "F6":
			take(2, recognizer.HealthPlan)
		}
		if el(1) == "17" && numbers(b[at[2]:to[min(2, n-1)]], 5) { // 834: of the member; else a category
			take(2, recognizer.HealthPlan)
		}
	case "RMR": // of whom a premium is paid for (820)
		switch el(1) {
		case "AZ", "IG", "11", "B7", "ID":
			take(2, recognizer.HealthPlan)
		}
	case "ENT": // of whom the next lines speak (820)
		if el(3) == "34" {
			take(4, recognizer.SSN)
		}
	case "COB": // another policy of a member (834)
		take(2, recognizer.HealthPlan)
	case "CLM", "CLP":
		*of = anybody
		take(1, recognizer.Account)
		if el(0) == "CLP" {
			take(7, recognizer.Account)
		}
	case "HL", "INS", "LX", "SBR", "ST":
		*of = anybody
	case "HI": // occurrences have dates: BH:A1:D8:20260312
		for k := 1; k < n; k++ {
			if m := bytes.Index(b[at[k]:to[k]], []byte("D8")); m > 1 && to[k]-at[k] >= m+11 {
				if from := at[k] + m + 3; recognizer.All[recognizer.CareDate].Value(b[:from+8], from, false) == from+8 {
					e.add(v, from, to[k], recognizer.CareDate)
				}
			}
		}
	case "IK4", "AK4": // the copy of an element that was in error, and its number in the dictionary
		take(4, copied[el(2)])
	case "CTX":
		if c := el(1); len(c) > 6 && c[:5] == "CLM01" {
			e.add(v, at[1]+6, to[1], recognizer.Account)
		}
	case "TRN": // 277: the provider's number of the patient named before
		if el(1) == "2" && *of == somebody {
			take(2, recognizer.Account)
		}
	case "IK3", "AK3", "AK2", "BHT", "SV1", "SV2", "SE", "GS", "GE", "IEA", "PRV", "EB", "EQ":
	default:
		u := v.sub(i, end)
		e.search(u, announcement{}, schemas.Text, depth)
	}
}

// provider lists the entity codes (data element 98) of parties that are not
// patients, subscribers or their families.
var provider = map[string]bool{"40": true, "41": true, "PR": true, "PE": true, "1P": true, "FA": true, "85": true, "87": true, "82": true, "77": true, "71": true, "72": true, "73": true, "DN": true, "DK": true, "DQ": true, "P3": true, "2B": true, "36": true, "P5": true, "IN": true, "X3": true, "GP": true, "80": true, "QB": true, "AY": true, "P4": true, "DD": true, "QV": true, "1I": true}

// ofExchange lists the date qualifiers (data element 374) of the exchange itself:
// production, issue.
var ofExchange = map[string]bool{"405": true, "097": true, "102": true}

// copied says what the elements hold that can name somebody, by their numbers in
// the X12 dictionary.
var copied = map[string]recognizer.Kind{"1035": recognizer.PersonName, "1036": recognizer.PersonName, "1037": recognizer.PersonName, "93": recognizer.PersonName, "67": recognizer.HealthPlan, "127": recognizer.HealthPlan, "1028": recognizer.Account, "1251": recognizer.CareDate, "166": recognizer.StreetAddress, "19": recognizer.StreetAddress, "116": recognizer.ZIP, "364": recognizer.Phone}

// x12Elements says the same of elements by the names that programs give them:
// those of their segment and their place.
var x12Elements = map[string]recognizer.Kind{"NM103": recognizer.PersonName, "NM104": recognizer.PersonName, "NM105": recognizer.PersonName, "NM109": recognizer.HealthPlan, "DMG02": recognizer.BirthDate, "N301": recognizer.StreetAddress, "N302": recognizer.StreetAddress, "N401": recognizer.StreetAddress, "N403": recognizer.ZIP, "CLM01": recognizer.Account, "CLP01": recognizer.Account}

// x12Element is what the member key at b[from] announces as the name of an
// element, unless the members before it say that it is of a provider or a payer.
func x12Element(b, key []byte, from int) recognizer.Kind {
	if len(key) < 4 || len(key) > 5 {
		return recognizer.None
	}
	k := x12Elements[string(key)]
	if k == recognizer.None {
		return k
	}
	head := b[max(0, from-statement):from]
	if i := bytes.LastIndex(head, []byte(`"NM101"`)); i >= 0 {
		code := bytes.TrimLeft(head[i+len(`"NM101"`):], `: "`)
		if end := bytes.IndexByte(code, '"'); end > 0 && provider[string(code[:end])] {
			return recognizer.None
		}
	}
	return k
}
