package recognizer

import (
	"bytes"
	"testing"
)

func TestAnnounce(t *testing.T) {
	f := func(key string, want Kind, weak bool) {
		t.Helper()
		if k, w := Announce([]byte(key)); k != want || w != weak {
			t.Errorf("%s announces %s (weak %v), want %s (%v)", key, k, w, want, weak)
		}
	}
	f("patientSSN", SSN, false)
	f("SSN", SSN, false)
	f("patient_mrn", MRN, false)
	f("X-Patient-Id", PatientID, false)
	f("memberId", HealthPlan, false)
	f("date-of-birth", BirthDate, false)
	f("firstName", PersonName, false)
	f("displayName", PersonName, true)
	f("discharge", CareDate, false)
	f("fileName", None, false)
	f("member-api", None, false)
	f("age_seconds", None, false)
	f("ja3Fingerprint", None, false)
	f("publicKey", None, false)
	f("duplicate", None, false)
	f("NAME_FULL_FORMATTED", PersonName, false)
	f("PERSON_NBR", MRN, false)
	f("BIRTH_DT_TM", BirthDate, false)
	f("pat_last_nm", PersonName, false)
	f("mbr_id", HealthPlan, false)
	f("PatientDto.id", PatientID, false)
	f("patientlastname", PersonName, false)
	f("SUBSCRIBERDOB", BirthDate, false)
	f("PORTALSESSION", SessionID, false)
	f("dob_ms", BirthDate, false)
	f("date_of_service", CareDate, false)
	f("l_name", PersonName, false)
	f("medicareNo", HealthPlan, false)
	f("iam_policy", None, false)
	f("fecha_nacimiento", BirthDate, false)
	f("telefono", Phone, false)
	f("PAT", None, false) // an access token
	f("hostname", None, false)
	f("classname", None, false)
	f("patient data count", None, false)
	f("", None, false)
}

func TestValue(t *testing.T) {
	f := func(k Kind, in, want string) {
		t.Helper()
		if end := All[k].Value([]byte(in), 0, false); in[:end] != want {
			t.Errorf("%s of %q: %q, want %q", k, in, in[:end], want)
		}
	}
	f(SSN, "219-09-9999 x", "219-09-9999")
	f(SSN, "219099999", "219099999")
	f(SSN, "****-6789", "****-6789")
	f(SSN, "12345", "")
	f(Phone, "(415) 555-0132 x12", "(415) 555-0132 x12")
	f(Phone, "1 366 212 2149&", "1 366 212 2149")
	f(Phone, "0155550132", "")
	f(CareDate, "2/14, at nine", "2/14")
	f(CareDate, "2024-02-30", "")
	f(BirthDate, "March 9, 1950.", "March 9, 1950")
	f(BirthDate, "19500309", "19500309")
	f(Account, "123456789012", "") // an AWS account id
	f(NPI, "1234567893", "1234567893")
	f(NPI, "1741080001", "")
	f(DEA, "AB1234563", "AB1234563")
	f(DEA, "AB1234567", "")
	f(VIN, "1M8GDM9AXKP042788", "1M8GDM9AXKP042788")
	f(VIN, "1M8GDM9A0KP042788", "1M8GDM9A0KP042788") // behind a key the check digit may be anything
	f(VIN, "1M8GDM9AIKP042788", "")
	f(VIN, "WAREHOUSEBATCHKEY", "")
	f(MBI, "1EG4-TE5-MK73", "1EG4-TE5-MK73")
	f(Card, "4111 1111 1111 1111", "4111 1111 1111 1111")
	f(Card, "4111111111111112", "")
	f(UserID, "jdoe72 ", "jdoe72")
	f(UserID, "svc-mirth", "")
	f(UserID, "root", "")
	f(ZIP, "02139-4307", "02139-4307")
	f(Device, "(01)00361241211750(17)260331(21)RT57", "(01)00361241211750(17)260331(21)RT57")
	f(StreetAddress, "12 Old Mill Road Apt 4, Salem", "12 Old Mill Road Apt 4")
	f(StreetAddress, "354 Lakin Frontage road, Troy", "354 Lakin Frontage road")
}

