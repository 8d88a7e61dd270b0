package text

import "encoding/binary"

// Uint reads a decimal number without sign, of up to 20 digits.
func Uint(b []byte) (n uint64, ok bool) {
	switch l := len(b); {
	case l == 0 || l > 20:
		return 0, false
	case l < 4:
		for _, c := range b {
			c -= '0'
			if c > 9 {
				return 0, false
			}
			n = n*10 + uint64(c)
		}
		return n, true
	case l < 8:
		// Two loads that overlap in the middle, zeros in front.
		x := uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[l-4:]))<<(8*(l-4))
		return eight(x<<(64-8*l) | zeros>>(8*l))
	}
	n, ok = eight(binary.LittleEndian.Uint64(b))
	if !ok {
		return 0, false
	}
	for _, c := range b[8:] {
		c -= '0'
		if c > 9 || n > (1<<64-1-uint64(c))/10 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

const zeros = 0x3030303030303030

// eight reads eight digits, the first in the lowest byte: neighbours are added
// up to pairs, to fours, to all eight.
func eight(x uint64) (uint64, bool) {
	if (x&0xf0f0f0f0f0f0f0f0)|((x+0x0606060606060606)&0xf0f0f0f0f0f0f0f0)>>4 != 0x3333333333333333 {
		return 0, false
	}
	x -= zeros
	x = x*10 + x>>8
	const mask = 0x000000ff000000ff
	const hundreds, ones = 100 + 1000000<<32, 1 + 10000<<32
	return ((x&mask)*hundreds + (x>>16&mask)*ones) >> 32, true
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
