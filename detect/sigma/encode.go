package sigma

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"unicode/utf16"
)

// maxVariants bounds what one value may become.
const maxVariants = 4096

var errWildcards = errors.New("cannot encode wildcards")

// encoded applies an encoding modifier to a value.
func encoded(name string, p Pattern) ([]Pattern, error) {
	if name == "windash" {
		return dashes(p)
	}
	s, ok := p.Literal()
	switch {
	case name != "base64" && name != "base64offset":
		wide := p.each(func(s string) string { return utf16Bytes(name, s) })
		if name == "utf16" {
			wide.Literals[0] = "\xff\xfe" + wide.Literals[0] // the mark of the order of bytes
		}
		return []Pattern{wide}, nil
	case !ok:
		return nil, errWildcards
	case name == "base64":
		return []Pattern{literal(base64.StdEncoding.EncodeToString([]byte(s)))}, nil
	}
	return offsets(s)
}

// offsets returns the part of s in base64 that does not depend on its
// neighbours, for each of the three places where s may start in a group of three
// bytes.
func offsets(s string) ([]Pattern, error) {
	var out []Pattern
	skip, cut := [3]int{0, 2, 3}, [3]int{0, 3, 2} // characters at the ends that also hold bits of neighbours
	for i := range 3 {
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + s))
		from, to := skip[i], len(enc)-cut[(len(s)+i)%3]
		if from >= to {
			return nil, errors.New("value is too short for base64offset")
		}
		out = append(out, literal(enc[from:to]))
	}
	return out, nil
}

func utf16Bytes(name, s string) string {
	big := name == "utf16be"
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		} else {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
	}
	return b.String()
}

// flag finds the dash of a command line flag: no word before, a word behind.
var flag = regexp.MustCompile(`(^|\W)([-/–—―])(\w)`)

// dashes writes the flags of a command line with each dash that Windows takes.
// It is not asked for the dashes inside words.
func dashes(p Pattern) ([]Pattern, error) {
	type place struct{ literal, from, to int }
	var places []place
	for i, l := range p.Literals {
		for at := 0; ; {
			m := flag.FindStringSubmatchIndex(l[at:])
			if m == nil {
				break
			}
			places = append(places, place{i, at + m[4], at + m[5]})
			at += m[5]
		}
	}
	n := 1
	for range places {
		if n *= 5; n > maxVariants {
			return nil, errors.New("too many dashes")
		}
	}
	out := []Pattern{p}
	for k := len(places) - 1; k >= 0; k-- { // from the end, so that offsets hold
		pl := places[k]
		var next []Pattern
		for _, q := range out {
			for _, d := range []string{"-", "/", "–", "—", "―"} {
				v := q.each(func(s string) string { return s })
				l := v.Literals[pl.literal]
				v.Literals[pl.literal] = l[:pl.from] + d + l[pl.to:]
				next = append(next, v)
			}
		}
		out = next
	}
	return out, nil
}