func TestNames(t *testing.T) {
	f := func(cue int, in, want string) {
		t.Helper()
		s, e := NameAfter([]byte(in), 0, cue)
		if in[s:e] != want {
			t.Errorf("behind a cue of strength %d in %q: %q, want %q", cue, in, in[s:e], want)
		}
	}
	f(Strong, " Valentin, reminder", "Valentin")
	f(Strong, " Service unavailable", "")
	f(Probable, " Ingrid Abernathy called", "Ingrid Abernathy")
	f(Probable, " Portal Access", "")
	f(Probable, " Grace Oduyemi-Kroll left", "Grace Oduyemi-Kroll")
	f(Probable, " Jimenez was moved to 4W", "Jimenez")
	f(Probable, " Etxebe denies pain", "Etxebe")
	f(Probable, " Etxebe was moved", "")
	f(Probable, " Portal was moved", "")
	f(Probable, " T BOYD-LUTZ) rejected", "T BOYD-LUTZ")
	f(Probable, " A Record", "")
	f(Strong, " T Etxebe, 4 Road", "T Etxebe")
	f(Probable, " T Etxebe, 4 Road", "")
	f(Probable, " ETXEBE DOB mismatch", "ETXEBE")
	f(Probable, " Etxebe 413-555-0172", "Etxebe")
	f(Probable, " Etxebe 413 items", "")
	f(Faint, " Mark Szczepanik", "Mark Szczepanik")
	f(Faint, " Grace Period", "")
	f(Faint, " Will Retry", "")
	f(Faint, " Mary O'Rourke (DOB", "Mary O'Rourke")
	f(Faint, " Amazon Linux 2", "")
	f(Faint, " com.acme.Main", "")

	pair := func(in, want string) {
		t.Helper()
		if e := NamePair([]byte(in), 0); in[:e] != want {
			t.Errorf("%q: %q, want %q", in, in[:e], want)
		}
	}
	pair("Daniel Janssen is here", "Daniel Janssen")
	pair("Mark Sweep GC", "")
	pair("Java HotSpot", "")
	pair("Boyd, T moved", "Boyd, T")
	pair("Austin, TX", "")
	pair("Ngozi lives with her aunt", "Ngozi")
	pair("Ngozi with her aunt", "")
	pair("HttpClient Daniel", "")

	before := func(in, want string) {
		t.Helper()
		got := ""
		if s := NameBefore([]byte(in), len(in)); s >= 0 {
			got = in[s:]
		}
		if got != want {
			t.Errorf("before the end of %q: %q, want %q", in, got, want)
		}
	}
	before("results of Zula Beer", "Zula Beer")
	before("copy of GARRITY, AMOS", "GARRITY, AMOS")
	before("Chart Lookup", "")
}

func TestFiles(t *testing.T) {
	f := func(in string, at int, find func(b []byte, i int) (int, int), want string) {
		t.Helper()
		s, e := find([]byte(in), at)
		if in[s:e] != want {
			t.Errorf("%s: %q, want %q", in, in[s:e], want)
		}
	}
	f("in/garrity_amos_19470615.pdf", 16, FileNameAt, "garrity_amos_19470615")
	f("in/garrity_amos_1947-06-15.pdf", 16, ISOFileNameAt, "garrity_amos_1947-06-15")
	f("app-prod-2022-09-28", 9, ISOFileNameAt, "")
	f("backup_daily_20240115", 13, FileNameAt, "")
	f("at 41.87811,-87.62980.", 3, PointAt, "41.87811,-87.62980")
	f("took 12.3456 ms, 87.6298 ms", 5, PointAt, "")
}

