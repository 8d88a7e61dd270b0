package recognizer

import "github.com/scrubline/scrubline/schemas"

// Health plan beneficiary numbers (I): member, subscriber, policy and group ids.
var healthPlan = Recognizer{
	Name: "health_plan_id", Letter: 'I', Treat: schemas.Label,
	Keys: []string{"member id", "memberid", "member number", "member no", "subscriber id", "subscriberid", "subscriber number", "policy number", "policy no", "insurance id", "insuranceid", "insurance number", "insured id", "plan id", "planid", "beneficiary id", "beneficiaryid", "beneficiary number", "health plan", "medicaid", "medicaid id", "medicaid number", "coverage id", "payer id", "card id", "member", "enrollee id", "enrollee", "subscriber no", "subscr id", "plan member id", "hic number", "medicaid no", "cin", "policynumber", "certificate no", "rx bin member", "member identifier", "mem id", "mbr id", "payer member id", "hicn", "contract number", "insurance policy", "recipient id", "medi cal id", "medicare id", "medicare number", "subscriber identifier", "insured number", "plan number", "beneficiary identifier", "mbi number"},
	Weak: []string{"insurance", "ins", "policy", "insurance policy no", "mbr", "subscr"},
	Value: func(b []byte, i int, weak bool) int {
		if weak {
			if dateValue(b, i, false) > 0 || folded(b[i:], "0x") { // the version of a policy, a master boot record
				return 0
			}
			e := identifier(b, i, 6)
			if e-i >= 16 && lowerHex(b[i:e]) { // of a policy of rules
				return 0
			}
			return e
		}
		e := identifier(b, i, 3)
		if e-i > 36 && b[e-13] == '-' && b[e-18] == '-' && b[e-23] == '-' && b[e-28] == '-' { // consumer-425-<UUID>
			return 0
		}
		return e
	},
}

// lowerHex says that b is hexadecimal in small letters, as programs write what they
// drew or hashed.
func lowerHex(b []byte) bool {
	for _, c := range b {
		if !IsDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
