package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// hl7Fields says what the fields of HL7 v2 segments hold (HL7 v2.5.1, chapters 2.A,
// 3, 4, 6, 7, 9 and 10). Fields that are not listed are told by their data types
// and else searched as text; None stands for those of insurers and facilities, of codes
// (CE: what was ordered, given or measured) and of goods (a lot's expiration).
var hl7Fields = map[string]map[int]recognizer.Kind{
	"PID": {2: recognizer.MRN, 3: recognizer.MRN, 4: recognizer.MRN, 5: recognizer.PersonName, 6: recognizer.PersonName, 7: recognizer.BirthDate, 9: recognizer.PersonName, 11: recognizer.StreetAddress, 12: recognizer.StreetAddress, 13: recognizer.Phone, 14: recognizer.Phone, 18: recognizer.Account, 19: recognizer.SSN, 20: recognizer.License, 21: recognizer.MRN, 23: recognizer.StreetAddress, 29: recognizer.BirthDate},
	"NK1": {2: recognizer.PersonName, 4: recognizer.StreetAddress, 5: recognizer.Phone, 6: recognizer.Phone, 7: recognizer.None, 12: recognizer.OtherID, 16: recognizer.BirthDate, 26: recognizer.PersonName, 30: recognizer.PersonName, 31: recognizer.Phone, 32: recognizer.StreetAddress, 33: recognizer.OtherID, 37: recognizer.SSN, 38: recognizer.StreetAddress},
	"GT1": {2: recognizer.OtherID, 3: recognizer.PersonName, 4: recognizer.PersonName, 5: recognizer.StreetAddress, 6: recognizer.Phone, 7: recognizer.Phone, 8: recognizer.BirthDate, 12: recognizer.SSN, 16: recognizer.PersonName, 17: recognizer.StreetAddress, 18: recognizer.Phone, 19: recognizer.OtherID, 42: recognizer.PersonName, 45: recognizer.PersonName, 46: recognizer.Phone},
	"IN1": {2: recognizer.None, 3: recognizer.None, 4: recognizer.None, 5: recognizer.None, 6: recognizer.None, 7: recognizer.None, 8: recognizer.None, 9: recognizer.None, 10: recognizer.None, 11: recognizer.None, 16: recognizer.PersonName, 18: recognizer.BirthDate, 19: recognizer.StreetAddress, 36: recognizer.HealthPlan, 44: recognizer.StreetAddress, 49: recognizer.HealthPlan, 52: recognizer.StreetAddress},
	"IN2": {1: recognizer.OtherID, 2: recognizer.SSN, 3: recognizer.PersonName, 6: recognizer.HealthPlan, 7: recognizer.PersonName, 8: recognizer.HealthPlan, 9: recognizer.PersonName, 10: recognizer.OtherID, 22: recognizer.PersonName, 26: recognizer.HealthPlan, 40: recognizer.PersonName, 50: recognizer.Phone, 52: recognizer.PersonName, 53: recognizer.Phone, 61: recognizer.HealthPlan, 63: recognizer.Phone, 64: recognizer.Phone},
	"IN3": {2: recognizer.OtherID},
	"QPD": {3: recognizer.MRN},
	"PV1": {5: recognizer.OtherID, 19: recognizer.OtherID, 44: recognizer.CareDate, 45: recognizer.CareDate, 50: recognizer.OtherID},
	"PV2": {8: recognizer.CareDate, 9: recognizer.CareDate},
	"MRG": {1: recognizer.MRN, 2: recognizer.MRN, 3: recognizer.Account, 4: recognizer.MRN, 5: recognizer.OtherID, 6: recognizer.OtherID, 7: recognizer.PersonName},
	"PD1": {3: recognizer.None, 4: recognizer.None},
	"ORC": {2: recognizer.OtherID, 3: recognizer.OtherID},
	"OBR": {2: recognizer.OtherID, 3: recognizer.OtherID, 4: recognizer.None, 7: recognizer.CareDate, 8: recognizer.CareDate, 14: recognizer.CareDate, 22: recognizer.CareDate},
	"OBX": {3: recognizer.None, 14: recognizer.CareDate},
	"FT1": {4: recognizer.CareDate, 5: recognizer.CareDate, 23: recognizer.OtherID},
	"AL1": {6: recognizer.CareDate},
	"DG1": {5: recognizer.CareDate},
	"PR1": {5: recognizer.CareDate},
	"ACC": {1: recognizer.CareDate},
	"SCH": {1: recognizer.OtherID, 2: recognizer.OtherID, 11: recognizer.CareDate},
	"TXA": {4: recognizer.CareDate, 12: recognizer.OtherID, 13: recognizer.OtherID},
	"RXA": {3: recognizer.CareDate, 4: recognizer.CareDate, 5: recognizer.None, 16: recognizer.None},
	"RXD": {7: recognizer.OtherID},
	"RXE": {15: recognizer.OtherID},
}

