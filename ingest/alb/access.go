package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Positions of the values of an access log. A classic balancer's line is the
// same from atTime to atProtocol.
const (
	atKind = iota
	atTime
	atELB
	atClient
	atTarget
	atRequestTime
	atTargetTime
	atResponseTime
	atStatus
	atTargetStatus
	atReceived
	atSent
	atRequest
	atUserAgent
	atCipher
	atProtocol
	atTargetGroup
	atTrace
	atDomain
	atCert
	atRule
	atCreated
	atActions
	atRedirect
	atError
	atTargetList
	atStatusList
	atClass
	atClassReason
	atConn
	atNewHost
	atNewURI
	atNewStatus
	maxFields
)

const (
	minFields = atRequest     // fewer values are no access log
	oddFields = atTargetGroup // no load balancer ever wrote fewer
)

// albLine decodes an access log, a health check log or, if it starts with a
// time, a connection log.
func (d *decoder) albLine(line []byte, rec *ingest.Record) error {
	if d.quickLine(line, rec) {
		return nil
	}
	n, rest, whole := split(line, d.vs[:])
	kind := line[d.vs[atKind].from:d.vs[atKind].to]
	if isTime(kind) {
		return d.connection(line, n, rest, whole, rec)
	}
	if isHealth(line, d.vs[:], n) {
		return d.health(line, n, rest, rec)
	}
	if n < minFields {
		return errFields
	}
	clear(d.vs[n:])
	if !isKind(kind) {
		d.odd(d.vs[atKind], schemas.None, rec)
	}
	if n <= oddFields || !whole {
		rec.SetFlag(schemas.FlagOddShape)
	}
	rec.SetDerived(schemas.Service, "alb")
	if err := d.access(line, rec); err != nil {
		return err
	}
	d.newer(line, rec)
	d.rest(line, rest, rec)
	if whole {
		d.learn(line, n)
	}
	return nil
}

// clbLine decodes a line of a classic load balancer.
func (d *decoder) clbLine(line []byte, rec *ingest.Record) error {
	n, rest, whole := split(line, d.vs[atTime:atProtocol+1])
	if n < minFields-atTime {
		return errFields
	}
	clear(d.vs[n+atTime:])
	if !whole {
		rec.SetFlag(schemas.FlagOddShape)
	}
	rec.SetDerived(schemas.Service, "clb")
	if err := d.access(line, rec); err != nil {
		return err
	}
	d.place(false, rec)
	d.rest(line, rest, rec)
	return nil
}

// access takes the values from atTime to atProtocol.
func (d *decoder) access(line []byte, rec *ingest.Record) error {
	vs, f := &d.vs, d.known
	rec.SetNum(schemas.ClassUID, 4002) // HTTP Activity
	if err := d.when(line, vs[atTime], vs[atCreated], rec); err != nil {
		return err
	}
	d.keep(line, vs[atELB], f.elb, rec)
	d.endpoint(line, vs[atClient], f.client, schemas.SrcIP, schemas.SrcPort, rec)
	d.endpoint(line, vs[atTarget], f.target, schemas.DstIP, schemas.DstPort, rec)
	d.lasted(line, vs[atRequestTime:atStatus], 1, rec)
	d.status(line, vs[atStatus], rec)
	d.number(line, vs[atTargetStatus], schemas.None, 999, rec)
	d.number(line, vs[atReceived], schemas.BytesIn, 1<<64-1, rec)
	d.number(line, vs[atSent], schemas.BytesOut, 1<<64-1, rec)
	domain := vs[atDomain]
	d.request(line, vs[atRequest], absent(line[domain.from:domain.to]), rec)
	d.add(line, vs[atUserAgent], f.userAgent, rec)
	d.keep(line, vs[atCipher], f.cipher, rec)
	d.keep(line, vs[atProtocol], f.protocol, rec)
	return nil
}

// when takes the time of the answer or else that of the request.
func (d *decoder) when(line []byte, v, created value, rec *ingest.Record) error {
	if ms, ok := text.RFC3339(line[v.from:v.to]); ok {
		rec.SetNum(schemas.EventTime, uint64(ms))
		return nil
	}
	ms, ok := text.RFC3339(line[created.from:created.to])
	if !ok {
		return errSyntax
	}
	rec.SetNum(schemas.EventTime, uint64(ms))
	rec.SetFlag(schemas.FlagOddTime)
	d.add(line, v, schemas.Unknown.Field, rec)
	return nil
}

