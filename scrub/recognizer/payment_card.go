package recognizer

import "github.com/scrubline/scrubline/schemas"

// Payment card numbers (J): issuer ranges of ISO/IEC 7812 and the Luhn digit.
var card = Recognizer{
	Name: "payment_card", Letter: 'J', Treat: schemas.Label,
	Keys:  []string{"card", "card number", "cardnumber", "credit card", "creditcard", "cc number", "ccnum", "cc", "pan", "debit card", "payment card"},
	Value: func(b []byte, i int, _ bool) int { return cardShape(b, i) },
	Shape: cardShape, Runs: []int{4, 13, 14, 15, 16, 17, 18, 19},
	Next:   func(n int, c byte) bool { return n > 4 || c == '-' || c == ' ' },
	Before: func(c byte) bool { return c != '-' && c != '.' },
}

func cardShape(b []byte, i int) int {
	j, digits := i, 0
	sep := byte(0)
	for j < len(b) && digits < 20 {
		if IsDigit(b[j]) {
			digits++
			j++
			continue
		}
		if (b[j] == ' ' || b[j] == '-') && digits >= 4 && j+1 < len(b) && IsDigit(b[j+1]) && (sep == 0 || sep == b[j]) && (digits == 4 || digits == 8 || digits == 10 || digits == 12) {
			sep = b[j]
			j++
			continue
		}
		break
	}
	if digits < 13 || digits > 19 || !boundary(b, j) || !issuer(b[i:j], digits) || !luhn(b[i:j], 0) {
		return 0
	}
	if j < len(b) && (b[j] == '.' || b[j] == '-') && j+1 < len(b) && IsWord(b[j+1]) || i > 0 && (b[i-1] == '.' || b[i-1] == '-') {
		return 0
	}
	return j
}

// issuer says that the number starts as a card network's numbers of that length.
// CardStart says that a card's number can start with the digits a and b: no time
// in milliseconds does, nor one written as 20260301101500.
func CardStart(a, b byte) bool {
	switch a {
	case '1':
		return b == '8'
	case '2':
		return b >= '1' && b <= '7'
	}
	return a >= '3' && a <= '6'
}

func issuer(b []byte, n int) bool {
	var p [4]int // the first one to four digits
	k := 0
	for _, c := range b {
		if IsDigit(c) {
			if k > 0 {
				p[k] = p[k-1] * 10
			}
			p[k] += int(c - '0')
			if k++; k == 4 {
				break
			}
		}
	}
	two, three, four := p[1], p[2], p[3]
	switch {
	case p[0] == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return n == 16
	case two == 34 || two == 37: // American Express
		return n == 15
	case four == 6011, two == 65, three >= 644 && three <= 649: // Discover
		return n >= 16
	case four >= 3528 && four <= 3589: // JCB
		return n >= 16
	case four == 2131 || four == 1800: // JCB, cards of 15 digits
		return n == 15
	case two == 36, two == 38, two == 39, three >= 300 && three <= 305: // Diners Club
		return n >= 14
	case two == 62: // UnionPay
		return n >= 16
	}
	return false
}
