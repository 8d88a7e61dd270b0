package policy

import (
	"errors"
	"regexp/syntax"
	"strings"
)

const (
	maxPattern = 128     // bytes of the longest text that a pattern may match
	maxStates  = 256     // of its machine
	many       = 1 << 40 // values: more are not counted
)

// Why a pattern is refused. The texts hold nothing of the pattern.
var (
	errUnbounded = errors.New("a pattern must have an end: write {1,20} for + and {0,20} for *")
	errAnchors   = errors.New("a pattern is looked for anywhere and matches whole words by itself: leave out ^, $, \\B and \\b inside")
	errNotASCII  = errors.New("a pattern is written in ASCII")
	errLong      = errors.New("a pattern may match 128 bytes at most")
	errComplex   = errors.New("the pattern is too complex: make its repetitions shorter")
	errEmpty     = errors.New("the pattern matches the empty text")
)

// width says how many bytes a pattern can match, and how many texts there are
// that it matches, case aside.
type width struct {
	min, max int
	count    uint64
}

// parsePattern reads a pattern in RE2's syntax. Word boundaries at its ends, which
// are always in force, are taken off.
func parsePattern(pattern string) (*syntax.Regexp, width, error) {
	if len(pattern) > 1000 {
		return nil, width{}, errComplex
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) { // without se.Expr, which quotes
			return nil, width{}, errors.New("the pattern cannot be read: " + string(se.Code))
		}
		return nil, width{}, errors.New("the pattern cannot be read")
	}
	re = trimBoundaries(re)
	w, err := measure(re)
	switch {
	case err != nil:
		return nil, width{}, err
	case w.max > maxPattern:
		return nil, width{}, errLong
	case w.min == 0:
		return nil, width{}, errEmpty
	}
	return re, w, nil
}

func trimBoundaries(re *syntax.Regexp) *syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpConcat {
		return re
	}
	if n := len(re.Sub); n > 0 && re.Sub[0].Op == syntax.OpWordBoundary {
		re.Sub = re.Sub[1:]
	}
	if n := len(re.Sub); n > 0 && re.Sub[n-1].Op == syntax.OpWordBoundary {
		re.Sub = re.Sub[:n-1]
	}
	return re
}

func measure(re *syntax.Regexp) (width, error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return width{0, 0, 1}, nil
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r >= 0x80 {
				return width{}, errNotASCII
			}
		}
		return width{len(re.Rune), len(re.Rune), 1}, nil
	case syntax.OpCharClass:
		n := uint64(0)
		for i := 0; i+1 < len(re.Rune); i += 2 {
			n += uint64(re.Rune[i+1]-re.Rune[i]) + 1
		}
		return width{1, 1, n}, nil
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return width{1, 1, 1 << 20}, nil
	case syntax.OpCapture:
		return measure(re.Sub[0])
	case syntax.OpQuest:
		w, err := measure(re.Sub[0])
		return width{0, w.max, add(w.count, 1)}, err
	case syntax.OpRepeat:
		return measureRepeat(re)
	case syntax.OpConcat:
		sum := width{0, 0, 1}
		for _, sub := range re.Sub {
			w, err := measure(sub)
			if err != nil {
				return w, err
			}
			sum = width{sum.min + w.min, sum.max + w.max, times(sum.count, w.count)}
		}
		return sum, nil
	case syntax.OpAlternate:
		all := width{1 << 30, 0, 0}
		for _, sub := range re.Sub {
			w, err := measure(sub)
			if err != nil {
				return w, err
			}
			all = width{min(all.min, w.min), max(all.max, w.max), add(all.count, w.count)}
		}
		return all, nil
	case syntax.OpStar, syntax.OpPlus:
		return width{}, errUnbounded
	case syntax.OpNoMatch:
		return width{}, errEmpty
	}
	return width{}, errAnchors
}

func measureRepeat(re *syntax.Regexp) (width, error) {
	if re.Max < 0 {
		return width{}, errUnbounded
	}
	w, err := measure(re.Sub[0])
	if err != nil {
		return w, err
	}
	out, power := width{w.min * re.Min, w.max * re.Max, 0}, uint64(1)
	for n := 0; n <= re.Max; n++ {
		if n >= re.Min {
			out.count = add(out.count, power)
		}
		power = times(power, w.count)
	}
	return out, nil
}

func add(a, b uint64) uint64 { return min(a+b, many) }

func times(a, b uint64) uint64 {
	if a != 0 && b > many/a {
		return many
	}
	return min(a*b, many)
}

// anchor is text, in lower case, that a match has min to max bytes behind its
// start.
type anchor struct {
	text     string
	min, max int
}

// anchors returns texts of which every match of re holds one, the longest it
// finds; none if there are matches without two letters that are always the same.
func anchors(re *syntax.Regexp) []anchor {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) >= 2 {
			return []anchor{{text: strings.ToLower(string(re.Rune))}}
		}
	case syntax.OpCapture:
		return anchors(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return anchors(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []anchor
		for _, sub := range re.Sub {
			as := anchors(sub)
			if as == nil {
				return nil
			}
			all = append(all, as...)
		}
		return all
	case syntax.OpConcat:
		var best []anchor
		pre := width{}
		for _, sub := range re.Sub {
			as := anchors(sub)
			for i := range as {
				as[i].min += pre.min
				as[i].max += pre.max
			}
			if shortest(as) > shortest(best) {
				best = as
			}
			w, _ := measure(sub)
			pre.min, pre.max = pre.min+w.min, pre.max+w.max
		}
		return best
	}
	return nil
}

func shortest(as []anchor) int {
	n := 0
	for i := range as {
		if l := len(as[i].text); i == 0 || l < n {
			n = l
		}
	}
	return n
}
