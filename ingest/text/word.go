package text

import (
	"encoding/binary"
	"math/bits"
)

// word is Word, eight bytes at a time.
func word(b []byte) bool {
	if len(b) < 8 {
		bad := byte(0)
		for _, c := range b {
			bad |= notWord[c]
		}
		return bad == 0
	}
	ok := uint64(highs)
	for at := 0; at+8 < len(b); at += 8 {
		ok &= wordBytes(binary.LittleEndian.Uint64(b[at:]))
	}
	return ok&wordBytes(binary.LittleEndian.Uint64(b[len(b)-8:])) == highs
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// wordBytes sets the high bit of each byte that may stand in a word.
func wordBytes(x uint64) uint64 {
	low := x &^ highs
	punct := (low + (0x80-'-')*ones) &^ (low + (0x7f-':')*ones) // - . / 0 … 9 :
	bar := (low + (0x80-'_')*ones) &^ (low + (0x7f-'_')*ones)
	fold := low | 0x20*ones
	letter := (fold + (0x80-'a')*ones) &^ (fold + (0x7f-'z')*ones)
	return (punct | bar | letter) & highs &^ x
}

var notWord = func() (t [256]byte) {
	for i := range t {
		t[i] = 1
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:/.") {
		t[c] = 0
	}
	return t
}()

// hexadecimal is Hex, eight bytes at a time.
func hexadecimal(b []byte) bool {
	if len(b) < 8 {
		all := byte(0)
		for _, c := range b {
			all |= hex[c]
		}
		return all != noHex
	}
	ok := uint64(highs)
	for at := 0; at+8 < len(b); at += 8 {
		ok &= hexBytes(binary.LittleEndian.Uint64(b[at:]))
	}
	return ok&hexBytes(binary.LittleEndian.Uint64(b[len(b)-8:])) == highs
}

// hexBytes sets the high bit of each byte that is a hexadecimal digit.
func hexBytes(x uint64) uint64 {
	low := x &^ highs
	digit := (low + (0x80-'0')*ones) &^ (low + (0x7f-'9')*ones)
	fold := low | 0x20*ones
	letter := (fold + (0x80-'a')*ones) &^ (fold + (0x7f-'f')*ones)
	return (digit | letter) & highs &^ x
}

// noControls is NoControls, eight bytes at a time. A borrow makes other bytes look
// like controls only if there is one.
func noControls(b []byte) bool {
	found := uint64(0)
	for ; len(b) >= 32; b = b[32:] {
		w, x := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		y, z := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
		found |= (w-0x20*ones)&^w | (x-0x20*ones)&^x | (y-0x20*ones)&^y | (z-0x20*ones)&^z
	}
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		found |= (x - 0x20*ones) &^ x
	}
	for _, c := range b {
		if c < ' ' {
			return false
		}
	}
	return found&highs == 0
}

// Next finds the next word of a line from at on: what stands between blanks
// and control characters. from == to at the end of the line.
func Next(line []byte, at int) (from, to int) {
	for at < len(line) && line[at] <= ' ' {
		at++
	}
	return at, WordEnd(line, at)
}

// WordEnd finds the first blank or control character from at on, eight bytes
// at a time.
func WordEnd(line []byte, at int) int {
	for ; at+8 <= len(line); at += 8 {
		x := binary.LittleEndian.Uint64(line[at:])
		// The lowest high bit that stays belongs to a byte below 0x21; those
		// above it may be wrong by a borrow.
		if below := (x - 0x21*ones) &^ x & highs; below != 0 {
			return at + bits.TrailingZeros64(below)/8
		}
	}
	for at < len(line) && line[at] > ' ' {
		at++
	}
	return at
}
