package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a query's text, and where.
type SyntaxError struct {
	Pos     int    // character, from 0
	Len     int    // characters the error is about, 1 at least
	Message string // for the person who typed it; may quote what was typed
	Near    string // the field that was probably meant, or ""
}

func (e *SyntaxError) Error() string {
	m := fmt.Sprintf("character %d: %s", e.Pos+1, e.Message)
	if e.Near != "" {
		m += fmt.Sprintf("; did you mean %s?", e.Near)
	}
	return m
}

// Point returns the text with a line of carets under the error, for a terminal.
func (e *SyntaxError) Point(text string) string {
	line := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return r
	}, text)
	return line + "\n" + strings.Repeat(" ", e.Pos) + strings.Repeat("^", max(1, e.Len))
}

// errAt makes an error about the bytes [start,end) of text.
func errAt(text string, start, end int, format string, args ...any) *SyntaxError {
	start = min(start, len(text))
	end = min(max(end, start), len(text))
	return &SyntaxError{
		Pos:     utf8.RuneCountInString(text[:start]),
		Len:     max(1, utf8.RuneCountInString(text[start:end])),
		Message: fmt.Sprintf(format, args...),
	}
}
