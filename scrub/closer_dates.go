package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// closeDate takes the date at b[i], of which no word says whose it is, in a record
// that speaks of somebody: 45 CFR 164.514(b)(2)(i)(C) asks for all dates directly
// related to an individual, and programs write their own times with a time of day,
// or say what they are of.
func (s *searcher) closeDate(i, end int) int {
	b := s.b
	n := end - i
	if n != 8 && (n > 4 || n == 3 || end >= len(b) || b[end] != '-' && b[end] != '/' && b[end] != '.') {
		return 0
	}
	before := byte(' ')
	if i > 0 {
		before = b[i-1]
	}
	switch before {
	case ' ', '=', ':', '"', '\'', '(', '[', ',', '|', '\t', '>', '<', '\n':
	case '-': // the end of a range
		if n != 8 || i < 9 || !numbers(b[i-9:i-1], 8) {
			return 0
		}
	case '/':
		if s.hint != schemas.URL && s.hint != schemas.Path {
			return 0
		}
	default:
		return 0
	}
	if to := s.closeDay(i, end); to > 0 {
		return to
	}
	to := recognizer.All[recognizer.CareDate].Value(b, i, false)
	if to < i+6 || to < len(b) && (recognizer.IsWord(b[to]) || b[to] == '-' && !(n == 8 && to+8 < len(b) && numbers(b[to+1:to+9], 8)) || b[to] == '_' || b[to] == '.' && to+1 < len(b) && recognizer.IsWord(b[to+1])) || n < 4 && b[end] == '.' && to-i < 8 {
		return 0
	}
	year, clock := yearOf(b[i:to])
	if n == 8 && year < oldest { // 07041961
		year = number(b[i+4 : i+8])
	}
	slot := clock && to-i == 16 && (to == len(b) || b[to] != ':') // a time without seconds is one of a calendar
	if year < oldest || year > 2099 {
		return 0
	}
	if (clock || (i > 0 || s.v.base == 0) && clocked(b, i, to) && n != 8) && !slot && (i < 25 || !s.phraseBefore(i, "on", "for", "at", "until", "to")) {
		return 0 // not: booked for Ann Lee on 03/18/2025 09:30
	}
	if s.ofProgram(i) || !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, recognizer.CareDate)
	return to
}

// closeDay takes the month and day that start with the number b[i:end], behind a word
// for a point in time: fell on 3/30, fever since 03/30.
func (s *searcher) closeDay(i, end int) int {
	b, to := s.b, end+1
	if i < 4 || end+1 >= len(b) || b[i-1] != ' ' || b[end] != '/' || !s.phraseBefore(i, "since", "on", "until", "through", "after", "before", "around") {
		return 0
	}
	for to < len(b) && recognizer.IsDigit(b[to]) {
		to++
	}
	month, day := number(b[i:end]), number(b[end+1:to])
	if n := to - end; n < 2 || n > 3 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0
	}
	if to < len(b) && (recognizer.IsWord(b[to]) || b[to] == '/' || b[to] == '%' || b[to] == '.' && to+1 < len(b) && recognizer.IsWord(b[to+1]) || string(b[to:min(to+4, len(b))]) == " of ") || !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, recognizer.CareDate)
	return to
}

// programDates are the words, as they start, that say that a date behind them is of
// the program: of a release, a run, a file.
var programDates = [...]string{"build", "version", "ver", "release", "rev", "creat", "updat", "modif", "generat", "export", "import", "expire", "expiry", "expiration", "valid", "batch", "run", "file", "log", "index", "snapshot", "backup", "partition", "schema", "migration", "today", "now", "timestamp", "ts", "date", "api", "published", "deploy", "cert", "time", "start", "began", "begin", "ended", "inserted", "loaded", "processed", "week", "cutoff", "since", "retention", "epoch", "@timestamp"}

// ofProgram says that the word before the value at b[i] is one of programDates.
func (s *searcher) ofProgram(i int) bool {
	b, j := s.b, i
	if i == 0 && s.v.base > 0 {
		b = s.memberKey()
		j = len(b)
	}
	for j > 0 && i-j < 5 && !recognizer.IsLetter(b[j-1]) && !recognizer.IsDigit(b[j-1]) {
		j--
	}
	k := j
	for k > 0 && j-k < 24 && (recognizer.IsLetter(b[k-1]) || b[k-1] == '@') {
		k--
	}
	for _, w := range programDates {
		if j-k >= len(w) && foldedEqual(b[k:k+len(w)], w) && (len(w) > 4 || j-k < len(w)+3) {
			return true
		}
	}
	return k > 3 && b[k-1] == '_' && foldedEqual(b[k:j], "at")
}

// closeMonth takes the day of the month that b[i:end] names: exposed at February 13,
// booked for Mar 3rd. Programs write a time of day behind theirs, at a line's start.
func (s *searcher) closeMonth(i, end int) int {
	b := s.b
	if i < 4 || b[i-1] != ' ' && b[i-1] != '(' && b[i-1] != '"' && b[i-1] != '[' || !recognizer.MonthWord(b[i:end]) || b[i-2] == '\n' {
		return 0
	}
	to := recognizer.All[recognizer.CareDate].Value(b, i, false)
	if to < end+2 || to < len(b) && recognizer.IsWord(b[to]) || clocked(b, i, to) || s.ofProgram(i) || s.weekdayBefore(i) || !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, recognizer.CareDate)
	return to
}
