package scrub

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// row appends rec, found and rewritten, as a row.
func (e *Engine) row(rec *ingest.Record, raw []byte, out *event.Batch) {
	e.constants(rec, out)
	for _, c := range out.Columns() {
		switch c.Info().Kind {
		case schemas.KString, schemas.KDict, schemas.KStrings:
			if v := rec.Derived(c); v != "" {
				out.SetString(c, v)
			}
		case schemas.KIP:
			if a, ok := rec.Addr(c); ok {
				out.SetAddr(c, a)
			}
		default:
			if v, ok := rec.Num(c); ok {
				out.SetNum(c, v)
			}
		}
	}
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if f.Column == schemas.None || f.Start >= f.End {
			continue
		}
		switch f.Column.Info().Kind {
		case schemas.KString, schemas.KDict, schemas.KStrings:
		default:
			continue
		}
		e.column(out, raw, f)
	}
	e.types(out)
	present := uint64(0)
	for _, c := range out.Columns() {
		if bit := c.PresentBit(); bit != 0 {
			if _, ok := rec.Num(c); ok {
				present |= bit
			} else if _, ok := rec.Addr(c); ok {
				present |= bit
			}
		}
	}
	flags, _ := rec.Num(schemas.Flags)
	if _, ok := rec.Num(schemas.EventTime); !ok {
		out.SetNum(schemas.EventTime, e.fallback)
		flags |= schemas.FlagTimeFromPayload
	}
	out.SetNum(schemas.Present, present)
	out.SetNum(schemas.Flags, flags)
	out.SetNum(schemas.RecordNo, rec.Ordinal)
	out.SetNum(schemas.ScrubCount, uint64(min(len(e.matches), 65535)))
	out.SetBytes(schemas.Native, e.out)
	out.EndRow()
}

// constants sets the columns that are the same for every row of a batch.
func (e *Engine) constants(rec *ingest.Record, out *event.Batch) {
	out.SetString(schemas.TenantID, e.opt.Tenant)
	out.SetString(schemas.Source, rec.Source)
	out.SetString(schemas.Origin, out.Meta.Origin)
	out.SetString(schemas.Batch, e.batchKey)
	out.SetNum(schemas.IngestTime, uint64(out.Ingested.UnixMilli()))
}

// StartBatch tells the engine about the batch that the next rows go to, and the
// event time (Unix milliseconds) of records that have none.
func (e *Engine) StartBatch(out *event.Batch, fallback uint64) {
	e.batchKey, e.fallback = out.Key(), fallback
}

// column sets a text column to what the matches leave of a field, unescaped.
func (e *Engine) column(out *event.Batch, raw []byte, f *ingest.Field) {
	lo, hi := 0, len(e.matches)
	for lo < hi { // the first match that ends after the field starts
		mid := (lo + hi) / 2
		if e.matches[mid].End <= f.Start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(e.matches) || e.matches[lo].Start >= f.End {
		switch f.Enc {
		case ingest.Plain, ingest.JSONValue:
			out.SetBytes(f.Column, raw[f.Start:f.End])
		default:
			e.text = e.unescape(e.text[:0], raw[f.Start:f.End], f.Enc)
			out.SetBytes(f.Column, e.text)
		}
		return
	}
	e.text = e.text[:0]
	pos := f.Start
	for ; lo < len(e.matches) && e.matches[lo].Start < f.End; lo++ {
		m := &e.matches[lo]
		if m.Start > pos {
			e.text = e.unescape(e.text, raw[pos:m.Start], f.Enc)
		}
		e.text = append(e.text, e.repl[m.from:m.to]...)
		pos = max(pos, m.End)
	}
	if pos < f.End {
		e.text = e.unescape(e.text, raw[pos:f.End], f.Enc)
	}
	out.SetBytes(f.Column, e.text)
}

func (e *Engine) unescape(dst, b []byte, enc ingest.Encoding) []byte {
	switch enc {
	case ingest.JSONText:
		return jsonwalk.Unescape(dst, b)
	case ingest.SlashX:
		v := view{b: b}
		u := e.levels[0].buf[0].unescapeSlashX(&v)
		return append(dst, u.b...)
	case ingest.Percent:
		v := view{b: b}
		u, _ := e.levels[0].buf[0].percent(&v, false)
		return append(dst, u.b...)
	}
	return append(dst, b...)
}

// types lists the recognizers that matched, each once, and the patient's token.
func (e *Engine) types(out *event.Batch) {
	var seen [len(recognizer.All)]bool
	for i := range e.matches {
		m := &e.matches[i]
		if seen[m.Kind] {
			continue
		}
		seen[m.Kind] = true
		out.SetString(schemas.ScrubTypes, m.Kind.String())
		if out.Table != schemas.Events || m.Treat != schemas.Token {
			continue
		}
		switch m.Kind {
		case recognizer.PatientID, recognizer.MRN:
			out.SetBytes(schemas.PatientToken, e.repl[m.from:m.to])
		case recognizer.SessionID:
			out.SetBytes(schemas.SessionIDCol, e.repl[m.from:m.to])
		}
	}
}

// Tombstone appends the row that stands for a record which could not be
// scrubbed. rec may be nil but for its ordinal, source and table.
func (e *Engine) Tombstone(rec *ingest.Record, code ingest.Code, out *event.Batch) {
	e.constants(rec, out)
	out.SetNum(schemas.RowKind, schemas.KindTombstone)
	out.SetString(schemas.Reason, string(code))
	out.SetNum(schemas.EventTime, e.fallback)
	out.SetNum(schemas.Flags, schemas.FlagTimeFromPayload)
	out.SetNum(schemas.RecordNo, rec.Ordinal)
	out.EndRow()
}
