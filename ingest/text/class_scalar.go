//go:build !(goexperiment.simd && amd64)

package text

// NotDigits returns which bytes of b are no digits, the first in the lowest bit.
func NotDigits(b *[64]byte) uint64 { return notDigits(b) }

// Word says whether b consists of what AWS's ids, ARNs and words consist of:
// ASCII letters and digits and -_:/. . An empty b does.
func Word(b []byte) bool { return word(b) }

// Hex says whether b consists of hexadecimal digits.
func Hex(b []byte) bool { return hexadecimal(b) }

// NoControls says whether no byte of b is below the blank.
func NoControls(b []byte) bool { return noControls(b) }
