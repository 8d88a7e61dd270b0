package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
)

// value is a span of the line, without quotes.
type value struct {
	from, to int
	quoted   bool
}

func (v value) enc() ingest.Encoding {
	if v.quoted {
		return ingest.SlashX
	}
	return ingest.Plain
}

// start is where the value begins with its quote.
func (v value) start() int {
	if v.quoted {
		return v.from - 1
	}
	return v.from
}

// split fills vs with the values of a line and returns how many there are and
// where the next one starts; len(line) if there is none. whole is false if a
// quote is not closed.
func split(line []byte, vs []value) (n, rest int, whole bool) {
	at, whole := 0, true
	for {
		for at < len(line) && line[at] <= ' ' {
			at++
		}
		if at == len(line) || n == len(vs) {
			return n, at, whole
		}
		if line[at] != '"' {
			to := text.WordEnd(line, at)
			vs[n] = value{at, to, false}
			at = to
		} else if to := closing(line, at+1); to >= 0 {
			vs[n] = value{at + 1, to, true}
			at = to + 1
		} else {
			whole = false
			vs[n] = value{at + 1, len(line), true}
			at = len(line)
		}
		n++
	}
}

// closing finds the quote that ends a value: one that a blank or the end of the
// line follows and no backslash escapes. -1 if there is none.
func closing(line []byte, at int) int {
	for from := at; ; {
		i := bytes.IndexByte(line[at:], '"')
		if i < 0 {
			return -1
		}
		at += i
		if at+1 == len(line) || line[at+1] <= ' ' {
			slashes := 0
			for at-slashes > from && line[at-slashes-1] == '\\' {
				slashes++
			}
			if slashes%2 == 0 {
				return at
			}
		}
		at++
	}
}
