package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// severities by syslog's: emergency, alert, critical, error, warning, notice,
// informational, debug.
var severities = [8]uint64{critical, critical, critical, high, medium, low, info, info}

// syslog takes a message that starts with its priority: RFC 5424 if a version
// follows, else RFC 3164.
func (d *decoder) syslog(from, to, inside int) bool {
	raw := d.raw
	end := from + 1
	for end < to && end < from+4 && raw[end]-'0' < 10 {
		end++
	}
	pri, ok := text.Uint(raw[from+1 : end])
	if !ok || pri > 191 || end >= to || raw[end] != '>' {
		return false
	}
	d.severity(severities[pri%8])
	at := end + 1
	if at+1 < to && raw[at] == '1' && raw[at+1] == ' ' && d.rfc5424(at+2, to, inside) {
		return true
	}
	if ms, n, ok := d.stamp(raw[at:to]); ok {
		d.time(ms)
		at += n
		if at < to && raw[at] == ' ' {
			at++
		}
		if !d.tagged(at, to, inside, true) {
			d.text(at, to)
		}
		return true
	}
	if !d.tagged(at, to, inside, false) {
		d.text(at, to)
	}
	return true
}

// tagged takes host program[pid]: message. Behind a time of another kind than
// syslog's own, sure is false, and the program's number is needed to tell a host
// from the first word of a sentence.
func (d *decoder) tagged(from, to, inside int, sure bool) bool {
	line := d.raw[:to]
	host := text.WordEnd(line, from)
	if host == from || host >= to || line[host] != ' ' {
		return false
	}
	tag := host + 1
	end := text.WordEnd(line, tag)
	if end-tag < 2 || line[end-1] != ':' || !isName(line[from:host]) {
		return false
	}
	name, numbered := end-1, false
	if line[end-2] == ']' {
		open := bytes.LastIndexByte(line[tag:end], '[')
		if open < 1 {
			return false
		}
		if pid := line[tag+open+1 : end-2]; !isNumber(pid) || len(pid) > maxPID {
			return false
		}
		name, numbered = tag+open, true
	}
	if !isName(line[tag:name]) || !sure && !numbered {
		return false
	}
	d.program(span{from, host}, span{tag, name})
	d.inner(end, to, inside)
	return true
}

// maxPID is the digits of the highest process number of Linux; more of them are
// some other number.
const maxPID = 7

func isNumber(b []byte) bool {
	_, ok := text.Uint(b)
	return ok
}

// isName says whether b can be the name of a host or a program.
func isName(b []byte) bool { return len(b) > 0 && len(b) <= 255 && text.Word(b) }

func (d *decoder) program(host, tag span) {
	if !absent(d.raw[host.from:host.to]) {
		d.rec.Add(host.from, host.to, d.known.host, ingest.Plain)
	}
	if !absent(d.raw[tag.from:tag.to]) {
		f := d.known.program
		if d.at.taken.Has(f.Column) {
			f.Column = schemas.None
		}
		d.at.taken.Add(f.Column)
		d.rec.Add(tag.from, tag.to, f, ingest.Plain)
	}
}

// rfc5424 takes what follows the version: time host program pid id data message.
func (d *decoder) rfc5424(from, to, inside int) bool {
	line := d.raw[:to]
	var w [5]span
	at := from
	for i := range w {
		a, b := text.Next(line, at)
		if a == b {
			return false
		}
		w[i], at = span{a, b}, b
	}
	for _, s := range w[1:] {
		if !isName(line[s.from:s.to]) {
			return false
		}
	}
	data, _ := text.Next(line, at)
	if data >= to {
		return false
	}
	ms, ok := text.RFC3339(line[w[0].from:w[0].to])
	if !ok && !absent(line[w[0].from:w[0].to]) {
		return false
	}
	end := data + 1
	d.pairs = d.pairs[:0]
	if line[data] == '[' {
		if end, ok = d.elements(data, to); !ok {
			return false
		}
	} else if line[data] != '-' {
		return false
	}
	if end < to && line[end] != ' ' {
		return false
	}
	if ok {
		d.time(ms)
	}
	d.program(w[1], w[2])
	for _, s := range w[3:] {
		if !absent(line[s.from:s.to]) {
			d.rec.Add(s.from, s.to, d.known.text, ingest.Plain)
		}
	}
	for i := range d.pairs {
		d.keyed(&d.pairs[i])
	}
	d.inner(end, to, inside)
	return true
}

// elements reads structured data, [id key="value" …] one after the other, into
// the pairs.
func (d *decoder) elements(at, to int) (end int, ok bool) {
	line := d.raw[:to]
	for at < to && line[at] == '[' {
		id := at + 1
		for at = id; at < to && line[at] > ' ' && line[at] != ']'; at++ {
		}
		if !isID(line[id:at]) {
			return 0, false
		}
		d.pairs = append(d.pairs, pair{value: span{id, at}})
		for at < to && line[at] == ' ' {
			for at < to && line[at] == ' ' {
				at++
			}
			if at < to && line[at] == ']' {
				break
			}
			eq := keyEnd(line, at)
			if eq == at || eq+1 >= to || line[eq] != '=' || line[eq+1] != '"' {
				return 0, false
			}
			stop, escaped := quoteEnd(line, eq+2)
			if stop < 0 {
				return 0, false
			}
			p := pair{key: span{at, eq}, value: span{eq + 2, stop}}
			if escaped {
				p.enc = ingest.JSONText
			}
			d.pairs = append(d.pairs, p)
			at = stop + 1
		}
		if at >= to || line[at] != ']' {
			return 0, false
		}
		at++
	}
	return at, true
}

// isID says whether b is the name of an element: a word, and behind an @ perhaps
// the number of an enterprise.
func isID(b []byte) bool {
	if i := bytes.IndexByte(b, '@'); i > 0 {
		if !isNumber(b[i+1:]) {
			return false
		}
		b = b[:i]
	}
	return keyEnd(b, 0) == len(b) && len(b) > 0
}