func TestIBAN(t *testing.T) {
	for in, want := range map[string]int{"GB82WEST12345698765432": 22, "GB82WEST12345698765433": 0, "DE89370400440532013000 x": 22, "AB12CD": 0} {
		if got := IBANAt([]byte(in), 0); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
}

func TestAWSID(t *testing.T) {
	for in, want := range map[string]bool{"sg-04cfb7a4712d75b00": true, "i-0a1b2c3d": true, "AIDATFQR7NSC5AU2ZV3IE": true, "MRN931247": false, "XJB888401538": false, "jo-deadbeef": true, "a-1": false} {
		if AWSID([]byte(in)) != want {
			t.Errorf("%s: %v", in, !want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	b := []byte("patient Ingrid Abernathy, 12 Old Mill Road, born March 9, 1950, 415-555-0132")
	n := testing.AllocsPerRun(100, func() {
		for i := range b {
			everything(t, b, i)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// everything asks every recognizer about b[i] and checks where values end.
func everything(t *testing.T, b []byte, i int) {
	for k := range All {
		r := &All[k]
		if r.Value != nil {
			for _, weak := range [...]bool{false, true} {
				if e := r.Value(b, i, weak); e != 0 && (e <= i || e > len(b)) {
					t.Fatalf("%s: value of %d bytes at %d ends at %d", r.Name, len(b), i, e)
				}
			}
		}
		if r.Shape != nil && IsDigit(b[i]) {
			if e := r.Shape(b, i); e != 0 && (e <= i || e > len(b)) {
				t.Fatalf("%s: shape of %d bytes at %d ends at %d", r.Name, len(b), i, e)
			}
		}
	}
	check := func(s, e int) {
		if e != 0 && (s < 0 || s >= e || e > len(b)) {
			t.Fatalf("span %d to %d of %d bytes at %d", s, e, len(b), i)
		}
	}
	for cue := Faint; cue <= Strong; cue++ {
		check(NameAfter(b, i, cue))
	}
	check(i, NamePair(b, i))
	check(i, NameBeside(b, i))
	if IsLetter(b[i]) || IsDigit(b[i]) {
		e, _ := FreeName(b, i)
		check(i, e)
		check(i, PostBox(b, i))
		check(i, FreeDate(b, i))
		if e := MoreAddress(b, i); e < i || e > len(b) {
			t.Fatalf("an address at %d goes on to %d", i, e)
		}
	}
	if b[i] == '^' {
		check(CaretName(b, i))
	}
	if b[i] == '+' {
		check(i, PlusPhone(b, i))
	}
	if IsDigit(b[i]) && (i == 0 || !IsDigit(b[i-1])) {
		check(PointAt(b, i))
		if run(b, i)-i == 8 {
			check(FileNameAt(b, i))
		}
		if run(b, i)-i == 4 {
			check(ISOFileNameAt(b, i))
		}
	}
	if IsLetter(b[i]) && (i == 0 || !IsLetter(b[i-1])) {
		e := nameWord(b, i)
		check(i, ForeignStreet(b, i, e))
		check(i, RoadEnding(b, i, e))
		Capital(b, i)
		NameCell(b[i:])
	}
	if IsDigit(b[i]) {
		check(i, NumberedRoad(b, i))
	}
	check(i, Whereabouts(b, i, true))
	check(i, AddressLine(b, i))
	if e := Tail(b, i); e < i || e > len(b) {
		t.Fatalf("the tail of an address at %d ends at %d", i, e)
	}
	if i > 0 {
		if s := NamesBefore(b, i); s >= i {
			t.Fatalf("names before %d start at %d", i, s)
		}
	}
	Surname(b, i)
	if s := NameBefore(b, i); s > i {
		t.Fatalf("a name before %d starts at %d", i, s)
	}
}

func FuzzRecognizers(f *testing.F) {
	for _, s := range []string{"patient Ingrid Abernathy, 12 Old Mill Road Apt 4", "lee_ann_face.jpg 1947-06-15", "LEE^ANN^M +1 415 555 0132", "PSC 5217, Box 4854\nAPO AP 43617", "(01)00361241211750(17)260331(21)RT57", "\xc3\xa9 \xff 4111-1111-1111-1111", "41.87811,-87.62980 IL 62704-1234", "Calle Hidalgo 218, 44100 Guadalajara", "12 rue de la République, 69001 Lyon", "77 Hwy 61\n5 E Broadway", "Hauptstraße 12a", "lee_ann_7712"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			b = b[:400]
		}
		before := bytes.Clone(b)
		for i := range b {
			everything(t, b, i)
		}
		if len(b) > 0 {
			Announce(b)
			Cue(bytes.Map(func(r rune) rune { return r }, b[:1]))
		}
		if !bytes.Equal(b, before) {
			t.Fatal("a recognizer wrote to the text")
		}
	})
}
