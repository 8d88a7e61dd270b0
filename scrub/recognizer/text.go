package recognizer

// Classes of bytes.
const (
	digit = 1 << iota
	lower
	upper
	idPunct // joins the parts of an identifier: - _ . /
	high    // part of a character beyond ASCII
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b-'0' < 10:
			t[c] = digit
		case b-'a' < 26:
			t[c] = lower
		case b-'A' < 26:
			t[c] = upper
		case b == '-' || b == '_' || b == '.' || b == '/':
			t[c] = idPunct
		case b >= 0x80:
			t[c] = high
		}
	}
	return t
}()

// IsDigit, IsLetter, IsWord and IsUpper sort bytes; bytes beyond ASCII count as
// letters.
func IsDigit(c byte) bool  { return c-'0' < 10 }
func IsLetter(c byte) bool { return class[c]&(lower|upper|high) != 0 }
func IsWord(c byte) bool   { return class[c]&(lower|upper|high|digit) != 0 }
func IsUpper(c byte) bool  { return c-'A' < 26 }

// boundary says that no word goes on at b[i].
func boundary(b []byte, i int) bool { return i >= len(b) || i < 0 || !IsWord(b[i]) }

// run returns the end of the digits at i.
func run(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

// exactly says that b[i:i+n] are digits and no digit follows.
func exactly(b []byte, i, n int) bool { return i+n <= len(b) && run(b, i) == i+n }

// dash returns the length of a hyphen-like separator at i: - . space, the
// Unicode hyphens U+2010–U+2015 and U+00A0; 0 if there is none.
func dash(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	switch b[i] {
	case '-', '.', ' ':
		return 1
	case 0xc2:
		if i+1 < len(b) && b[i+1] == 0xa0 {
			return 2
		}
	case 0xe2:
		if i+2 < len(b) && b[i+1] == 0x80 && b[i+2] >= 0x90 && b[i+2] <= 0x95 {
			return 3
		}
	}
	return 0
}

// joins says that a hyphen-like separator can start with c.
func joins(c byte) bool { return c == '-' || c == '.' || c == ' ' || c == 0xc2 || c == 0xe2 }

// luhn says that the digits among b sum up by the Luhn rule (ISO/IEC 7812-1),
// starting with the sum given.
func luhn(b []byte, sum int) bool {
	double := false
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]-'0' > 9 {
			continue
		}
		d := int(b[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// identifier returns the end of an identifier at i: letters, digits and - _ . /
// between them, with at least least digits, at least three and at most 64 bytes.
func identifier(b []byte, i, least int) int {
	j, digits := i, 0
	for j < len(b) && j-i < 65 {
		c := class[b[j]]
		switch {
		case c&digit != 0:
			digits++
		case c&(lower|upper) != 0:
		case b[j] == '-' || b[j] == '_' || b[j] == '.':
			if j+1 >= len(b) || !IsWord(b[j+1]) {
				goto end
			}
		default:
			goto end
		}
		j++
	}
end:
	if j-i < 3 || j-i > 64 || digits < least {
		return 0
	}
	return j
}

// num reads up to four digits.
func num(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

// folded says that b starts with the lower-case word w, whatever b's case.
func folded(b []byte, w string) bool {
	if len(b) < len(w) {
		return false
	}
	for i := 0; i < len(w); i++ {
		if b[i]|0x20 != w[i] {
			return false
		}
	}
	return true
}
