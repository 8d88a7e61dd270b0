package recognizer

// owners are whose names schemas keep beside one another: legalLast, proxy_first_nm,
// emergency.last. nameParts are the parts of a name there.
var (
	owners    = []string{"legal", "preferred", "member", "patient", "person", "subscriber", "insured", "guarantor", "beneficiary", "enrollee", "dependent", "claimant", "resident", "client", "spouse", "partner", "mother", "father", "parent", "guardian", "child", "kin", "nok", "emergency", "contact", "caller", "requester", "requestor", "applicant", "student", "holder", "cardholder", "owner", "payer", "proxy", "rep", "representative", "delegate", "caregiver", "recipient", "participant", "donor", "decedent", "visitor", "witness", "signer", "debtor", "rider", "passenger", "customer", "cust", "employee", "responsible party", "rp", "ec", "bene", "sub", "pt", "mbr", "alt", "maiden", "birth", "former", "current", "new", "old", "billing", "shipping", "ship to", "bill to"}
	nameParts = []string{"first", "last", "middle", "given", "family", "surname", "fn", "ln", "fname", "lname", "first name", "last name"}
)

// partKeys joins owners with nameParts.
func partKeys() (keys []string) {
	for _, o := range owners {
		for _, p := range nameParts {
			keys = append(keys, o+" "+p)
		}
	}
	return keys
}

// moreKeys are names of columns, fields and parameters that announce a kind as the
// Keys of its recognizer do: how schemas, forms and files of health software call
// what it knows by another name there.
var moreKeys = map[Kind][]string{
	PersonName:    {"preferred", "a 0500 a", "a 0500 b", "a 0500 c", "m 0040", "f name", "l name", "m name", "sname", "fore name", "sur name", "fam name", "given nm", "nick name", "goes by", "mother maiden", "pat f name", "pat l name", "nok first", "nok last", "kin first", "kin last", "contact first", "contact last", "guarantor first", "guarantor last", "spouse first", "spouse last", "attn to", "addressee", "attention to", "kin", "kin name", "nok", "nok name", "dependent name", "caretaker", "power of attorney", "legal rep", "display as", "label name", "print name", "name printed", "known as", "also known as", "former name", "previous name", "birth name", "name at birth", "insd last name", "insd first name"},
	BirthDate:     {"a 0900", "m 0066", "d o b", "birthdt", "bdate", "b date", "b day", "birth dte", "birth date time", "birth datetime", "birth on", "dte of birth", "dt of birth", "d of b", "birth millis", "birth epoch", "birth ts", "birth timestamp", "birth date millis", "dob epoch", "dob ms", "dob millis", "dob ts", "dob seconds"},
	CareDate:      {"lab date", "proc date", "procedure dt", "procedures date", "date of loss", "loss date", "coverage start", "coverage end", "coverage from", "coverage to", "cov eff date", "cov start", "cov end", "coverage effective", "coverage effective date", "statement from", "statement through", "service thru", "service through", "thru date", "dos through", "dos thru", "exam date", "consult date", "consultation date", "test date", "draw date", "drawn on", "result date", "results date", "resulted on", "rx date", "injection date", "dose date", "dialysis date", "therapy date", "next dose", "last dose", "booked for", "appointment at", "appt at", "visit at", "preferred date", "requested date", "pickup date"},
	Phone:         {"phn", "sip", "cb number", "call back number", "dial to", "voice number"},
	StreetAddress: {"municipality", "borough", "mail addr", "domicile", "ship to address", "bill to address", "phys addr", "physical addr"},
	ZIP:           {"pcode", "p code", "post code", "postalcd", "zipcd"},
	MRN:           {"medrecno", "med rec nbr", "uhid", "hosp no", "hospno", "hospital no", "mrno", "pid number", "demographic no", "demographic number", "demographic id", "folder number", "folder no", "health record number", "health record no", "cr number"},
	PatientID:     {"resident id", "resident no", "pt no"},
	HealthPlan:    {"pol number", "medicare no", "id card number", "ins policy", "insd id", "memid", "member card", "member key", "subscriber key", "plan id number", "hic", "mbr key", "cert number"},
	License:       {"lic number", "driver lic", "drivers lic", "drivers lic number", "driver lic number", "driving licence", "driving license"},
	SSN:           {"a 0600 a", "m 0064"}, // items of the assessments MDS 3.0 and OASIS that CMS asks for
	MBI:           {"a 0600 b", "m 0063"},
	Device:        {"implant sn", "meter serial", "meter sn", "monitor serial", "monitor sn", "ventilator serial", "cpap serial", "generator serial", "lead serial", "lead sn", "sensor sn"},
	OtherID:       {"dod id", "do d id", "edipi", "edi pi", "acc number patient", "script number", "clm number", "clm id", "tcn", "participant id", "episode id", "contact serial", "contact serial no", "specimen no", "sample id patient", "study subject id", "subject number", "enrollment id", "voucher number patient", "pa number", "prior auth number", "prior auth no", "prior auth id", "prior auth"},
}
