package alb

import (
	"bytes"
	"encoding/binary"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

const (
	pieceMin = 10  // bytes of the shortest piece, and
	pieceMax = 256 // of the longest, that is worth remembering
	pieces   = 64  // that are remembered of a place in the line
)

// piece is a part of a line that was found to be in order, from the start of a
// value or its last quote to the start of another.
type piece struct {
	n, added int             // its length, how many fields it has
	at, next int             // its number, and that of the piece which followed it last
	num      uint64          // the disposition or activity that it tells, 0 if none
	word     string          // the method
	fields   [4]ingest.Field // of its values, counted from its start
	text     [pieceMax]byte
}

// memo remembers the pieces of one place.
type memo struct {
	known []piece
	signs [pieces]sign // of the pieces: most are told by these
	last  int          // the piece that was met last
	late  int          // how many came when there was no room
}

// sign is the length of a piece and some of its bytes.
type sign struct {
	n    int
	some uint64
}

// some mixes bytes of a piece b of which one or another differs from piece to
// piece: a method, a host, the end of an ARN.
func some(b []byte) uint64 {
	return binary.LittleEndian.Uint64(b[1:]) + 3*binary.LittleEndian.Uint64(b[(len(b)-8)/2:]) + 5*binary.LittleEndian.Uint64(b[len(b)-pieceMin:])
}

// find returns the piece that b starts with, perhaps the one whose number is
// guess; nil if it is new.
func (m *memo) find(b []byte, guess int) *piece {
	if guess < len(m.known) {
		p := &m.known[guess]
		if n := p.n; len(b) >= n && string(b[:n]) == string(p.text[:n]) {
			return p
		}
	}
	return m.search(b)
}

func (m *memo) search(b []byte) *piece {
	for i := range m.known {
		if s := &m.signs[i]; len(b) < s.n || some(b[:s.n]) != s.some {
			continue
		}
		if p := &m.known[i]; string(b[:p.n]) == string(p.text[:p.n]) {
			m.last = i
			return p
		}
	}
	return nil
}

// put remembers [from,to) of the line, which is new, with what s, which holds
// nothing else, has of it, unless it is odd, and returns the piece. When there
// is no room, some take the place of others.
func (m *memo) put(line []byte, from, to int, s *ingest.Record) *piece {
	_, odd := s.Num(schemas.Flags)
	if odd || to-from < pieceMin || to-from > pieceMax || len(s.Fields) > len(piece{}.fields) {
		return nil
	}
	if len(m.known) < pieces {
		m.last = len(m.known)
		m.known = append(m.known, piece{})
	} else {
		if m.late++; m.late%8 != 0 {
			return nil
		}
		m.last = m.late / 8 % pieces
	}
	p := &m.known[m.last]
	p.at, p.next = m.last, 0
	p.n, p.added = copy(p.text[:], line[from:to]), copy(p.fields[:], s.Fields)
	p.num, _ = s.Num(schemas.DispositionID)
	for i := range p.added {
		p.fields[i].Start -= uint32(from)
		p.fields[i].End -= uint32(from)
	}
	m.signs[m.last] = sign{p.n, some(line[from:to])}
	return p
}

// learn remembers the piece for which a line was not quick, or all pieces of the
// first one that it looks at, now that albLine has split it into n values and
// decoded it. That is the second line: many payloads are short.
func (d *decoder) learn(line []byte, n int) {
	if d.lines++; n < atConn || d.lines < 2 {
		return
	}
	if d.quick != nil {
		d.learnAt(d.quick.missed, line)
		return
	}
	q := newQuick()
	d.quick = q
	for _, m := range [...]*memo{&q.balancer, &q.group, &q.domain, &q.actions, &q.answers} {
		d.learnAt(m, line)
	}
}

// learnAt remembers the piece of one place.
func (d *decoder) learnAt(m *memo, line []byte) {
	q, vs, f := d.quick, &d.vs, d.known
	s := &q.scratch
	s.Reset("", schemas.Events, nil)
	switch m {
	case &q.balancer:
		d.keep(line, vs[atELB], f.elb, s)
		q.balancer.put(line, vs[atELB].start(), vs[atClient].start(), s)
	case &q.group:
		d.keep(line, vs[atCipher], f.cipher, s)
		d.keep(line, vs[atProtocol], f.protocol, s)
		if vs[atUserAgent].quoted && vs[atTrace].quoted && d.arn(line, vs[atTargetGroup], false, s) {
			q.group.put(line, vs[atUserAgent].to, vs[atTrace].from, s)
		}
	case &q.domain:
		d.add(line, vs[atDomain], f.domain, s)
		d.arn(line, vs[atCert], true, s)
		if domain := vs[atDomain]; vs[atTrace].quoted && !absent(line[domain.from:domain.to]) {
			q.domain.put(line, vs[atTrace].to, vs[atRule].start(), s)
		}
	case &q.actions:
		d.actions(line, vs[atActions], s)
		d.keep(line, vs[atError], f.errorReason, s)
		redirect := vs[atRedirect]
		if vs[atTargetList].quoted && !vs[atCreated].quoted && absent(line[redirect.from:redirect.to]) {
			q.actions.put(line, vs[atCreated].to, vs[atTargetList].from, s)
		}
	case &q.answers:
		d.statuses(line, vs[atStatusList], s)
		d.keep(line, vs[atClass], schemas.Field{}, s)
		d.keep(line, vs[atClassReason], schemas.Field{}, s)
		end := vs[atClassReason].to
		if vs[atClassReason].quoted {
			end++
		}
		if vs[atTargetList].quoted {
			q.answers.put(line, vs[atTargetList].to, end, s)
		}
	}
}

// learnRequest remembers method, scheme and host of a request that has a path.
func (d *decoder) learnRequest(line []byte, v value, s *ingest.Record) {
	b := line[v.from:v.to]
	first := bytes.IndexByte(b, ' ')
	method, activity := text.Method(b[:max(first, 0)])
	url := b[first+1:]
	n := scheme(url)
	slash := bytes.IndexByte(url[n:], '/')
	if activity == 0 || n == 0 || slash < 0 || bytes.ContainsAny(url[n:n+slash], "?#") {
		return
	}
	end := v.from + first + 1 + n + slash
	s.Reset("", schemas.Events, nil)
	d.authority(line, value{end - slash, end, true}, false, s)
	if p := d.quick.request.put(line, v.from, end, s); p != nil {
		p.num, p.word = activity, method
	}
}
