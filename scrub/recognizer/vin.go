package recognizer

import "github.com/scrubline/scrubline/schemas"

// Vehicle identification numbers (L): 17 characters without I, O and Q, check
// digit in place 9 (49 CFR 565.15).
var vin = Recognizer{
	Name: "vin", Letter: 'L', Treat: schemas.Label,
	Keys:  []string{"vin", "vehicle identification", "vehicle id", "vehicleid", "vehicle identification number"},
	Value: func(b []byte, i int, _ bool) int { return keyedVIN(b, i) },
	Shape: VINAt, Runs: []int{1, 2, 3},
	Next: func(_ int, c byte) bool { return IsUpper(c) },
}

var vinValue = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range 10 {
		t['0'+i] = int8(i)
	}
	for i, c := range "ABCDEFGH" {
		t[c] = int8(i + 1)
	}
	for i, c := range "JKLMN" {
		t[c] = int8(i + 1)
	}
	t['P'], t['R'] = 7, 9
	for i, c := range "STUVWXYZ" {
		t[c] = int8(i + 2)
	}
	return t
}()

var vinWeight = [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

// VINAt returns the end of the vehicle identification number at i, or 0.
func VINAt(b []byte, i int) int {
	if i+17 > len(b) || !boundary(b, i+17) {
		return 0
	}
	sum, letters := 0, 0
	for k, c := range b[i : i+17] {
		v := vinValue[c]
		if v < 0 {
			return 0
		}
		if !IsDigit(c) {
			letters++
		}
		sum += int(v) * vinWeight[k]
	}
	check := b[i+8]
	if r := sum % 11; letters < 2 || r == 10 && check != 'X' || r < 10 && int(check) != '0'+r {
		return 0
	}
	return i + 17
}

// keyedVIN is VINAt behind a key, which makes the check digit needless: only North
// America asks for it (49 CFR 565.15), and ISO 3779 has none.
func keyedVIN(b []byte, i int) int {
	if i+17 > len(b) || !boundary(b, i+17) {
		return 0
	}
	digits := 0
	for _, c := range b[i : i+17] {
		if IsLetter(c) {
			c &^= 0x20
		}
		if vinValue[c] < 0 {
			return 0
		}
		if IsDigit(c) {
			digits++
		}
	}
	if digits < 4 || digits > 15 {
		return 0
	}
	return i + 17
}

// License plates (L), told by a key.
var plate = Recognizer{
	Name: "license_plate", Letter: 'L', Treat: schemas.Label,
	Keys: []string{"license plate", "licence plate", "plate", "plate number", "licenseplate", "tag number"},
	Value: func(b []byte, i int, _ bool) int {
		if e := plateParts(b, i); e > 0 {
			return e
		}
		if e := identifier(b, i, 1); e > 0 && e-i <= 10 {
			return e
		}
		return 0
	},
}

// plateParts returns the end of up to three groups of capitals and digits at b[i], the
// first two to four letters or a digit in it: KLM 4821, OR 417 KLM, NY JKL-4410, or 0.
func plateParts(b []byte, i int) int {
	end, digits := 0, false
	for parts, j := 0, i; parts < 3 && j < len(b); parts++ {
		e, letters := j, 0
		for ; e < len(b) && (IsUpper(b[e]) || IsDigit(b[e])); e++ {
			if IsUpper(b[e]) {
				letters++
			}
		}
		whole := e - j
		if whole == 0 || whole > 7 || letters == whole && whole > 4 || e-i > 12 || e < len(b) && IsWord(b[e]) {
			break
		}
		if digits = digits || letters < whole; digits {
			end = e
		}
		if e >= len(b) || b[e] != ' ' && b[e] != '-' {
			break
		}
		j = e + 1
	}
	if end-i < 4 {
		return 0
	}
	return end
}
