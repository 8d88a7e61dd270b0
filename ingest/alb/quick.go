package alb

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// quick is what makes a common access log line cheap. A line whose values all
// have the shape that today's balancers write is read from left to right, once;
// pieces that repeat from line to line (the balancer, cipher and target group,
// domain and certificate …) are compared with those of lines before instead of
// being split and checked again. Any doubt leaves the line to albLine, which
// knows every shape: both must say the same, and a test compares them.
type quick struct {
	second [19]byte // 2006-01-02T15:04:05 of the line before
	base   int64    // its Unix milliseconds
	list   [24]byte // the last target list that was one address and port
	listed uint8    // its length
	host   uint8    // that of its address
	pair   uint64   // the last two statuses, with the blanks behind them
	status uint64   // the first of them

	balancer, request, group, domain, actions, answers memo
	scratch                                            ingest.Record // what a piece to be remembered is made of

	missed *memo // of the line in hand: where a new piece is, nil if it is odd

	credit int // lines that were quick less those that were not, from 0 to patience
	rest   int // lines for which it is not tried
}

// patience is how many lines may turn out not to be quick before the next ones are
// not tried: a payload whose lines all differ would cost more than without.
const patience = 100

func newQuick() *quick {
	q := &quick{credit: patience, pair: binary.LittleEndian.Uint64([]byte("000 000 "))}
	copy(q.second[:], "1970-01-01T00:00:00")
	return q
}

// accessLine is an access log line as quick reads it: all that its pieces do
// not say.
type accessLine struct {
	balancer, request, group, domain, actions *piece
	balancerAt, groupAt, domainAt, actionsAt  int // where they start
	ms                                        int64
	from, to                                  [2]int // addresses of client and target; to is 0 if there is none
	addr                                      [2]uint32
	port                                      [2]uint64
	lasted                                    int64 // µs, -1 if none of the times is known
	statusFrom, statusTo                      int
	status, received, sent                    uint64
	asked, userAgent, targets                 value
	traceAt, connAt, connTo                   int
	rule                                      uint64
}

const (
	absentNumber = 1<<64 - 1
	traceLen     = len("Root=1-01234567-0123456789abcdef01234567")
	stampLen     = len("2006-01-02T15:04:05.000000Z")
	noneNewer    = ` "-" "-" "-"` // host, URI and status of a transformed request
)

// quickLine decodes a line if it is a common one; else it leaves rec as it was.
func (d *decoder) quickLine(line []byte, rec *ingest.Record) bool {
	q := d.quick
	if q == nil {
		return false
	}
	if q.missed = nil; q.rest > 0 {
		q.rest--
		return false
	}
	if !q.read(line, &d.common) {
		if q.credit--; q.credit < 0 {
			q.credit, q.rest = patience, 10*patience
		}
		return false
	}
	q.credit = min(q.credit+1, patience)
	d.fill(line, &d.common, rec)
	return true
}

// read takes a line apart. It returns false at the first doubt.
func (q *quick) read(line []byte, a *accessLine) bool {
	at := kindLen(line)
	if at == 0 || len(line) < at+stampLen+1 || line[at+stampLen] != ' ' {
		return false
	}
	stamp := line[at : at+stampLen]
	var ok bool
	if a.ms, ok = q.time(stamp); !ok {
		return false
	}
	at += stampLen + 1
	a.balancerAt = at
	if a.balancer = q.balancer.find(line[at:], q.balancer.last); a.balancer == nil {
		q.missed = &q.balancer
		return false
	}
	if at = q.numbers(line, at+a.balancer.n, a); at == 0 {
		return false
	}
	if a.asked, ok = quoted(line, at); !ok {
		return false
	}
	a.request = q.request.find(line[a.asked.from:a.asked.to], q.request.last)
	if a.userAgent, ok = quoted(line, a.asked.to+2); !ok {
		return false
	}
	at = a.userAgent.to
	a.groupAt = at
	guess := 0
	if a.request != nil {
		guess = a.request.next
	}
	if a.group = q.group.find(line[at:], guess); a.group == nil {
		q.missed = &q.group
		return false
	}
	if a.request != nil {
		a.request.next = a.group.at
	}
	at += a.group.n
	a.traceAt = at + 5
	if len(line) < at+traceLen || string(line[at:at+7]) != "Root=1-" || !isTrace(line[at+5:at+traceLen]) {
		return false
	}
	at += traceLen
	a.domainAt = at
	if a.domain = q.domain.find(line[at:], a.group.next); a.domain == nil {
		q.missed = &q.domain
		return false
	}
	a.group.next = a.domain.at
	at += a.domain.n
	end := at
	for end < len(line) && line[end]-'0' < 10 {
		end++
	}
	if a.rule, ok = text.Uint(line[at:end]); !ok || a.rule > 1<<32 || len(line) < end+1+stampLen || line[end] != ' ' {
		return false
	}
	at = end + 1
	if again := line[at : at+stampLen]; !bytes.Equal(again, stamp) {
		if _, ok = q.time(again); !ok {
			return false
		}
	}
	return q.tail(line, at+stampLen, a)
}

