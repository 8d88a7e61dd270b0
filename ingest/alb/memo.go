package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const (
	pieceMax = 256 // bytes of a piece that is worth remembering
	pieces   = 16  // that are remembered of a place in the line, a power of two
)

// piece is a part of a line that was found to be in order, from the start of a
// value or its last quote to the start of another.
type piece struct {
	n      int             // its length, 0 if there is none
	added  int             // how many fields it has
	num    uint64          // the disposition or activity that it tells, 0 if none
	word   string          // the method
	fields [4]ingest.Field // of its values, counted from its start
	text   [pieceMax]byte
}

// memo remembers the pieces of one place.
type memo struct {
	known [pieces]piece
	last  int // the one that was met last
}

// find returns the piece that b starts with, nil if it is new.
func (m *memo) find(b []byte) *piece {
	p := &m.known[m.last&(pieces-1)]
	if n := p.n; n > 0 && len(b) >= n && string(b[:n]) == string(p.text[:n]) {
		return p
	}
	return m.search(b)
}

func (m *memo) search(b []byte) *piece {
	for i := range m.known {
		p := &m.known[i]
		if n := p.n; n > 0 && len(b) >= n && string(b[:n]) == string(p.text[:n]) {
			m.last = i
			return p
		}
	}
	return nil
}

// put remembers [from,to) of the line with what s, which holds nothing else, has
// of it, unless it is odd, and returns the piece. It takes the place of another
// in turn.
func (m *memo) put(line []byte, from, to int, s *ingest.Record) *piece {
	_, odd := s.Num(schemas.Flags)
	if odd || to-from > pieceMax || len(s.Fields) > len(piece{}.fields) || m.find(line[from:to]) != nil {
		return nil
	}
	m.last = (m.last + 1) & (pieces - 1)
	p := &m.known[m.last]
	p.n, p.added = copy(p.text[:], line[from:to]), copy(p.fields[:], s.Fields)
	p.num, _ = s.Num(schemas.DispositionID)
	for i := range p.added {
		p.fields[i].Start -= uint32(from)
		p.fields[i].End -= uint32(from)
	}
	return p
}

// learn remembers the pieces of a line that albLine has split into n values and
// decoded. It waits for the second one: many payloads are short.
func (d *decoder) learn(line []byte, n int) {
	if d.lines++; n < atConn || d.lines < 2 {
		return
	}
	if d.quick == nil {
		d.quick = newQuick()
	}
	q, vs, f := d.quick, &d.vs, d.known
	s := &q.scratch
	s.Reset("", schemas.Events, nil)
	d.keep(line, vs[atELB], f.elb, s)
	q.balancer.put(line, vs[atELB].start(), vs[atClient].start(), s)

	if v := vs[atRequest]; v.quoted {
		d.learnRequest(line, v, s)
	}
	if vs[atTrace].quoted {
		if vs[atUserAgent].quoted {
			s.Reset("", schemas.Events, nil)
			d.keep(line, vs[atCipher], f.cipher, s)
			d.keep(line, vs[atProtocol], f.protocol, s)
			if d.arn(line, vs[atTargetGroup], false, s) {
				q.group.put(line, vs[atUserAgent].to, vs[atTrace].from, s)
			}
		}
		s.Reset("", schemas.Events, nil)
		d.add(line, vs[atDomain], f.domain, s)
		d.arn(line, vs[atCert], true, s)
		if domain := vs[atDomain]; !absent(line[domain.from:domain.to]) {
			q.domain.put(line, vs[atTrace].to, vs[atRule].start(), s)
		}
	}
	redirect := vs[atRedirect]
	if !vs[atTargetList].quoted || vs[atCreated].quoted || !absent(line[redirect.from:redirect.to]) {
		return
	}
	s.Reset("", schemas.Events, nil)
	d.actions(line, vs[atActions], s)
	d.keep(line, vs[atError], f.errorReason, s)
	q.actions.put(line, vs[atCreated].to, vs[atTargetList].from, s)
	s.Reset("", schemas.Events, nil)
	d.statuses(line, vs[atStatusList], s)
	d.keep(line, vs[atClass], schemas.Field{}, s)
	d.keep(line, vs[atClassReason], schemas.Field{}, s)
	end := vs[atClassReason].to
	if vs[atClassReason].quoted {
		end++
	}
	q.answers.put(line, vs[atTargetList].to, end, s)
}

// learnRequest remembers method, scheme and host of a request that has a path.
func (d *decoder) learnRequest(line []byte, v value, s *ingest.Record) {
	b := line[v.from:v.to]
	method := bytes.IndexByte(b, ' ')
	m := methodOf(b[:max(method, 0)])
	url := b[method+1:]
	n := scheme(url)
	slash := bytes.IndexByte(url[n:], '/')
	if m.activity == 0 || n == 0 || slash < 0 || bytes.ContainsAny(url[n:n+slash], "?#") {
		return
	}
	end := v.from + method + 1 + n + slash
	s.Reset("", schemas.Events, nil)
	d.authority(line, value{end - slash, end, true}, false, s)
	if p := d.quick.request.put(line, v.from, end, s); p != nil {
		p.num, p.word = m.activity, m.name
	}
}
