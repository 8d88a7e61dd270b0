package recognizer

import "github.com/scrubline/scrubline/schemas"

// Account numbers (J): patient accounts, bank accounts, claims and invoices. An
// AWS account id is 12 digits announced by "account" alone, so that word alone
// announces nothing.
var account = Recognizer{
	Name: "account_number", Letter: 'J', Treat: schemas.Label,
	Keys: []string{"patient account", "patient account number", "account number", "accountnumber", "acct", "acct no", "acct number", "acct num", "bank account", "routing number", "aba", "iban", "guarantor account", "billing account", "claim number", "claim id", "claimid", "invoice number", "hospital account", "har", "routing", "routing no", "aba routing", "aba number", "bank account number", "account no", "account num", "acct id", "patient acct", "guarantor acct", "ach account", "swift", "debit account", "ach routing", "claim no", "claim num", "invoice no", "invoice", "claim", "patient control number", "pcn", "receipt number", "statement number", "account ending", "invoice id", "patient account no", "claimnumber", "accountno", "acctno", "bankaccount", "routingnumber", "patientaccount", "har number", "iban number"},
	Value: func(b []byte, i int, _ bool) int {
		e := identifier(b, i, 3)
		if e-i == 12 && run(b, i) == e {
			return 0 // an AWS account id
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
