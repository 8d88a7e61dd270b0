package scrub

import (
	"strings"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// dicomElements says what the data elements hold that DICOM's own profile removes
// and that are the patient's (PS3.15, table E.1-1; PS3.6). The unique identifiers of
// a study, a series and an object are among them: each belongs to one patient, the
// profile replaces them (action U), and so 45 CFR 164.514(b)(2)(i)(R) has them. Those
// of classes and transfer syntaxes are the standard's and stay.
var dicomElements = map[string]recognizer.Kind{
	"00080012": recognizer.CareDate, "00080020": recognizer.CareDate, "00080021": recognizer.CareDate, "00080022": recognizer.CareDate, "00080023": recognizer.CareDate, "0008002A": recognizer.CareDate,
	"00080018": recognizer.OtherID, "00080050": recognizer.OtherID,
	"00100010": recognizer.PersonName, "00101001": recognizer.PersonName, "00101005": recognizer.PersonName, "00101060": recognizer.PersonName, "00102297": recognizer.PersonName,
	"00100020": recognizer.MRN, "00101000": recognizer.MRN, "00101090": recognizer.MRN,
	"00100030": recognizer.BirthDate, "00101040": recognizer.StreetAddress, "00102154": recognizer.Phone, "00102155": recognizer.Email,
	"00100050": recognizer.HealthPlan, "00101080": recognizer.OtherID,
	"00181000": recognizer.Device, "00181002": recognizer.Device,
	"0020000D": recognizer.OtherID, "0020000E": recognizer.OtherID, "00200010": recognizer.OtherID,
	"00380010": recognizer.OtherID, "00380020": recognizer.CareDate, "00380030": recognizer.CareDate,
	"00400002": recognizer.CareDate, "00400004": recognizer.CareDate, "00400244": recognizer.CareDate, "00400250": recognizer.CareDate,
	"00401001": recognizer.OtherID, "00402016": recognizer.OtherID, "00402017": recognizer.OtherID,
}

// dicomTag is what the element holds whose group and number a key starts with, as
// in DICOM's JSON and in the queries of DICOMweb (PS3.18): 00100020.
func dicomTag(key []byte) recognizer.Kind {
	if len(key) < 8 || key[0] != '0' || key[1] != '0' || len(key) > 8 && string(key[8:]) != " Value" {
		return recognizer.None
	}
	return dicomKind(string(key[:4]), string(key[4:8]))
}

// dicomParameter takes the value of the query 00100020=… whose name b[i:end] is.
func (s *searcher) dicomParameter(i, end int) bool {
	k := dicomTag(s.b[i:end])
	if k == recognizer.None {
		return false
	}
	to := s.value(end+1, announcement{kind: k})
	if to <= end+1 {
		return false
	}
	s.pos = to
	return true
}

// dicomKind is what the element of that group and number holds.
func dicomKind(group, element string) recognizer.Kind {
	return dicomElements[strings.ToUpper(group+element)]
}
