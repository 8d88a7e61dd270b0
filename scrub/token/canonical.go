package token

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Canonical appends the canonical form of raw to dst: what is written in two
// ways but means the same gives the same token. raw is decoded text (percent,
// JSON and other encodings undone) and is not kept. By type:
//
//	email                       lower case, without mailto:
//	phone                       digits, without the country code 1 and an extension
//	mrn                         upper case letters and digits, without a leading MRN
//	member account device       upper case letters and digits
//	patient encounter           upper case, without a FHIR reference's Patient/ or Encounter/
//	ip                          as net/netip prints it, IPv4-mapped as IPv4, without zone
//	name                        lower case letters and digits, one space between words
//	session user id trace…      as it is
//
// White space around the value never counts. Leading zeros do: 00123 and 123
// are different patients in some hospitals. A value of which nothing would be
// left stands as it is, so that unlike values don't fall together.
//
// Canonical never changes for a type once tokens were made: they would not be
// found again.
func Canonical(typ Type, dst, raw []byte) []byte {
	raw = bytes.TrimSpace(raw)
	n := len(dst)
	switch typ {
	case Email:
		dst = appendLower(dst, cutPrefix(raw, "mailto:"), false)
	case Phone:
		dst = appendPhone(dst, raw)
	case MRN:
		dst = appendCode(dst, raw)
		if c := dst[n:]; len(c) > 3 && string(c[:3]) == "MRN" {
			dst = append(dst[:n], c[3:]...)
		}
	case Member, Account, Device:
		dst = appendCode(dst, raw)
	case Patient:
		dst = appendUpper(dst, cutPrefix(raw, "patient/"))
	case Encounter:
		dst = appendUpper(dst, cutPrefix(raw, "encounter/"))
	case IP:
		if a, ok := ParseAddr(raw); ok {
			dst = AppendAddr(dst, a)
		}
	case Name:
		dst = appendLower(dst, raw, true)
	}
	if len(dst) == n {
		dst = append(dst, raw...)
	}
	return dst
}

// cutPrefix cuts prefix, given in lower case, in any case.
func cutPrefix(raw []byte, prefix string) []byte {
	if len(raw) <= len(prefix) {
		return raw
	}
	for i := range len(prefix) {
		if lower(raw[i]) != prefix[i] {
			return raw
		}
	}
	return raw[len(prefix):]
}

func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		c += 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c-'a' <= 'z'-'a' {
		c -= 'a' - 'A'
	}
	return c
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func appendUpper(dst, raw []byte) []byte {
	for _, c := range raw {
		dst = append(dst, upper(c))
	}
	return dst
}

// appendCode keeps letters, marks and digits, ASCII ones in upper case. Invalid
// UTF-8 stays as it is: two numbers must not become one.
func appendCode(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if c := raw[i]; c < utf8.RuneSelf {
			if isDigit(c) || lower(c)-'a' <= 'z'-'a' {
				dst = append(dst, upper(c))
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(raw[i:])
		if size == 1 || isWord(r) {
			dst = append(dst, raw[i:i+size]...)
		}
		i += size
	}
	return dst
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// appendPhone keeps digits up to an extension (x12, #12, ext. 12), which can
// only stand behind a whole number.
func appendPhone(dst, raw []byte) []byte {
	n := len(dst)
	for _, c := range raw {
		if isDigit(c) {
			dst = append(dst, c)
		} else if len(dst)-n >= 7 && (c == '#' || lower(c)-'a' <= 'z'-'a') {
			break
		}
	}
	if d := dst[n:]; len(d) == 11 && d[0] == '1' {
		dst = append(dst[:n], d[1:]...)
	}
	return dst
}

// appendLower writes letters in lower case. As words, it writes one space for
// what is neither letter, mark nor digit between them (O'Brien^Ann, O BRIEN, ANN).
// Invalid UTF-8 stays as it is.
func appendLower(dst, raw []byte, words bool) []byte {
	n, gap := len(dst), false
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		part := raw[i : i+size]
		i += size
		invalid := r == utf8.RuneError && size == 1
		if words && !invalid && !isWord(r) {
			gap = true
			continue
		}
		if gap && len(dst) > n {
			dst = append(dst, ' ')
		}
		gap = false
		if invalid {
			dst = append(dst, part...)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}
