package policy

// checksums are the check digit schemes that a custom recognizer may name.
var checksums = map[string]checksum{
	"luhn":     {luhn, false},     // ISO/IEC 7812-1, annex B
	"npi":      {npi, false},      // Luhn with the prefix 80840 (45 CFR 162.406)
	"mod97":    {mod97, true},     // ISO 7064 MOD 97-10: the number leaves 1
	"iban":     {iban, true},      // the same, of an IBAN, whose first four come last
	"mod11":    {mod11, true},     // weights 1, 2, 3 … from the right, X is ten: ISBN-10, NHS number
	"mod11_10": {mod11x10, false}, // ISO 7064 MOD 11,10
	"aba":      {aba, false},      // bank routing numbers: weights 3, 7, 1
	"verhoeff": {verhoeff, false},
	"damm":     {damm, false},
	"dea":      {dea, true}, // two letters, six digits, a check digit
}

// checksum is one of them: it gets the digits of a match and, if letters is set,
// its letters in upper case.
type checksum struct {
	right   func([]byte) bool
	letters bool
}

// of says whether the check digit of a match is right; it writes to scratch.
func (c *checksum) of(scratch, match []byte) bool {
	scratch = scratch[:0]
	for _, b := range match {
		switch {
		case b-'0' <= 9, c.letters && b-'A' < 26:
			scratch = append(scratch, b)
		case c.letters && b-'a' < 26:
			scratch = append(scratch, b-0x20)
		}
	}
	return c.right(scratch)
}

func digits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return len(b) > 1
}

func luhn(b []byte) bool { return digits(b) && luhnSum(b)%10 == 0 }

func luhnSum(b []byte) (sum int) {
	for i := range b {
		d := int(b[len(b)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}

// npi adds 24, which is what the prefix 80840 comes to.
func npi(b []byte) bool { return digits(b) && len(b) == 10 && (luhnSum(b)+24)%10 == 0 }

func mod97(b []byte) bool { return len(b) > 2 && rest97(0, b) == 1 }

func iban(b []byte) bool { return len(b) > 4 && rest97(rest97(0, b[4:]), b[:4]) == 1 }

func rest97(rest int, b []byte) int {
	for _, c := range b {
		switch {
		case c-'0' <= 9:
			rest = rest*10 + int(c-'0')
		case c-'A' < 26:
			rest = rest*100 + int(c-'A') + 10
		}
		rest %= 97
	}
	return rest
}

func mod11(b []byte) bool {
	sum := 0
	for i := range b {
		c := b[len(b)-1-i]
		switch {
		case c-'0' <= 9:
			sum += (i + 1) * int(c-'0')
		case c == 'X' && i == 0:
			sum += 10
		default:
			return false
		}
	}
	return len(b) > 1 && sum%11 == 0
}

func mod11x10(b []byte) bool {
	if !digits(b) {
		return false
	}
	p := 10
	for _, c := range b[:len(b)-1] {
		if p = (p + int(c-'0')) % 10; p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+int(b[len(b)-1]-'0'))%10 == 1
}

func aba(b []byte) bool {
	if !digits(b) || len(b) != 9 {
		return false
	}
	sum := 0
	for i, c := range b {
		sum += [...]int{3, 7, 1}[i%3] * int(c-'0')
	}
	return sum%10 == 0
}

func dea(b []byte) bool {
	if len(b) != 9 || b[0]-'A' > 25 || !digits(b[2:]) {
		return false
	}
	sum := 0
	for i, c := range b[2:8] {
		sum += (1 + i%2) * int(c-'0')
	}
	return sum%10 == int(b[8]-'0')
}

// The multiplication of the dihedral group of order 10, and Verhoeff's
// permutation.
var (
	dihedral = [10]string{"0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"}
	permuted = [8]string{"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"}
)

func verhoeff(b []byte) bool {
	if !digits(b) {
		return false
	}
	c := byte(0)
	for i := range b {
		d := permuted[i%8][b[len(b)-1-i]-'0'] - '0'
		c = dihedral[c][d] - '0'
	}
	return c == 0
}

// quasigroup is Damm's of order 10.
var quasigroup = [10]string{"0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"}

func damm(b []byte) bool {
	if !digits(b) {
		return false
	}
	c := byte(0)
	for _, d := range b {
		c = quasigroup[c][d-'0'] - '0'
	}
	return c == 0
}