// tail takes what follows the second time.
func (q *quick) tail(line []byte, at int, a *accessLine) (ok bool) {
	a.actionsAt = at
	if a.actions = q.actions.find(line[at:], q.actions.last); a.actions == nil {
		q.missed = &q.actions
		return false
	}
	at += a.actions.n
	if a.targets, at, ok = q.targets(line, at); !ok {
		return false
	}
	answers := q.answers.find(line[at:], q.answers.last)
	if answers == nil {
		q.missed = &q.answers
		return false
	}
	at += answers.n
	rest := len(line) - at
	if rest > 0 && line[len(line)-1] == '"' && bytes.HasSuffix(line[at:], []byte(noneNewer)) {
		rest -= len(noneNewer)
	}
	if a.connAt, a.connTo = at, at+rest; rest == 0 {
		return true
	}
	a.connAt++
	return line[at] == ' ' && text.Word(line[at+1:a.connTo])
}

// quoted finds the value that a quote at a byte of the line starts and a quote
// and a blank end, with no other quote and no doubt.
func quoted(line []byte, at int) (v value, ok bool) {
	if at >= len(line) || line[at] != '"' {
		return v, false
	}
	at++
	n := bytes.IndexByte(line[at:], '"')
	end := at + n
	return value{at, end, true}, n >= 0 && end+1 < len(line) && line[end-1] != '\\' && line[end+1] == ' '
}

// kindLen returns the length of the type that a line starts with and of the blank
// behind it, 0 if it starts with none.
func kindLen(line []byte) int {
	for n := 2; n < 6 && n < len(line); n++ {
		if line[n] == ' ' && isKind(line[:n]) {
			return n + 1
		}
	}
	return 0
}

// fill makes the fields and columns of a line, in the order of albLine.
func (d *decoder) fill(line []byte, a *accessLine, rec *ingest.Record) {
	f := d.known
	rec.SetDerived(schemas.Service, "alb")
	rec.SetNum(schemas.ClassUID, 4002) // HTTP Activity
	rec.SetNum(schemas.EventTime, uint64(a.ms))
	rec.SetNum(schemas.None, a.rule)
	if a.lasted >= 0 {
		rec.SetFloat(schemas.DurationMS, float32(float64(a.lasted)/1000))
	}
	setNumber(schemas.BytesIn, a.received, rec)
	setNumber(schemas.BytesOut, a.sent, rec)
	if n := a.actions.num; n > 0 {
		rec.SetNum(schemas.DispositionID, n)
	}

	out := newFieldList(rec)
	out.piece(a.balancer, a.balancerAt)
	if a.to[0] > 0 {
		rec.SetNum(schemas.SrcPort, a.port[0])
		rec.SetAddr(schemas.SrcIP, ip4(a.addr[0]))
		out.add(a.from[0], a.to[0], &f.client, ingest.Plain)
	}
	if a.to[1] > 0 {
		rec.SetNum(schemas.DstPort, a.port[1])
		rec.SetAddr(schemas.DstIP, ip4(a.addr[1]))
		out.add(a.from[1], a.to[1], &f.target, ingest.Plain)
	}
	if a.status != absentNumber {
		rec.SetNum(schemas.HTTPStatus, a.status)
		if a.status >= 100 {
			rec.SetNum(schemas.StatusID, 1+min(1, a.status/400))
		}
		out.add(a.statusFrom, a.statusTo, &f.status, ingest.Plain)
	}
	d.asked(line, a, rec, &out)
	if v := a.userAgent; !absent(line[v.from:v.to]) {
		out.add(v.from, v.to, &f.userAgent, ingest.SlashX)
	}
	out.piece(a.group, a.groupAt)
	out.add(a.traceAt, a.traceAt+traceLen-5, &f.trace, ingest.SlashX)
	out.piece(a.domain, a.domainAt)
	out.piece(a.actions, a.actionsAt)
	if a.targets.to > 0 {
		out.add(a.targets.from, a.targets.to, &f.targets, ingest.SlashX)
	}
	if f.conn.Column != schemas.None && !absent(line[a.connAt:a.connTo]) {
		out.add(a.connAt, a.connTo, &f.conn, ingest.Plain)
	}
	out.flush(rec)
}

func ip4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// asked takes the request: one whose method, scheme and host are known, with a
// path and an end as most have, or any other.
func (d *decoder) asked(line []byte, a *accessLine, rec *ingest.Record, out *fieldList) {
	v, p := a.asked, a.request
	end := v.to - len(" HTTP/1.1")
	if p == nil || end < v.from+p.n || line[v.from+p.n] != '/' || string(line[end:v.to]) != " HTTP/1.1" && string(line[end:v.to]) != " HTTP/2.0" {
		out.flush(rec)
		d.request(line, v, false, rec)
		*out = newFieldList(rec)
		if p == nil {
			d.learnRequest(line, v, &d.quick.scratch)
		}
		return
	}
	rec.SetNum(schemas.ActivityID, p.num)
	rec.SetDerived(schemas.HTTPMethod, p.word)
	rec.SetDerived(schemas.Action, p.word)
	out.piece(p, v.from)
	path, query := v.from+p.n, end
	if i := bytes.IndexByte(line[path:query], '?'); i >= 0 {
		query = path + i
	}
	out.add(path, query, &d.known.path, ingest.SlashX)
	if query+1 < end {
		out.add(query+1, end, &d.known.query, ingest.SlashX)
	}
}

func setNumber(c schemas.Column, n uint64, rec *ingest.Record) {
	if n != absentNumber {
		rec.SetNum(c, n)
	}
}
