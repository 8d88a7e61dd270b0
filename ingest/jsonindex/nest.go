package jsonindex

import (
	"encoding/binary"
	"math/bits"
)

// Nest finds the end of one object or array in a window that grows. Set Pos to
// where its bracket is, then call Scan until it answers something else than
// More; between two calls the window may get longer, or lose bytes at its start
// if Pos is lowered by as many.
//
// It counts brackets outside of strings, of both kinds alike, and nothing else.
type Nest struct {
	Pos int // the next byte to look at; see Answer
	// Records says that a string "Records" may begin in what was passed; false is
	// certain. If it is set beforehand, nothing is spent on finding out.
	Records bool

	depth    int
	inString uint64 // all ones if the byte before Pos is inside a string
	escaped  uint64 // 1 if the byte at Pos is escaped by a backslash before it
	quoted   uint64 // 1 if the byte before Pos is a quote
}

// Answer is what Scan came to.
type Answer uint8

// What Scan answers.
const (
	More   Answer = iota // the window ends first; Pos is its end
	Whole                // Pos is after the closing bracket
	Broken               // Pos is at a newline inside a string
)

// scanBytes is Scan up to the byte end, in plain Go.
func (n *Nest) scanBytes(w []byte, end int) Answer {
	i, depth := n.Pos, n.depth
	if n.inString != 0 {
		if n.quoted == 1 && i < end && w[i] == 'R' {
			n.Records = n.Records || mayBeRecords(w, i-1)
		}
		i = n.text(w[:end], i)
	}
	for i < end {
		switch w[i] {
		case '"':
			if i++; i == end || w[i] == 'R' {
				n.Records = n.Records || mayBeRecords(w, i-1)
			}
			i = n.text(w[:end], i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				n.Pos = i + 1
				return Whole
			}
		case '\n':
			if n.inString != 0 {
				n.Pos = i
				return Broken
			}
		}
		i++
	}
	if n.Pos < end {
		n.quoted = 0
		if w[end-1] == '"' {
			n.quoted = 1
		}
	}
	n.Pos, n.depth = end, depth
	return More
}

// text passes the string that b[i] is inside of, to after its closing quote, to
// its first newline, or to the end of b. In the two latter cases it leaves
// inString set.
func (n *Nest) text(b []byte, i int) int {
	n.inString = ^uint64(0)
	if i < len(b) {
		i += int(n.escaped)
		n.escaped = 0
	}
	for {
		if i = skipText(b, i); i >= len(b) {
			if i > len(b) {
				n.escaped = 1
			}
			return len(b)
		}
		switch b[i] {
		case '"':
			n.inString = 0
			return i + 1
		case '\\':
			i += 2
		default:
			return i
		}
	}
}

// skipText returns where from i on the first quote, backslash or newline is. It
// looks at eight bytes at a time: see jsonwalk.SkipPlain.
func skipText(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash, newline := x^'"'*ones, x^'\\'*ones, x^'\n'*ones
		if m := ((quote-ones)&^quote | (slash-ones)&^slash | (newline-ones)&^newline) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] != '\n' {
		i++
	}
	return i
}

// mayBeRecords says whether "Records" stands at w[i], as far as the window tells.
// i is -1 if the quote was the byte before the window.
func mayBeRecords(w []byte, i int) bool {
	const name = `"Records"`
	if i < 0 || len(w)-i < len(name) {
		return true
	}
	return string(w[i:i+len(name)]) == name
}
