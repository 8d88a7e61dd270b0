package recognizer

import "github.com/scrubline/scrubline/schemas"

// Vehicle identification numbers (L): 17 characters without I, O and Q, check
// digit in place 9 (49 CFR 565.15).
var vin = Recognizer{
	Name: "vin", Letter: 'L', Treat: schemas.Label,
	Keys:  []string{"vin", "vehicle identification", "vehicle id", "vehicleid", "vehicle identification number"},
	Value: func(b []byte, i int, _ bool) int { return VINAt(b, i) },
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

// License plates (L), told by a key.
var plate = Recognizer{
	Name: "license_plate", Letter: 'L', Treat: schemas.Label,
	Keys: []string{"license plate", "licence plate", "plate", "plate number", "licenseplate", "tag number"},
	Value: func(b []byte, i int, _ bool) int {
		if e := identifier(b, i, 1); e > 0 && e-i <= 10 {
			return e
		}
		e := i // KLM 4821
		for e < len(b) && e-i < 4 && IsUpper(b[e]) {
			e++
		}
		if e > i && e+1 < len(b) && b[e] == ' ' {
			if r := wordEnd(b, e+1); IsDigit(b[e+1]) && r-e > 2 && r-i <= 10 {
				return r
			}
		}
		return 0
	},
}
