// Package hl7 cuts payloads of HL7 version 2 into messages: MLLP frames (0x0B …
// 0x1C 0x0D), bare files in which messages follow one another, and batches.
//
// A message starts at a segment MSH and goes on to the next one, whatever ends
// its segments: \r as the standard says, or \n or both as files have it. Each
// segment of a batch's envelope (FHS, BHS, BTS, FTS) is an entry of its own.
// Bytes before the first of them are an entry that could not be framed: gaps
// hold nothing but \r, \n, 0x0B and 0x1C, so that no text slips through in one.
package hl7

import (
	"bytes"
	"errors"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
)

const (
	startBlock = 0x0b // before a message in MLLP
	endBlock   = 0x1c // behind it, before a \r
)

// gapMax is how many bytes of gap are kept for the caller; a longer run of
// newlines is given up in pieces.
const gapMax = 64 << 10

// runMax newlines in a row end any message.
const runMax = 256

// tagLen is the bytes that show the start of a message: MSH and a separator.
const tagLen = 4

// Framer implements ingest.Framer over a chunk.
type Framer struct {
	c      *frame.Chunk
	limit  int
	gapMax int
	used   int  // bytes of the window that the last answer lent
	lost   bool // the last entry was too long: the gap after it has no start
}

// New returns a framer over c, whose own limit is at least limit. A message, the
// gap before it and the bytes that show its end fit in limit bytes together:
// what is too long must not depend on how much one read gives.
func New(c *frame.Chunk, limit int) *Framer {
	return &Framer{c: c, limit: limit, gapMax: min(gapMax, limit/2)}
}

// Next implements ingest.Framer.
func (f *Framer) Next() (gap, raw []byte, err error) {
	f.c.Advance(f.used)
	f.used = 0
	start, err := f.begin()
	if err != nil {
		gap = f.c.Window()
		f.used = len(gap)
		return gap, nil, err
	}
	tagged := isTag(f.c.Window()[start:])
	s := search{f: f, start: start, pos: start}
	end, err := s.run()
	w := f.c.Window()
	f.used = end
	if s.head == nil && s.need > f.limit+1 {
		s.head = w
	}
	f.lost = s.head != nil
	switch {
	case s.head != nil:
		raw = bytes.TrimRight(s.head[start:max(start, f.limit-tagLen)], "\r\n")
		return s.head[:start], raw, &ingest.RecordError{Code: ingest.CodeTooLong, At: f.limit}
	case err != nil:
		return w[:start], w[start:end], err
	case !tagged:
		return w[:start], w[start:end], &ingest.RecordError{Code: ingest.CodeSyntax, At: 0}
	}
	return w[:start], w[start:end], nil
}

// begin returns where the next entry starts, with its tag in the window.
func (f *Framer) begin() (int, error) {
	at := 0
	for {
		w := f.c.Window()
		for at < len(w) && at < f.gapMax && isGap(w[at]) {
			at++
		}
		if at > 0 && (at == f.gapMax || f.lost) {
			f.c.Advance(at)
			at = 0
			continue
		}
		if len(w)-at >= tagLen {
			return at, nil
		}
		if err := f.c.More(); err != nil {
			if at < len(w) {
				return at, nil // a short last entry, the error comes with its end
			}
			return at, err
		}
	}
}

// search looks for the end of one entry. It can go on when the window is full:
// then it keeps the head of the entry and gives up the rest.
type search struct {
	f          *Framer
	start, pos int
	need       int    // bytes of the window it took to see the end
	head       []byte // the first window of an entry that is too long
}

// run returns the end of the entry without the newlines that close it. A
// *ingest.PayloadError comes with what the window holds.
func (s *search) run() (int, error) {
	for {
		w := s.f.c.Window()
		for s.pos < len(w) && !isGap(w[s.pos]) {
			s.pos++
		}
		next := s.pos
		for next < len(w) && next-s.pos < runMax && (w[next] == '\r' || w[next] == '\n') {
			next++
		}
		switch {
		case next-s.pos == runMax:
			s.need = next
			return s.pos, nil
		case next < len(w) && (w[next] == startBlock || w[next] == endBlock):
			s.need = next + 1
			return s.pos, nil
		case next > s.pos && isTag(w[next:]):
			s.need = next + tagLen
			return s.pos, nil
		case len(w)-next >= tagLen:
			s.pos = next
			continue
		}
		// the window ends inside a line, or too soon to tell what the next one is
		switch err := s.more(next); {
		case err == nil:
		case next < len(w) && bytes.IndexFunc(w[next:], isGapRune) >= 0:
			s.pos = next // a last line of one or two bytes
		case next < len(w):
			return len(w), payload(err)
		default:
			return s.pos, payload(err)
		}
	}
}

// more reads on. A full window is emptied up to pos; of a run of newlines there,
// up to next, the last one stays to show that a line starts.
func (s *search) more(next int) error {
	w := s.f.c.Window()
	if len(w) <= s.f.limit {
		return s.f.c.More()
	}
	if s.head == nil {
		// one copy for an oversize entry, rare
		s.head = append(s.head, w[:s.f.limit]...)
	}
	s.f.c.Advance(max(s.pos, next-1, 1))
	s.pos = 0
	return nil
}

// payload returns err if it ends the payload early, nil at a good end.
func payload(err error) error {
	var pe *ingest.PayloadError
	if errors.As(err, &pe) {
		return err
	}
	return nil
}

func isGap(b byte) bool     { return b == '\r' || b == '\n' || b == startBlock || b == endBlock }
func isGapRune(r rune) bool { return r < 0x80 && isGap(byte(r)) }

// isTag tells whether line starts a message or is a segment of a batch's
// envelope: its name and a separator, which is punctuation of the sender's
// choice.
func isTag(line []byte) bool {
	if len(line) < tagLen {
		return false
	}
	switch string(line[:3]) {
	case "MSH", "FHS", "BHS", "BTS", "FTS":
	default:
		return false
	}
	c := line[3]
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')
}
