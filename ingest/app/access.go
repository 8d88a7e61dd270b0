package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// access takes a line of the common or combined log format of Apache and nginx,
// with a virtual host in front or more values behind:
//
//	client ident user [time] "request" status bytes "referer" "user agent" …
func (d *decoder) access(from, to int) bool {
	line := d.raw[:to]
	open := from + bytes.IndexByte(line[from:min(to, from+400)], '[')
	if open < from+6 || open+29 > to || line[open-1] != ' ' || line[open+27] != ']' || line[open+28] != ' ' {
		return false
	}
	ms, ok := text.CLF(line[open+1 : open+27])
	if !ok {
		return false
	}
	var w [4]span // host, client, ident, user
	n, at := 1, from
	for n < 3 {
		a, b := text.Next(line[:open], at)
		w[n], at = span{a, b}, b
		n++
	}
	a, b := text.Next(line[:open], at)
	if _, isAddr := text.Addr(line[w[2].from:w[2].to]); isAddr && bytes.IndexByte(line[w[1].from:w[1].to], '.') > 0 {
		w[0], w[1], w[2] = w[1], w[2], span{a, b}
		a, _ = text.Next(line[:open], b)
	}
	if _, isAddr := text.Addr(line[w[2].from:w[2].to]); isAddr && line[w[1].to-1] == ':' { // a proxy's name, as in "traefik: 10.0.0.1 - - ["
		w[0], w[1], w[2] = w[1], w[2], span{a, b}
		a, _ = text.Next(line[:open], b)
	}
	w[3] = span{a, open - 1} // a user's name may hold blanks
	if w[3].from >= w[3].to || w[2].from == w[2].to {
		return false
	}
	d.time(ms)
	if w[0].to > 0 {
		d.rec.Add(w[0].from, w[0].to, d.known.host, ingest.Plain)
	}
	d.address(w[1].from, w[1].to, d.known.client)
	for _, u := range w[2:] {
		if !absent(line[u.from:u.to]) {
			f := d.known.user
			if d.at.taken.Has(f.Column) {
				f.Column = schemas.None
			}
			d.at.taken.Add(f.Column)
			d.rec.Add(u.from, u.to, f, ingest.Plain)
		}
	}
	d.rec.SetNum(schemas.ClassUID, classHTTP)
	d.severity(info)
	d.afterTime(open+29, to)
	return true
}

// afterTime takes the values behind the time.
func (d *decoder) afterTime(at, to int) {
	line := d.raw[:to]
	if at >= to || line[at] != '"' {
		d.odd(at, to)
		return
	}
	end := closing(line, at+1)
	if end < 0 {
		d.odd(at, to)
		return
	}
	d.request(at+1, end)
	a, b := text.Next(line, end+1)
	if n, ok := text.Uint(line[a:b]); ok && n < 1000 {
		d.rec.SetNum(schemas.HTTPStatus, n)
		d.status(1 + b2u(n >= 400))
	} else if !absent(line[a:b]) {
		d.odd(a, to)
		return
	}
	a, b = text.Next(line, b)
	if n, ok := text.Uint(line[a:b]); ok && len(line[a:b]) < 16 {
		d.rec.SetNum(schemas.BytesOut, n)
	} else if !absent(line[a:b]) {
		d.odd(a, to)
		return
	}
	at = b
	for _, f := range [...]*schemas.Field{&d.known.referer, &d.known.userAgent} {
		if at+1 >= to || line[at] != ' ' || line[at+1] != '"' {
			break
		}
		end := closing(line, at+2)
		if end < 0 {
			break
		}
		if !absent(line[at+2 : end]) {
			d.rec.Add(at+2, end, *f, ingest.SlashX)
		}
		at = end + 1
	}
	a, _ = text.Next(line, at)
	if a < to {
		d.rec.Add(a, to, d.known.text, ingest.SlashX)
	}
}

// odd takes the rest of a line that is not as documented.
func (d *decoder) odd(from, to int) {
	if from < to {
		d.rec.SetFlag(schemas.FlagOddShape)
		d.rec.Add(from, to, d.known.text, ingest.SlashX)
	}
}

// closing finds the quote that ends a value: one that a blank or the end of the
// line follows and no backslash escapes. -1 if there is none.
func closing(line []byte, at int) int {
	for from := at; ; at++ {
		i := bytes.IndexByte(line[at:], '"')
		if i < 0 {
			return -1
		}
		at += i
		if at+1 < len(line) && line[at+1] > ' ' {
			continue
		}
		slashes := 0
		for at-slashes > from && line[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// request takes "method URL version". A URL may hold blanks, so the line is cut
// from both ends; what is no request is one text.
func (d *decoder) request(from, to int) {
	b := d.raw[from:to]
	if absent(b) {
		return
	}
	first := bytes.IndexByte(b, ' ')
	method, activity := text.Method(b[:max(first, 0)])
	if activity == 0 {
		d.odd(from, to)
		return
	}
	d.method(method, activity)
	d.rec.SetDerived(schemas.Action, method)
	end := to
	if last := bytes.LastIndexByte(b, ' '); last > first && isVersion(b[last+1:]) {
		end = from + last
	}
	d.url(from+first+1, end)
}

// isVersion knows HTTP/1.1 and its like.
func isVersion(b []byte) bool {
	if len(b) < 6 || len(b) > 8 || string(b[:5]) != "HTTP/" {
		return false
	}
	for _, c := range b[5:] {
		if c != '.' && c-'0' > 9 {
			return false
		}
	}
	return true
}

// url takes /path?query; another kind of URL is taken whole.
func (d *decoder) url(from, to int) {
	if from >= to {
		return
	}
	b := d.raw[from:to]
	if b[0] != '/' {
		d.rec.Add(from, to, d.known.url, ingest.SlashX)
		return
	}
	query := len(b)
	if i := bytes.IndexByte(b, '?'); i >= 0 {
		query = i
	}
	d.at.path = span{from, from + query}
	d.rec.Add(from, from+query, d.known.path, ingest.SlashX)
	if query+1 < len(b) {
		d.rec.Add(from+query+1, to, d.known.query, ingest.SlashX)
	}
}

// absent says whether b stands for no value.
func absent(b []byte) bool { return len(b) == 0 || len(b) == 1 && b[0] == '-' }
