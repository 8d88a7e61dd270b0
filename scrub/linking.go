package scrub

import (
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// address notes v.b[s:end] if it is a network address.
func (e *Engine) address(v *view, s, end int, column schemas.Column) {
	if a, ok := token.ParseAddr(v.b[s:end]); ok {
		start, stop := v.span(s, end)
		e.addrs = append(e.addrs, address{start: start, end: stop, addr: a.Unmap(), column: column, quote: e.quote})
	}
}

// link replaces the record's client addresses when it also names a session, a
// user of the public or a patient: together they are a joint identifier. An
// address that stood beside one in another record at about the same time is
// replaced too.
func (e *Engine) link(rec *ingest.Record) {
	if len(e.addrs) == 0 {
		return
	}
	p := &e.opt.Link
	links := p.Links(e.session, e.user, e.patient)
	ms, timed := rec.Num(schemas.EventTime)
	if !timed {
		ms = e.fallback
	}
	when := time.UnixMilli(int64(ms))
	for i := range e.addrs {
		a := &e.addrs[i]
		switch {
		case links && p.Decide(e.session, e.user, e.patient, a.addr) == link.TokenAddress:
			if e.opt.Window != nil {
				e.opt.Window.Note(a.addr, when)
			}
		case e.opt.Window != nil && !p.Exempts(a.addr) && e.opt.Window.Linked(a.addr, when):
		default:
			continue
		}
		from := len(e.repl)
		e.text = token.AppendAddr(e.text[:0], a.addr)
		e.repl = e.opt.Tokens.Append(e.repl, token.IP, e.text)
		e.matches = append(e.matches, Match{Start: a.start, End: a.end, Kind: recognizer.IPAddress, Treat: schemas.Token, quote: a.quote, from: uint32(from), to: uint32(len(e.repl))})
		if ip := ipColumn(a.column); ip != schemas.None {
			rec.SetAddr(ip, link.Prefix(a.addr))
			rec.SetFlag(schemas.FlagAddressPrefix)
		}
	}
}

// ipColumn is the address column beside a text column of addresses.
func ipColumn(text schemas.Column) schemas.Column {
	switch text {
	case schemas.SrcAddr:
		return schemas.SrcIP
	case schemas.DstAddr:
		return schemas.DstIP
	case schemas.PktSrcIP, schemas.PktDstIP:
		return text
	}
	return schemas.None
}
