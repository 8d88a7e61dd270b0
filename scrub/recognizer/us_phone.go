package recognizer

import "github.com/scrubline/scrubline/schemas"

// Telephone numbers (D) of the North American Numbering Plan: area and exchange
// are [2-9]XX, neither is N11 (NANPA, "About the NANP").
var phone = Recognizer{
	Name: "us_phone", Letter: 'D', Treat: schemas.Label,
	Keys:  []string{"phone", "phone number", "telephone", "tel", "mobile", "mobile phone", "cell", "cell phone", "cellphone", "home phone", "work phone", "contact number", "callback", "callback number", "phonenumber", "sms", "msisdn", "caller", "called from", "call", "phone no", "phone num", "ph", "tel no", "cell no", "mobile number", "mobile no", "primary phone", "phone1", "phone2", "patient phone", "text to", "sms to", "call back", "callback to", "call me on", "call me at", "dial", "dialed", "contact phone", "destination number", "destinationnumber", "voice", "phonehome", "phonemobile", "homephone", "mobilephone", "workphone", "recipient phone", "to number", "from number", "voicemail from", "telecom", "telefono", "teléfono", "celular", "movil", "móvil", "alt phone", "day phone", "evening phone", "emergency phone", "ani", "callerid", "caller id", "caller number", "called number", "calling number", "cellnumber", "home cell", "mobile contact", "contact mobile", "telefono celular", "phone home", "phone mobile", "phone work", "phone cell", "caller ani", "callee", "from phone", "to phone"},
	Value: phoneValue, Shape: phoneShape, Runs: []int{1, 3},
	Next:   func(_ int, c byte) bool { return joins(c) || c == '(' || c == ')' },
	Before: func(c byte) bool { return c != '-' && c != '.' && c != '/' && c != '_' },
}

// Fax numbers (E) look like telephone numbers; only a key tells them.
var fax = Recognizer{
	Name: "us_fax", Letter: 'E', Treat: schemas.Label,
	Keys:  []string{"fax", "fax number", "facsimile", "csid", "from csid", "to csid", "tsid", "remote csid", "station id", "remote station id", "efax", "faxnumber", "fax no", "fax num", "dest", "fax to", "fax from", "fax destination", "tofax", "faxno", "send fax", "job dest"},
	Value: phoneValue,
}

func phoneValue(b []byte, i int, _ bool) int {
	j := i
	if j < len(b) && b[j] == '+' {
		j++
		e := run(b, j) // E.164: up to 15 digits
		if n := e - j; n >= 8 && n <= 15 && boundary(b, e) {
			return e
		}
	}
	e := run(b, j)
	switch n := e - j; {
	case n == 10 && nanp(b, j, j+3), n == 11 && b[j] == '1' && nanp(b, j+1, j+4), n == 7:
		if boundary(b, e) {
			return extension(b, e)
		}
	}
	if e := groups(b, j); e > 0 {
		return e
	}
	if j > i { // groups of any size behind a country's code
		if e := PlusPhone(b, i); e > 0 {
			return e
		}
	}
	if e := spaced(b, j); e > 0 {
		return e
	}
	return 0
}

// spaced reads ddd ddd dddd, which without an announcement could be columns.
func spaced(b []byte, i int) int {
	if i+1 < len(b) && b[i] == '1' && b[i+1] == ' ' {
		i += 2
	}
	if !exactly(b, i, 3) || i+12 > len(b) || b[i+3] != ' ' || !exactly(b, i+4, 3) || b[i+7] != ' ' || !exactly(b, i+8, 4) || !nanp(b, i, i+4) || !boundary(b, i+12) {
		return 0
	}
	return extension(b, i+12)
}

func phoneShape(b []byte, i int) int {
	if e := run(b, i); e-i == 1 && b[i] != '1' {
		return 0
	}
	if i > 0 && (b[i-1] == '-' || b[i-1] == '.' || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == ':') && !(b[i-1] == ':' && i > 1 && IsLetter(b[i-2])) {
		return 0
	}
	return groups(b, i)
}

// groups reads [1 sep] [(]ddd[)] sep ddd sep dddd.
func groups(b []byte, i int) int {
	j := i
	if j+1 < len(b) && b[j] == '1' && !IsDigit(b[j+1]) {
		j++
		if d := dash(b, j); d > 0 {
			j += d
		} else if b[j] != '(' {
			return 0
		}
	}
	paren := j < len(b) && b[j] == '('
	if paren {
		j++
	}
	if !exactly(b, j, 3) {
		return 0
	}
	area := j
	j += 3
	first := byte(0)
	if j < len(b) && b[j] == ')' {
		paren = true
		j++
		if j < len(b) && b[j] == '+' { // a blank in a query
			j++
		}
		j += dash(b, j)
		if exactly(b, j, 7) && nanp(b, area, j) && boundary(b, j+7) {
			return extension(b, j+7)
		}
	} else {
		d := dash(b, j)
		if d == 0 || paren {
			return 0
		}
		first = b[j]
		j += d
	}
	if !exactly(b, j, 3) || !nanp(b, area, j) {
		return 0
	}
	j += 3
	d := dash(b, j)
	if d == 0 || first == ' ' && b[j] == ' ' && !paren {
		return 0 // three columns of numbers are no telephone number
	}
	j += d
	if !exactly(b, j, 4) || !boundary(b, j+4) {
		return 0
	}
	if j+4 < len(b) && (b[j+4] == '-' || b[j+4] == '.' && j+5 < len(b) && IsDigit(b[j+5])) {
		return 0
	}
	return extension(b, j+4)
}

// nanp checks the area code at a and the exchange at x.
func nanp(b []byte, a, x int) bool {
	return b[a] >= '2' && b[x] >= '2' && !(b[a+1] == '1' && b[a+2] == '1') && !(b[x+1] == '1' && b[x+2] == '1')
}

// extension takes " x123", " ext. 123" after a number.
func extension(b []byte, e int) int {
	j := e
	for j < len(b) && j < e+2 && (b[j] == ' ' || b[j] == ',') {
		j++
	}
	for _, w := range [...]string{"extension", "ext", "x"} {
		if !folded(b[j:], w) {
			continue
		}
		k := j + len(w)
		for k < len(b) && (b[k] == ' ' || b[k] == '.') {
			k++
		}
		if r := run(b, k); r > k && r-k <= 6 && boundary(b, r) {
			return r
		}
		return e
	}
	return e
}

// PlusPhone returns the end of the international number whose + is b[i], or 0:
// a country code and at least seven digits more (ITU-T E.164).
func PlusPhone(b []byte, i int) int {
	if i > 0 && IsWord(b[i-1]) || i+8 > len(b) || b[i+1]-'0' > 9 || b[i+1] == '0' {
		return 0
	}
	j, digits, groups := i+1, 0, 1
	for j < len(b) && digits < 16 {
		switch c := b[j]; {
		case IsDigit(c):
			digits++
			j++
			continue
		case (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '+') && groups < 7:
			k := j + 1
			for k < len(b) && k < j+3 && (b[k] == ' ' || b[k] == '(' || b[k] == ')' || b[k] == '-') {
				k++
			}
			if k < len(b) && IsDigit(b[k]) {
				groups++
				j = k
				continue
			}
		}
		break
	}
	if digits < 9 || digits > 15 || !boundary(b, j) && b[j]|0x20 != 'x' {
		return 0
	}
	if b[i+1] == '1' && digits != 11 {
		return 0
	}
	return extension(b, j)
}
