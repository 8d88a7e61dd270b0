package text

// Uint reads a decimal number without sign.
func Uint(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	if len(b) < 20 { // cannot overflow
		for _, c := range b {
			c -= '0'
			if c > 9 {
				return 0, false
			}
			n = n*10 + uint64(c)
		}
		return n, true
	}
	for _, c := range b {
		c -= '0'
		if c > 9 || n > (1<<64-1-uint64(c))/10 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// Micros reads a decimal number such as 0.001 or -1 in millionths; what comes
// after the sixth decimal is cut off.
func Micros(b []byte) (n int64, ok bool) {
	sign := int64(1)
	if len(b) > 0 && b[0] == '-' {
		sign, b = -1, b[1:]
	}
	i := 0
	for ; i < len(b) && b[i]-'0' < 10; i++ {
		n = n*10 + int64(b[i]-'0')
	}
	if i == 0 || i > 12 {
		return 0, false
	}
	if i == len(b) {
		return sign * n * 1e6, true
	}
	if b[i] != '.' || i+1 == len(b) {
		return 0, false
	}
	unit := int64(1e6)
	n *= unit
	for i++; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return 0, false
		}
		unit /= 10
		n += int64(c) * unit
	}
	return sign * n, true
}
