package recognizer

// FileNameAt returns the span of last_first_19470615 around the eight digits at
// b[i]: names of scanned documents carry a person's name and date of birth.
func FileNameAt(b []byte, i int) (start, end int) {
	if i < 4 || b[i-1] != '_' && b[i-1] != '-' || !ymd(num(b[i:i+4]), num(b[i+4:i+6]), num(b[i+6:i+8])) {
		return 0, 0
	}
	sep, j, words := b[i-1], i-1, 0
	for words < 3 {
		k := j
		for k > 0 && IsLetter(b[k-1]) {
			k--
		}
		if j-k < 2 || stop(b[k:j]) {
			break
		}
		words++
		start = k
		if k == 0 || b[k-1] != sep {
			break
		}
		j = k - 1
	}
	if words < 2 {
		return 0, 0
	}
	return start, i + 8
}