// status takes the status that the balancer sent.
func (d *decoder) status(line []byte, v value, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	n, ok := text.Uint(b)
	if !ok || n > 999 {
		d.odd(v, d.known.status.Column, rec).Rule = d.known.status.Rule
		return
	}
	rec.SetNum(schemas.HTTPStatus, n)
	rec.Add(v.from, v.to, d.known.status, v.enc())
	switch {
	case n >= 400:
		rec.SetNum(schemas.StatusID, 2)
	case n >= 100:
		rec.SetNum(schemas.StatusID, 1)
	}
}

// newer takes the values that classic load balancers lack.
func (d *decoder) newer(line []byte, rec *ingest.Record) {
	vs, f := &d.vs, d.known
	placed := d.arn(line, vs[atTargetGroup], false, rec)
	d.trace(line, vs[atTrace], rec)
	d.add(line, vs[atDomain], f.domain, rec)
	placed = d.arn(line, vs[atCert], placed, rec)
	d.place(placed, rec)
	d.number(line, vs[atRule], schemas.None, 1<<32, rec)
	if b := line[vs[atCreated].from:vs[atCreated].to]; !absent(b) {
		if _, ok := text.RFC3339(b); !ok {
			d.odd(vs[atCreated], schemas.None, rec)
		}
	}
	d.actions(line, vs[atActions], rec)
	d.add(line, vs[atRedirect], f.redirect, rec)
	d.keep(line, vs[atError], f.errorReason, rec)
	d.targets(line, vs[atTargetList], rec)
	d.statuses(line, vs[atStatusList], rec)
	d.keep(line, vs[atClass], schemas.Field{}, rec)
	d.keep(line, vs[atClassReason], schemas.Field{}, rec)
	d.keep(line, vs[atConn], f.conn, rec)
	d.add(line, vs[atNewHost], f.newHost, rec)
	d.add(line, vs[atNewURI], f.newURI, rec)
	d.keep(line, vs[atNewStatus], schemas.Field{}, rec)
}

// actions takes the comma separated actions; a request that was only looked at
// (by WAF or for authentication) and neither passed on nor answered by rule was
// blocked.
func (d *decoder) actions(line []byte, v value, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	disposition := uint64(2)
	for len(b) > 0 {
		action, rest, _ := bytes.Cut(b, []byte(","))
		b = rest
		switch string(action) {
		case "forward", "redirect", "fixed-response":
			disposition = 1
		case "waf", "waf-failed", "authenticate":
		default:
			d.odd(v, schemas.None, rec)
			return
		}
	}
	rec.SetNum(schemas.DispositionID, disposition)
}

// trace takes the header X-Amzn-Trace-Id. Its field Root is made by AWS or by
// the client, who can add any others.
func (d *decoder) trace(line []byte, v value, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	root := 0
	if !bytes.HasPrefix(b, []byte("Root=")) {
		if root = bytes.Index(b, []byte(";Root=")) + 1; root == 0 {
			d.odd(v, schemas.TraceIDCol, rec).Rule = d.known.trace.Rule
			return
		}
	}
	id := value{v.from + root + len("Root="), v.to, v.quoted}
	if i := bytes.IndexByte(line[id.from:id.to], ';'); i >= 0 {
		id.to = id.from + i
	}
	if root > 0 {
		rec.Add(v.from, v.from+root, schemas.Unknown.Field, v.enc())
	}
	f := d.known.trace
	if !isTrace(line[id.from:id.to]) {
		f.Treat = schemas.Scan
		rec.SetFlag(schemas.FlagOddShape)
	}
	rec.Add(id.from, id.to, f, v.enc())
	if id.to < v.to {
		rec.Add(id.to, v.to, schemas.Unknown.Field, v.enc())
	}
}

// isTrace knows 1-<8 hex: time>-<24 hex: random>.
func isTrace(b []byte) bool {
	return len(b) == 35 && b[0] == '1' && b[1] == '-' && b[10] == '-' && text.Hex(b[2:10]) && text.Hex(b[11:])
}

// targets takes the list of targets, separated by blanks.
func (d *decoder) targets(line []byte, v value, rec *ingest.Record) {
	if absent(line[v.from:v.to]) {
		return
	}
	for at := v.from; ; {
		from, to := text.Next(line[:v.to], at)
		if from == to {
			return
		}
		d.endpoint(line, value{from, to, v.quoted}, d.known.targets, schemas.None, schemas.None, rec)
		at = to
	}
}

// statuses takes the list of the targets' answers: numbers and hyphens.
func (d *decoder) statuses(line []byte, v value, rec *ingest.Record) {
	for _, c := range line[v.from:v.to] {
		if c-'0' > 9 && c != ' ' && c != '-' {
			d.odd(v, schemas.None, rec)
			return
		}
	}
}
