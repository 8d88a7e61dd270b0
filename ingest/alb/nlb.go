package alb

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Positions of the values of a network load balancer's log.
const (
	nlbKind = iota
	nlbVersion
	nlbTime
	nlbELB
	nlbListener
	nlbClient
	nlbTarget
	nlbDuration
	nlbHandshake
	nlbReceived
	nlbSent
	nlbAlert
	nlbCert
	nlbCertSerial
	nlbCipher
	nlbProtocol
	nlbGroup
	nlbDomain
	nlbALPNFront
	nlbALPNBack
	nlbALPNClient
	nlbCreated
	nlbFields
)

const nlbMin = nlbAlert // fewer values are no log of a connection

// nlbLine decodes a line about one TLS connection, written at its end. Its times
// have no zone and mean UTC.
func (d *decoder) nlbLine(line []byte, rec *ingest.Record) error {
	n, rest, whole := split(line, d.vs[:nlbFields])
	if n < nlbMin {
		return errFields
	}
	vs, f := &d.vs, d.known
	clear(vs[n:])
	if !whole {
		rec.SetFlag(schemas.FlagOddShape)
	}
	ms, ok := text.DateTime(line[vs[nlbTime].from:vs[nlbTime].to])
	if !ok {
		return errSyntax
	}
	rec.SetNum(schemas.EventTime, uint64(ms))
	rec.SetNum(schemas.ClassUID, 4001) // Network Activity
	rec.SetNum(schemas.ActivityID, 2)  // Close
	rec.SetDerived(schemas.Service, "nlb")
	d.keep(line, vs[nlbKind], schemas.Field{}, rec)
	d.keep(line, vs[nlbVersion], schemas.Field{}, rec)
	d.keep(line, vs[nlbELB], f.elb, rec)
	d.keep(line, vs[nlbListener], schemas.Field{}, rec)
	d.endpoint(line, vs[nlbClient], f.client, schemas.SrcIP, schemas.SrcPort, rec)
	d.endpoint(line, vs[nlbTarget], f.target, schemas.DstIP, schemas.DstPort, rec)
	d.lasted(line, vs[nlbDuration:nlbHandshake], 1000, rec)
	d.number(line, vs[nlbHandshake], schemas.None, 1<<63, rec)
	d.number(line, vs[nlbReceived], schemas.BytesIn, 1<<64-1, rec)
	d.number(line, vs[nlbSent], schemas.BytesOut, 1<<64-1, rec)
	d.keep(line, vs[nlbAlert], f.alert, rec)
	placed := d.arn(line, vs[nlbCert], false, rec)
	d.place(placed, rec)
	d.keep(line, vs[nlbCertSerial], schemas.Field{}, rec)
	d.keep(line, vs[nlbCipher], f.cipher, rec)
	d.keep(line, vs[nlbProtocol], f.protocol, rec)
	d.keep(line, vs[nlbGroup], schemas.Field{}, rec)
	d.add(line, vs[nlbDomain], f.domain, rec)
	d.keep(line, vs[nlbALPNFront], schemas.Field{}, rec)
	d.keep(line, vs[nlbALPNBack], schemas.Field{}, rec)
	d.add(line, vs[nlbALPNClient], schemas.Unknown.Field, rec)
	if v := vs[nlbCreated]; v.from < v.to && !isTime(line[v.from:v.to]) {
		d.add(line, v, schemas.Unknown.Field, rec)
	}
	d.rest(line, rest, rec)
	return nil
}
