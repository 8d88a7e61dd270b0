package app

import (
	"bytes"
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// value settles what the field i, whose key the schema names, does for the
// columns. The numeric ones are read here; of the text columns the first field
// counts.
func (d *decoder) value(i int, f *ingest.Field) {
	v := d.raw[f.Start:f.End]
	c := f.Column
	switch c {
	case schemas.EventTime:
		f.Column = schemas.None
		d.stampValue(f, v)
		return
	case schemas.SeverityID:
		f.Column = schemas.None
		if n := levelOf(v); n > 0 {
			d.severity(n)
		} else {
			f.Treat = schemas.Scan
		}
		return
	case schemas.HTTPStatus, schemas.StatusID:
		f.Column = schemas.None
		d.outcome(c, v)
		return
	case schemas.HTTPMethod:
		if name, activity := text.Method(v); activity > 0 {
			f.Column = schemas.None
			d.method(name, activity)
		}
	case schemas.SrcAddr:
		d.client(i, f)
		return
	case schemas.SrcPort, schemas.BytesIn, schemas.BytesOut:
		f.Column = schemas.None
		if n, ok := text.Uint(v); ok && (c != schemas.SrcPort || n < 1<<16) {
			d.rec.SetNum(c, n)
		}
		return
	case schemas.DurationMS:
		f.Column = schemas.None
		if n, ok := text.Micros(v); ok && n >= 0 {
			d.rec.SetFloat(c, float32(float64(n)/1e6))
		}
		return
	case schemas.ActorType: // a role
		d.at.workforce = d.at.workforce || isWorkforce(v)
	case schemas.TraceIDCol:
		if !isTrace(v) {
			f.Hint = schemas.Text
		}
	case schemas.Action:
		if !isAction(v) {
			f.Column = schemas.None
		}
	case schemas.URLPath:
		if !d.at.taken.Has(c) && f.Enc != ingest.JSONValue {
			d.at.path = span{int(f.Start), int(f.End)}
		}
	}
	d.take(i, f, v)
}

// take lets a field fill its text column if it is the first one.
func (d *decoder) take(i int, f *ingest.Field, v []byte) {
	switch c := f.Column; {
	case c == schemas.None || c == schemas.ResourceIDs:
	case f.Enc == ingest.JSONValue && (string(v) == "true" || string(v) == "false"):
		f.Column, f.Hint, f.Treat = schemas.None, schemas.Text, schemas.Keep
	case d.at.taken.Has(c) || len(v) == 0:
		f.Column = schemas.None
	default:
		d.at.taken.Add(c)
		if c == schemas.ActorName {
			d.at.actor = i + 1
		}
	}
}

// stampValue reads a time that has a key. One that can't be read is text.
func (d *decoder) stampValue(f *ingest.Field, v []byte) {
	ms, ok := d.epoch(v)
	if !ok {
		var n int
		ms, n, ok = d.stamp(v)
		ok = ok && n == len(v)
	}
	if !ok {
		f.Treat = schemas.Scan
		if f.Enc != ingest.JSONValue || len(v) > 0 && v[0]-'0' < 10 {
			d.rec.SetFlag(schemas.FlagOddTime)
		}
		return
	}
	d.time(ms)
}

// client takes the address of a client, with a port perhaps, or a list of hops
// whose first is it. What is none is text. Only a field that is treated as an
// address may fill src_ip: link replaces the two together.
func (d *decoder) client(i int, f *ingest.Field) {
	v := d.raw[f.Start:f.End]
	rest := *f
	rest.Treat, rest.Hint, rest.Column = schemas.Scan, schemas.Text, schemas.None
	if comma := bytes.IndexByte(v, ','); comma >= 0 {
		v = v[:comma]
	}
	rest.Start = f.Start + uint32(len(v))
	a, ok := text.Addr(v)
	if from, to, port := text.HostPort(v); !ok && len(port) > 0 && len(port) <= 5 {
		if _, digits := text.Uint(port); digits {
			if a, ok = text.Addr(v[from:to]); ok {
				f.Start += uint32(from)
				v = v[from:to]
			}
		}
	}
	if !ok || f.Enc == ingest.JSONText {
		f.Treat, f.Hint = schemas.Scan, schemas.Text
		d.take(i, f, v)
		return
	}
	f.End = f.Start + uint32(len(v))
	d.take(i, f, v)
	if f.Column == schemas.SrcAddr {
		d.rec.SetAddr(schemas.SrcIP, a)
	}
	if rest.Start < rest.End {
		d.rec.Fields = slices.Insert(d.rec.Fields, i+1, rest)
	}
}

// outcome reads an HTTP status or a word that says how it ended.
func (d *decoder) outcome(c schemas.Column, v []byte) {
	if n, ok := text.Uint(v); ok {
		if c == schemas.HTTPStatus && n >= 100 && n < 600 {
			d.rec.SetNum(schemas.HTTPStatus, n)
			d.status(1 + b2u(n >= 400))
		}
		return
	}
	d.status(outcomeOf(v))
}

// status sets the outcome once: the first field that knows counts.
func (d *decoder) status(id uint64) {
	if id > 0 && !d.at.status {
		d.at.status = true
		d.rec.SetNum(schemas.StatusID, id)
	}
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (d *decoder) method(name string, activity uint64) {
	if d.at.activity == 0 {
		d.at.method, d.at.activity = name, activity
		d.rec.SetDerived(schemas.HTTPMethod, name)
	}
}

func (d *decoder) severity(n uint64) {
	if !d.at.leveled {
		d.at.leveled = true
		d.rec.SetNum(schemas.SeverityID, n)
	}
}
