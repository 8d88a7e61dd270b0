package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// stamped takes a line that starts with a time: of a container runtime, of
// syslog, of a framework. What is behind the time is one text unless it is a
// shape of its own.
func (d *decoder) stamped(from, to, inside int) bool {
	ms, n, ok := d.stamp(d.raw[from:to])
	if !ok {
		return false
	}
	d.time(ms)
	letter := d.raw[from]-'0' > 9 && d.raw[from] != '['
	at := from + n
	if at < to && d.raw[at] == ' ' {
		at++
	}
	switch {
	case d.cri(at, to, inside):
	case d.tagged(at, to, inside, letter):
	case at < to && (d.raw[at] == '{' || d.raw[at] == '<'):
		d.inner(at, to, inside)
	default:
		d.requestID(at, to)
		d.text(at, to)
	}
	return true
}

// cri takes what follows the time in a line of Kubernetes' container runtimes:
// stdout or stderr, P for a part or F for a full line, the line.
func (d *decoder) cri(from, to, inside int) bool {
	b := d.raw[from:to]
	if len(b) < 8 || string(b[:3]) != "std" {
		return false
	}
	if s := string(b[3:6]); s != "out" && s != "err" || b[6] != ' ' || b[7] != 'F' && b[7] != 'P' {
		return false
	}
	if len(b) > 8 && b[8] != ' ' && b[8] != ':' {
		return false
	}
	if b[7] == 'P' || len(b) < 9 || b[8] == ':' {
		d.text(from+8, to)
		return true
	}
	d.inner(from+9, to, inside)
	return true
}

// requestID takes the id that AWS Lambda writes behind the time.
func (d *decoder) requestID(from, to int) {
	for from < to && d.raw[from] <= ' ' {
		from++
	}
	if to-from < 36 || d.raw[from+8] != '-' {
		return
	}
	if end := text.WordEnd(d.raw[:to], from); isUUID(d.raw[from:end]) {
		d.rec.AddAlias(from, end, schemas.RequestID, ingest.Plain)
	}
}

// klog takes I0102 15:04:05.000000 pid file:line] message.
func (d *decoder) klog(from, to, inside int) bool {
	b := d.raw[from:to]
	if len(b) < 21 || b[5] != ' ' || b[8] != ':' || b[11] != ':' || b[14] != '.' {
		return false
	}
	var level uint64
	switch b[0] {
	case 'I':
		level = info
	case 'W':
		level = medium
	case 'E':
		level = high
	case 'F':
		level = critical
	default:
		return false
	}
	for _, i := range [...]int{1, 2, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20} {
		if b[i]-'0' > 9 {
			return false
		}
	}
	month := int(b[1]-'0')*10 + int(b[2]-'0')
	if month < 1 || month > 12 {
		return false
	}
	var buf [15]byte
	copy(buf[:], months[3*month-3:3*month])
	buf[3], buf[4], buf[5], buf[6] = ' ', b[3], b[4], ' '
	copy(buf[7:], b[6:14])
	ms, _, ok := text.RFC3164(buf[:], d.written)
	if !ok {
		return false
	}
	d.time(ms + int64(b[15]-'0')*100 + int64(b[16]-'0')*10 + int64(b[17]-'0'))
	d.severity(level)
	at := from + 21
	if at < to {
		d.rec.Add(at, to, d.known.text, ingest.Plain)
	}
	return true
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// level looks for a level's name among the first words of a text: in capitals
// anywhere there, in any case as the first word.
func (d *decoder) level(from, to int) {
	if d.at.leveled {
		return
	}
	b := d.raw[from:min(to, from+160)]
	at := 0
	for word := 0; word < 6 && at < len(b); word++ {
		start, end := text.Next(b, at)
		at = end
		w := b[start:end]
		if word == 0 && d.at.timed { // what most lines have behind their time
			if n := plainLevel(w); n > 0 {
				d.severity(n)
				return
			}
		}
		w = trimWord(w)
		if word > 0 && (len(w) == 0 || w[0]-'A' >= 26 || w[len(w)-1]-'A' >= 26) {
			continue
		}
		if len(w) > 0 && w[0]-'0' < 10 {
			continue
		}
		if n := levelOf(w); n > 0 {
			d.severity(n)
			if word == 0 && !d.at.timed {
				d.laterTime(b[end:])
			}
			return
		}
	}
}

// laterTime takes the time behind a level that starts the line; both stay in the
// text.
func (d *decoder) laterTime(b []byte) {
	for len(b) > 0 && (b[0] <= ' ' || b[0] == '-' || b[0] == '|') {
		b = b[1:]
	}
	if ms, _, ok := d.stamp(b); ok {
		d.time(ms)
	}
}

// trimWord cuts the punctuation around a word, what precedes a dot in it
// (prod.WARN) and what follows a colon (INFO:root:).
func trimWord(w []byte) []byte {
	for len(w) > 0 && !isLetterOrDigit(w[0]) {
		w = w[1:]
	}
	for len(w) > 0 && !isLetterOrDigit(w[len(w)-1]) {
		w = w[:len(w)-1]
	}
	if i := bytes.IndexByte(w, ':'); i > 0 {
		w = w[:i]
	}
	return w[bytes.LastIndexByte(w, '.')+1:]
}

func isLetterOrDigit(c byte) bool { return (c|0x20)-'a' < 26 || c-'0' < 10 }
