package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// request takes "method URL version". A URL may hold blanks, and what is
// missing is a hyphen or nothing, so the line is cut from both ends. named says
// that the URL's host is the only name of the host there is.
func (d *decoder) request(line []byte, v value, named bool, rec *ingest.Record) {
	for v.to > v.from && line[v.to-1] == ' ' {
		v.to--
	}
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	first := bytes.IndexByte(b, ' ')
	if first < 0 {
		f := d.known.url
		rec.SetFlag(schemas.FlagOddShape)
		rec.Add(v.from, v.to, f, v.enc())
		return
	}
	if method, activity := text.Method(b[:first]); activity != 0 {
		rec.SetNum(schemas.ActivityID, activity)
		rec.SetDerived(schemas.HTTPMethod, method)
		rec.SetDerived(schemas.Action, method)
	} else if !absent(b[:first]) {
		rec.SetNum(schemas.ActivityID, 99)
		rec.AddAlias(v.from, v.from+first, schemas.Action, v.enc())
		rec.Add(v.from, v.from+first, d.known.method, v.enc())
	}
	url := value{v.from + first + 1, v.to, v.quoted}
	if last := bytes.LastIndexByte(b, ' '); last > first && isVersion(b[last+1:]) {
		url.to = v.from + last
	}
	if !absent(line[url.from:url.to]) {
		d.url(line, url, named, rec)
	}
}

// isVersion knows HTTP/1.1 and its like, and what stands for none.
func isVersion(b []byte) bool {
	if absent(b) {
		return true
	}
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

// url takes scheme://host:port/path?query or /path?query. Of the rest anything
// may be hidden in it, so it stays one piece.
func (d *decoder) url(line []byte, v value, named bool, rec *ingest.Record) {
	b := line[v.from:v.to]
	if b[0] != '/' {
		n := scheme(b)
		if n == 0 {
			rec.Add(v.from, v.to, d.known.url, v.enc())
			return
		}
		end := n
		for end < len(b) && b[end] != '/' && b[end] != '?' && b[end] != '#' {
			end++
		}
		d.authority(line, value{v.from + n, v.from + end, v.quoted}, named, rec)
		v.from += end
	}
	d.target(line, v, rec)
}

// target takes /path?query.
func (d *decoder) target(line []byte, v value, rec *ingest.Record) {
	path, query := v.from, v.to
	if i := bytes.IndexByte(line[path:query], '?'); i >= 0 {
		query = path + i
	}
	if path < query {
		rec.Add(path, query, d.known.path, v.enc())
	}
	if query+1 < v.to {
		rec.Add(query+1, v.to, d.known.query, v.enc())
	}
}

// scheme returns the length of the scheme with its ://, 0 if there is none.
func scheme(b []byte) int {
	for _, s := range [...]string{"http://", "https://", "ws://", "wss://"} {
		if len(b) >= len(s) && string(b[:len(s)]) == s {
			return len(s)
		}
	}
	return 0
}

// authority takes user@host:port. ALB writes the port 80- for some requests it
// could not read.
func (d *decoder) authority(line []byte, v value, named bool, rec *ingest.Record) {
	if i := bytes.LastIndexByte(line[v.from:v.to], '@'); i >= 0 {
		rec.Add(v.from, v.from+i, schemas.Unknown.Field, v.enc())
		v.from += i + 1
	}
	f := d.known.host
	if !named {
		f.Column = schemas.None
	}
	from, to, port := text.HostPort(line[v.from:v.to])
	if n, ok := text.Uint(bytes.TrimSuffix(port, []byte("-"))); len(port) > 0 && (!ok || n > 1<<16-1) {
		from, to = 0, v.to-v.from
	}
	if from < to {
		rec.Add(v.from+from, v.from+to, f, v.enc())
	}
}
