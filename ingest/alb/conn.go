package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Positions of the values of a connection log.
const (
	connTime = iota
	connClient
	connClientPort
	connPort
	connProtocol
	connCipher
	connLatency
	connSubject
	connValidity
	connSerial
	connCheck
	connID
	connFields
)

// connection decodes a connection log, already split.
func (d *decoder) connection(line []byte, n, rest int, whole bool, rec *ingest.Record) error {
	vs, f := &d.vs, d.known
	if n < connID { // which came to the format later than the rest
		return errFields
	}
	ms, ok := text.RFC3339(line[vs[connTime].from:vs[connTime].to])
	if !ok {
		return errSyntax
	}
	if !whole {
		rec.SetFlag(schemas.FlagOddShape)
	}
	rec.SetNum(schemas.EventTime, uint64(ms))
	rec.SetNum(schemas.ClassUID, 4001) // Network Activity
	rec.SetDerived(schemas.Service, "alb")
	d.place(false, rec)
	d.address(line, vs[connClient], f.client, schemas.SrcIP, rec)
	d.number(line, vs[connClientPort], schemas.SrcPort, 1<<16-1, rec)
	d.number(line, vs[connPort], schemas.DstPort, 1<<16-1, rec)
	d.keep(line, vs[connProtocol], f.protocol, rec)
	d.keep(line, vs[connCipher], f.cipher, rec)
	d.lasted(line, vs[connLatency:connSubject], 1, rec)
	d.add(line, vs[connSubject], f.subject, rec)
	d.validity(line, vs[connValidity], rec)
	d.add(line, vs[connSerial], f.serial, rec)
	d.check(line, vs[connCheck], rec)
	if n > connID {
		d.keep(line, vs[connID], f.conn, rec)
	}
	if n > connFields {
		rest = vs[connFields].start()
	}
	d.rest(line, rest, rec)
	return nil
}

// validity takes NotBefore=<time>;NotAfter=<time> of a client's certificate.
func (d *decoder) validity(line []byte, v value, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	before, after, _ := bytes.Cut(b, []byte(";"))
	if !isBound(before, "NotBefore=") || !isBound(after, "NotAfter=") {
		d.odd(v, schemas.None, rec)
	}
}

func isBound(b []byte, name string) bool {
	return len(b) > len(name) && string(b[:len(name)]) == name && isTime(b[len(name):])
}

// check takes Success or Failed:reason, the result of checking a client's
// certificate, or nothing if there was none to check.
func (d *decoder) check(line []byte, v value, rec *ingest.Record) {
	b := line[v.from:v.to]
	d.keep(line, v, d.known.check, rec)
	switch {
	case bytes.HasPrefix(b, []byte("Failed")):
		rec.SetNum(schemas.StatusID, 2)
		rec.SetNum(schemas.DispositionID, 2)
		rec.SetNum(schemas.ActivityID, 4) // Fail
	case string(b) == "Success":
		rec.SetNum(schemas.StatusID, 1)
		rec.SetNum(schemas.DispositionID, 1)
		rec.SetNum(schemas.ActivityID, 1) // Open
	default:
		rec.SetNum(schemas.ActivityID, 1)
	}
}