// hl7Components are components of data types that only persons have, as trees of JSON
// name them: {"XPN.1":{"FN.1":"Lee"},"XPN.2":"Ann"} (chapter 2.A).
var hl7Components = map[string]recognizer.Kind{
	"XPN.1": recognizer.PersonName, "XPN.2": recognizer.PersonName, "XPN.3": recognizer.PersonName, "FN.1": recognizer.PersonName,
	"CX.1": recognizer.MRN, "XAD.1": recognizer.StreetAddress, "XAD.2": recognizer.StreetAddress, "SAD.1": recognizer.StreetAddress,
	"XAD.3": recognizer.StreetAddress, "XAD.5": recognizer.ZIP, "XTN.1": recognizer.Phone,
}

// ofSomebody says that the message b, whose fields sep separates, is about a
// patient: some segment is of one, or it is a piece without the header that
// would have told. Master files and controls of quality are of nobody.
func ofSomebody(b []byte, sep byte) bool {
	if string(b[:3]) != "MSH" {
		return true
	}
	for _, name := range [...]string{"PID", "NK1", "GT1", "IN1", "MRG", "PV1", "QPD", "QRD"} {
		for from := 0; ; {
			i := bytes.Index(b[from:], []byte(name))
			if i < 0 {
				break
			}
			if from += i + 3; from < len(b) && b[from] == sep {
				return true
			}
		}
	}
	return false
}

// hl7Typed takes a field of no known place whose data type tells what it holds: a
// point in time (TS), a telephone number (XTN), or an identifier (CX) whose fifth component says that it is
// a person's (table 0203). In the segments of a patient each of them is the
// patient's, wherever the sender has put it.
func (e *Engine) hl7Typed(v *view) bool {
	b := v.b
	if hl7Time(b) {
		e.add(v, 0, len(b), recognizer.CareDate)
		return true
	}
	e.hl7Timing(v)
	if b[0] == '(' && ours(b) == 0 { // XTN: [NN] [(999)]999-9999 (2.A.89)
		end := recognizer.All[recognizer.Phone].Value(b, 0, false)
		if end > 0 {
			e.add(v, 0, end, recognizer.Phone)
		}
		return end > 0
	}
	var part [5][]byte
	n, from := 0, 0
	for i := 0; i <= len(b) && n < len(part); i++ {
		if i == len(b) || b[i] == '^' || b[i] == '*' {
			part[n], from = b[from:i], i+1
			n++
		}
	}
	if n < len(part) || len(part[0]) == 0 || len(part[1]) > 2 || ours(b) > 0 || !numbers(part[0], 1) {
		return false
	}
	k := idKind(part[4])
	if k == recognizer.None || k == recognizer.License {
		return false
	}
	e.add(v, 0, len(part[0]), k)
	return true
}

// hl7Timing takes the points in time among the components of a field, as those of a
// quantity and timing (TQ, chapter 2.A.81): 1^BID^^20260312^20260612.
func (e *Engine) hl7Timing(v *view) {
	b := v.b
	for i := 0; i < len(b); i++ {
		if i > 0 && b[i-1] != '^' && b[i-1] != '~' {
			continue
		}
		end := i
		for end < len(b) && end-i < 25 && b[end] != '^' && b[end] != '~' && b[end] != '&' {
			end++
		}
		if end-i >= 8 && end-i < len(b) && hl7Time(b[i:end]) {
			e.add(v, i, end, recognizer.CareDate)
		}
		i = max(i, end-1)
	}
}

// hl7Time says that b is a point in time no coarser than a day:
// YYYYMMDD[HHMM[SS[.S]]][+ZZZZ] (HL7 v2.5.1, chapter 2.A.77).
func hl7Time(b []byte) bool {
	n := 0
	for n < len(b) && recognizer.IsDigit(b[n]) {
		n++
	}
	if n != 8 && n != 10 && n != 12 && n != 14 || recognizer.All[recognizer.CareDate].Value(b[:8], 0, false) != 8 {
		return false
	}
	for _, c := range b[n:] {
		if !recognizer.IsDigit(c) && c != '.' && c != '+' && c != '-' {
			return false
		}
	}
	return len(b) < 25
}

// hl7Content says that the component that an element of HL7 v2 in XML names holds
// text of its own and no code about the others (HL7 v2.5.1, chapter 2.A): the id of
// a CX, but not who assigned it.
func hl7Content(name []byte) bool {
	if len(name) < 4 || len(name) > 6 {
		return true
	}
	i := bytes.IndexByte(name, '.')
	if i < 2 || i+1 >= len(name) {
		return true
	}
	switch number := string(name[i+1:]); string(name[:i]) {
	case "CX", "EI", "TS":
		return number == "1"
	case "HD":
		return false
	case "XPN":
		return len(number) == 1 && number < "7"
	case "XAD":
		return len(number) == 1 && number != "6" && number != "7"
	case "XTN":
		return number != "2" && number != "3" && number != "5"
	}
	return true
}
