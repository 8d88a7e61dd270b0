package scrub

import (
	"net/netip"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// ruling is what the engine knows of the policy while a record is in hand.
type ruling struct {
	rules  *policy.Rules // of the record's source
	source string        // of rules
	finder *policy.Finder
	rec    *ingest.Record
	raw    []byte
	field  uint16         // the policy's rule that marks the field in hand, 0 if none does
	custom *policy.Custom // of the match in hand, nil if a built-in recognizer found it
	// unsure counts what was found and stands, or would have been found behind
	// another key or in another source: the text is not known to be clean.
	unsure int
	spared []spared
	masked []byte // scratch
}

// spared is a match that stands because the policy says so.
type spared struct{ start, end uint32 }

// rule takes the rules for a record.
func (e *Engine) rule(rec *ingest.Record, raw []byte) {
	if e.rules == nil || rec.Source != e.ruling.source {
		e.rules, e.ruling.source = e.opt.Policy.For(rec.Source), rec.Source
	}
	e.rec, e.raw, e.field, e.custom, e.spared = rec, raw, 0, nil, e.spared[:0]
}

// stands says that v.b[s:end], a k or found by the custom recognizer c, is let
// pass by the policy.
func (e *Engine) stands(v *view, s, end int, k recognizer.Kind, c *policy.Custom) bool {
	if c == nil && e.rules.Kinds[k].Treat == schemas.Keep {
		e.identify(k)
	} else if !e.rules.Allowed(k, c, v.b[s:end], e.field) {
		return false
	}
	start, stop := v.span(s, end)
	e.spared = append(e.spared, spared{start, stop})
	e.unsure++
	return true
}

// customs looks for what the policy's own recognizers describe.
func (e *Engine) customs(v *view) {
	if e.finder == nil {
		return
	}
	from := v.at(0)
	found, unsure := e.finder.Find(v.b, e.raw[max(0, int(from)-customBefore):from], e.ruling.source)
	if unsure {
		e.unsure++
	}
	for i := range found {
		f := &found[i]
		c := f.Custom
		switch {
		case replaced(v.b, f.Start):
		case c.Kind != recognizer.Custom:
			e.add(v, f.Start, f.End, c.Kind)
		case !e.stands(v, f.Start, f.End, c.Kind, c):
			t := c.Treat
			if t == schemas.Token && v.blob && !(v.bare && f.Start == 0 && f.End == len(v.b)) {
				t = schemas.Label
			}
			e.custom = c
			e.put(v, f.Start, f.End, c.Kind, t, c.Type)
			e.custom = nil
			e.identify(kindOfToken(c.Type))
		}
	}
}

// replaced says that b[i] is part of a label or token of ours.
func replaced(b []byte, i int) bool {
	for j := max(0, i-oursMax); j <= i; j++ {
		if n := ours(b[j:]); j+n > i {
			return true
		}
	}
	return false
}

// oursMax is the length of the longest label or token.
const oursMax = 64

// customBefore is how much of what stands before a text can be context.
const customBefore = 200

// kindOfToken is whom a custom recognizer's match names, going by its tokens.
func kindOfToken(t token.Type) recognizer.Kind {
	switch t {
	case token.Session:
		return recognizer.SessionID
	case token.User, token.Email:
		return recognizer.UserID
	case token.Patient, token.MRN, token.Member, token.Name:
		return recognizer.PatientID
	}
	return recognizer.None
}

// ruled treats the i-th field as the policy says; false leaves it to treat.
func (e *Engine) ruled(raw []byte, f *ingest.Field) bool {
	e.field = f.Rule
	c, ok := e.opt.Policy.Field(f.Rule)
	switch {
	case !ok:
		return false
	case c.Treat == schemas.Scan:
		f.Treat = schemas.Scan
		if f.Hint == schemas.SessionID || f.Hint == schemas.UserID || f.Hint == schemas.PatientID {
			f.Hint = schemas.Text // unsafe_scan: else it would be replaced whole
		}
		return false
	case c.Treat == schemas.Keep:
		return true
	}
	v := e.view(raw, f)
	if ours(v.b) == len(v.b) || empty(v.b) {
		return true
	}
	k, typ := whom(f)
	if c.As != recognizer.None {
		k, typ = c.As, e.rules.Kinds[c.As].Type
	}
	if c.Type != 0 {
		typ = c.Type
	}
	e.put(&v, 0, len(v.b), k, c.Treat, typ)
	e.identify(k)
	e.clearAddresses(f.Column, c.Treat)
	return true
}

// clearAddresses takes from the address column beside column, which the decoder
// has filled from a field that was replaced, what the replacement does not tell.
func (e *Engine) clearAddresses(column schemas.Column, t schemas.Treatment) {
	switch column {
	case schemas.SrcAddr:
		column = schemas.SrcIP
	case schemas.DstAddr:
		column = schemas.DstIP
	}
	if column == schemas.None || column.Info().Kind != schemas.KIP {
		return
	}
	if in, ok := e.rec.Addr(column); ok {
		e.coarseColumn(column, in, t)
	}
}

// separate is link, and treats the addresses that the policy has a rule for.
func (e *Engine) separate(rec *ingest.Record, raw []byte) {
	if !e.rules.Addresses {
		e.link(rec, raw)
		return
	}
	d := &e.rules.Kinds[recognizer.IPAddress]
	e.field = 0
	n := 0
	for _, a := range e.addrs {
		e.text = token.AppendAddr(e.text[:0], a.addr)
		if d.Treat == schemas.Keep || e.rules.Allowed(recognizer.IPAddress, nil, e.text, 0) {
			e.spared = append(e.spared, spared{a.start, a.end})
			e.unsure++
			continue
		}
		e.addrs[n] = a
		n++
	}
	e.addrs = e.addrs[:n]
	before := len(e.matches)
	e.link(rec, raw)
	if d.Line == 0 || d.Treat == schemas.Keep {
		return
	}
	for i := range e.addrs {
		e.ruledAddress(&e.addrs[i], d.Treat, before)
	}
}

// ruledAddress treats an address in the place of what link has made of it, one of
// the matches from before on.
func (e *Engine) ruledAddress(a *address, t schemas.Treatment, before int) {
	for i := before; i < len(e.matches); i++ {
		if m := &e.matches[i]; m.Start == a.start && m.End == a.end {
			if t == schemas.Token {
				return
			}
			e.matches = append(e.matches[:i], e.matches[i+1:]...)
			break
		}
	}
	if t == schemas.Token {
		e.linkAddress(e.rec, a)
		return
	}
	v := view{b: e.raw[a.start:a.end], base: a.start}
	e.put(&v, 0, len(v.b), recognizer.IPAddress, t, token.IP)
	for _, c := range ipColumns {
		if in, ok := e.rec.Addr(c); ok && (unmapped(in) == a.addr.WithZone("") || unmapped(in) == link.Prefix(a.addr)) {
			e.coarseColumn(c, in, t)
		}
	}
}

func unmapped(in [16]byte) netip.Addr { return netip.AddrFrom16(in).Unmap() }

// coarseColumn leaves the network of the address in, if t leaves that much, else
// nothing.
func (e *Engine) coarseColumn(c schemas.Column, in [16]byte, t schemas.Treatment) {
	if t == schemas.Token || t == schemas.Coarsen {
		e.rec.SetAddr(c, link.Prefix(unmapped(in)))
		e.rec.SetFlag(schemas.FlagAddressPrefix)
		return
	}
	e.rec.Unset(c)
}

// coarse appends a class label with the coarse form of v.b[s:end].
func (e *Engine) coarse(v *view, s, end int, k recognizer.Kind) {
	e.label(v, k)
	n := len(e.repl)
	e.repl = append(e.repl[:n-1], '.')
	e.repl = policy.AppendCoarse(e.repl, k, v.b[s:end], time.Now().Year())
	if len(e.repl) == n { // there is none
		e.repl = e.repl[:n-1]
	}
	e.repl = append(e.repl, ']')
}

// leaksBeside is the egress gate for a record in which the policy lets matches
// stand: it looks at what the record would be with these blotted out.
func (e *Engine) leaksBeside() bool {
	if len(e.spared) == 0 {
		return true
	}
	e.masked = append(e.masked[:0], e.raw...)
	for _, s := range e.spared {
		for i := s.start; i < s.end; i++ {
			e.masked[i] = ' '
		}
	}
	n := len(e.masked)
	e.masked = e.rewrite(e.masked, e.masked[:n:n])
	return leaks(e.masked[n:])
}
