package recognizer

import "github.com/scrubline/scrubline/schemas"

// Account numbers (J): patient accounts, bank accounts, claims and invoices. An
// AWS account id is 12 digits announced by "account" alone, so that word alone
// announces nothing.
var account = Recognizer{
	Name: "account_number", Letter: 'J', Treat: schemas.Label,
	Keys: []string{"patient account", "patient account number", "account number", "accountnumber", "acct", "acct no", "acct number", "acct num", "bank account", "routing number", "aba", "iban", "guarantor account", "billing account", "claim number", "claim id", "claimid", "invoice number", "hospital account", "har", "routing", "routing no", "aba routing", "aba number", "bank account number", "account no", "account num", "acct id", "patient acct", "guarantor acct", "ach account", "swift", "debit account", "ach routing", "claim no", "claim num", "invoice no", "invoice", "claim", "patient control number", "pcn", "receipt number", "statement number", "account ending", "invoice id", "patient account no", "claimnumber", "accountno", "acctno", "bankaccount", "routingnumber", "patientaccount", "har number", "iban number", "hospital account number", "icn", "dcn", "claim reference", "payer claim number", "claim reference number", "claim control", "bank account no", "payment account"},
	Value: func(b []byte, i int, _ bool) int {
		e := identifier(b, i, 3)
		if e-i == 12 && run(b, i) == e {
			return 0 // an AWS account id
		}
		if e-i == 4 && string(b[i:i+3]) == "837" && !IsDigit(b[i+3]) {
			return 0 // "claim 837P": the transaction of X12 that claims are sent in
		}
		return e
	},
}

// AWSID says that w is an identifier of a resource or principal of AWS: sg-0a1b…,
// AIDA….
func AWSID(w []byte) bool {
	if len(w) >= 16 && len(w) <= 24 && w[0] == 'A' && IsUpper(w[3]) {
		switch string(w[:4]) {
		case "AKIA", "ASIA", "AIDA", "AROA", "ANPA", "ANVA", "AGPA", "AIPA", "APKA", "ASCA", "ABIA", "ACCA":
			return true
		}
	}
	dash := 0
	for dash < len(w) && dash < 9 && w[dash] != '-' {
		if class[w[dash]]&lower == 0 {
			return false
		}
		dash++
	}
	if n := len(w) - dash - 1; dash == 0 || dash > 8 || n != 8 && n != 17 || w[dash] != '-' {
		return false
	}
	for _, c := range w[dash+1:] {
		if !IsDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// IBANAt returns the end of the international bank account number at b[i], or 0:
// a country, two check digits and 11 to 30 letters or digits whose remainder by
// 97 is 1 (ISO 13616, ISO/IEC 7064).
func IBANAt(b []byte, i int) int {
	if i+15 > len(b) || !IsUpper(b[i]) || !IsUpper(b[i+1]) || !IsDigit(b[i+2]) || !IsDigit(b[i+3]) {
		return 0
	}
	e := i
	for e < len(b) && e-i < 35 && (IsUpper(b[e]) || IsDigit(b[e])) {
		e++
	}
	if n := e - i; n < 15 || n > 34 || !boundary(b, e) {
		return 0
	}
	rest := 0
	for k := i + 4; k < e+4; k++ {
		c := b[i+(k-i)%(e-i)] // the first four come last
		if IsDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	if rest != 1 {
		return 0
	}
	return e
}
