package scrub

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// address is a network address in the record, replaced only if link says so.
type address struct {
	start, end uint32
	addr       netip.Addr
}

// address notes v.b[s:end] if it is a network address, and says whether it is.
func (e *Engine) address(v *view, s, end int) bool {
	a, ok := token.ParseAddr(v.b[s:end])
	if ok {
		start, stop := v.span(s, end)
		e.addrs = append(e.addrs, address{start: start, end: stop, addr: a.Unmap()})
	}
	return ok
}

// link replaces what, beside a session, a user of the public or a patient, would
// lead from one record to a person in another.
//
// Client addresses: with an identity they are a joint identifier, so here they
// become tokens; one that stood beside an identity in another record at about the
// same time is replaced too.
//
// Trace ids: an application's record that names somebody and a load balancer's
// that shows an address have the same trace id, so in the former it is a token,
// under a key for the class of source. Network records keep theirs, for they are
// joined with each other by it in any case; so do records that name nobody.
func (e *Engine) link(rec *ingest.Record, raw []byte) {
	links := e.opt.Link.Links(e.session, e.user, e.patient)
	if links && traceType(rec.Source) != token.TraceNetwork {
		for _, i := range e.traces {
			e.linkTrace(rec, raw, &rec.Fields[i])
		}
	}
	if len(e.addrs) == 0 || rec.Source == "aws_cloudtrail" && !public(raw) {
		return
	}
	ms, timed := rec.Num(schemas.EventTime)
	if !timed {
		ms = e.fallback
	}
	when := time.UnixMilli(int64(ms))
	for i := range e.addrs {
		if e.linked(e.addrs[i].addr, links, when) {
			e.linkAddress(rec, &e.addrs[i])
		}
	}
}

// linked says whether an address leads to a person; links that this record does.
func (e *Engine) linked(addr netip.Addr, links bool, when time.Time) bool {
	w := e.opt.Window
	if e.opt.Link.Exempts(addr) {
		return false
	}
	if links && w != nil {
		w.Note(addr, when)
	}
	return links || w != nil && w.Linked(addr, when)
}

// ipColumns hold addresses that also stand in the record's text.
var ipColumns = [...]schemas.Column{schemas.SrcIP, schemas.DstIP, schemas.PktSrcIP, schemas.PktDstIP}

// linkAddress replaces an address, and in the address columns that hold it leaves
// the network: wherever in the record the decoder had it from.
func (e *Engine) linkAddress(rec *ingest.Record, a *address) {
	from := len(e.repl)
	e.text = token.AppendAddr(e.text[:0], a.addr)
	e.repl = e.opt.Tokens.Append(e.repl, token.IP, e.text)
	e.matches = append(e.matches, Match{Start: a.start, End: a.end, Kind: recognizer.IPAddress, Treat: schemas.Token, quote: uint32(from), from: uint32(from), to: uint32(len(e.repl))})
	for _, c := range ipColumns {
		if in, ok := rec.Addr(c); ok && netip.AddrFrom16(in).Unmap() == a.addr.WithZone("") {
			rec.SetAddr(c, link.Prefix(a.addr))
			rec.SetFlag(schemas.FlagAddressPrefix)
		}
	}
}

func (e *Engine) linkTrace(rec *ingest.Record, raw []byte, f *ingest.Field) {
	v := e.view(raw, f)
	if len(v.b) > 1 && ours(v.b) != len(v.b) && !empty(v.b) {
		e.replace(&v, 0, len(v.b), recognizer.OtherID, schemas.Token, traceType(rec.Source))
	}
}

// traceType is the token type of trace ids in a source's class.
func traceType(source string) token.Type {
	switch {
	case source == "aws_cloudtrail":
		return token.TraceControl
	case ofAWS(source):
		return token.TraceNetwork
	}
	return token.TraceApp
}

// public says that the caller of a CloudTrail event is one of the public, who
// signs in by Cognito; all others are workforce, whose address may stay.
func public(raw []byte) bool {
	return bytes.Contains(raw, []byte(`"cognito-id`))
}
