package scrub

import (
	"bytes"
	"net/netip"

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
// same time is replaced too, and so is one whose request, by its trace id, is that
// of a record with an identity. CloudTrail's callers are workforce, whose addresses
// stay: who did what from where is the purpose of that log.
//
// Trace ids: see ownTrace.
func (e *Engine) link(rec *ingest.Record, raw []byte) {
	ms, timed := rec.Num(schemas.EventTime)
	if !timed {
		ms = e.fallback
	}
	links := e.judge.Joint(e.session, e.user, e.patient)
	if links {
		for _, i := range e.traces {
			f := &rec.Fields[i]
			if !e.noted {
				e.judge.NoteTrace(raw[f.Start:f.End])
			}
			if traceType(rec.Source) != token.TraceNetwork && !ownTrace(raw[f.Start:f.End], int64(ms)) {
				e.linkTrace(rec, raw, f)
			}
		}
	}
	control := rec.Source == "aws_cloudtrail"
	if len(e.addrs) == 0 || control && links && !public(raw) {
		return
	}
	if !links && !e.judge.Notes() {
		e.shows(rec, raw, int64(ms))
		return
	}
	if !links && len(e.traces) > 0 {
		if links = e.traced(rec, raw); !links && e.noting {
			e.await(rec, raw, int64(ms))
		}
	}
	flow := rec.Source == "aws_vpcflow"
	for i := range e.addrs {
		if !e.judge.Linked(e.addrs[i].addr, int64(ms), links, flow) {
			continue
		}
		if control && !public(raw) { // asked last: few addresses get here
			return
		}
		if !e.noting {
			e.linkAddress(rec, &e.addrs[i])
		}
	}
	if !links {
		e.shows(rec, raw, int64(ms))
	}
}

// shows replaces, in a record that shows somebody's address and does not say who
// it is, the trace ids that are an application's own: see ownTrace.
func (e *Engine) shows(rec *ingest.Record, raw []byte, ms int64) {
	if len(e.traces) == 0 || e.noting || e.opt.Link.Mode == link.Off || rec.Source == "aws_cloudtrail" {
		return
	}
	shown := false
	for i := range e.addrs {
		a := &e.addrs[i]
		shown = shown || !e.opt.Link.Exempts(a.addr) && !e.taken(a.start, a.end)
	}
	if !shown {
		return
	}
	for _, i := range e.traces {
		if f := &rec.Fields[i]; f.Treat == schemas.Scan && ownTrace(raw[f.Start:f.End], ms) {
			e.linkTrace(rec, raw, f)
		}
	}
}

// await keeps the addresses of a record that does not say who it is until the
// trace ids of all others are known.
func (e *Engine) await(rec *ingest.Record, raw []byte, ms int64) {
	for _, i := range e.traces {
		for k := range e.addrs {
			if !e.judge.Await(raw[rec.Fields[i].Start:rec.Fields[i].End], e.addrs[k].addr, ms) {
				e.loose = true
			}
		}
	}
}

// StartNotes tells the engine about the payload whose records Note gets next: the
// event time (Unix milliseconds) of those that have none.
func (e *Engine) StartNotes(fallback uint64) { e.fallback, e.loose = fallback, false }

// EndNotes hands what the window must know of the payload over. loose says that a
// record had an address and a trace id, did not say who it is, and could not be
// kept: Tie must see it when all payloads were noted.
func (e *Engine) EndNotes() (loose bool) {
	e.judge.Hand()
	return e.loose
}

// Tie is Note for the records whose trace id was noted, when all have been.
func (e *Engine) Tie(rec *ingest.Record) {
	if e.traced(rec, rec.Reveal()) {
		e.Note(rec, nil)
	}
}

// traced says that another record with the same trace id says who somebody is.
func (e *Engine) traced(rec *ingest.Record, raw []byte) bool {
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if f.Hint == schemas.TraceID && f.Start < f.End && int(f.End) <= len(raw) && e.judge.Traced(raw[f.Start:f.End]) {
			return true
		}
	}
	return false
}

// Notes says whether records of a source can name anybody.
func (e *Engine) Notes(source string) bool {
	return source != "aws_vpcflow" && e.judge.Notes()
}

// Note looks at a record only for addresses beside a session, a user of the
// public or a patient, and notes them in the window. It notes what Record would.
// What it found is kept in noted, if that is not nil, for Record. Records of a payload
// come in the order of their Ordinal.
func (e *Engine) Note(rec *ingest.Record, noted *Noted) {
	raw := rec.Reveal()
	if !e.Notes(rec.Source) || rec.Source == "aws_cloudtrail" && !public(raw) {
		return
	}
	defer func() {
		e.noting = false
		_ = recover() // Record meets it again, and says so
	}()
	e.noting = true
	e.start(rec, raw)
	if e.look(rec, raw) != "" {
		return
	}
	if noted != nil {
		noted.keep(e, rec, raw)
	}
	e.separate(rec, raw)
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
