package recognizer

import "github.com/scrubline/scrubline/schemas"

// Account numbers (J): patient accounts, bank accounts, claims and invoices. An
// AWS account id is 12 digits announced by "account" alone, so that word alone
// announces nothing.
var account = Recognizer{
	Name: "account_number", Letter: 'J', Treat: schemas.Label,
	Keys: []string{"patient account", "patient account number", "account number", "accountnumber", "acct", "acct no", "acct number", "acct num", "bank account", "routing number", "aba", "iban", "guarantor account", "billing account", "claim number", "claim id", "claimid", "invoice number", "hospital account", "har"},
	Value: func(b []byte, i int, _ bool) int {
		e := identifier(b, i, 3)
		if e-i == 12 && run(b, i) == e {
			return 0 // an AWS account id
		}
		return e
	},
}
