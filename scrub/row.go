package scrub

import (
	"bytes"
	"math/bits"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// columnSet says of each table which columns it has, by class.
type columnSet struct{ all, text, addr schemas.ColumnSet }

var columnSets = func() (sets [2]columnSet) {
	for t := range sets {
		for _, c := range schemas.Table(t).Columns() {
			sets[t].all.Add(c)
			switch c.Info().Kind {
			case schemas.KString, schemas.KDict, schemas.KStrings:
				sets[t].text.Add(c)
			case schemas.KIP:
				sets[t].addr.Add(c)
			}
		}
	}
	return sets
}()

// addRow appends rec as a row, or nothing if that panics.
func (e *Engine) addRow(rec *ingest.Record, raw []byte, out *event.Batch) (code ingest.Code) {
	defer func() {
		if recover() != nil {
			out.DropRow(false)
			code = ingest.CodeScrub
		}
	}()
	e.row(rec, raw, out)
	return ""
}

// row appends rec, found and rewritten, as a row. Numbers, addresses and words
// of the decoder's own come from rec; text comes from its fields. A field whose
// column is a number or an address fills nothing here: the decoder has read it
// and set the column itself, as far as its value was one.
func (e *Engine) row(rec *ingest.Record, raw []byte, out *event.Batch) {
	has := &columnSets[out.Table]
	out.SetString(schemas.Source, rec.Source)
	set, words := rec.Columns()
	present := uint64(0)
	for w := range set {
		for m := set[w] & has.all[w]; m != 0; m &= m - 1 {
			c := schemas.Column(w*64 + bits.TrailingZeros64(m))
			present |= c.PresentBit()
			if has.addr.Has(c) {
				a, _ := rec.Addr(c)
				out.SetAddr(c, a)
			} else {
				v, _ := rec.Num(c)
				out.SetNum(c, v)
			}
		}
		for m := words[w] & has.text[w]; m != 0; m &= m - 1 {
			c := schemas.Column(w*64 + bits.TrailingZeros64(m))
			out.SetString(c, rec.Derived(c))
		}
	}
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if f.Column != schemas.None && f.Start < f.End && has.text.Has(f.Column) {
			e.column(out, raw, f)
		}
	}
	e.types(out)
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

// StartBatch tells the engine about the batch that the next rows go to, and the
// event time (Unix milliseconds) of records that have none. It sets what is the
// same in all rows.
func (e *Engine) StartBatch(out *event.Batch, fallback uint64) {
	e.fallback = fallback
	out.Fill(schemas.TenantID, e.opt.Tenant)
	out.Fill(schemas.Origin, out.Meta.Origin)
	out.Fill(schemas.Batch, out.Key())
	out.FillNum(schemas.IngestTime, uint64(out.Ingested.UnixMilli()))
}

// Fallback is StartBatch's for the records from here on.
func (e *Engine) Fallback(fallback uint64) { e.fallback = fallback }

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
		if b := raw[f.Start:f.End]; escaped(b, f.Enc) {
			e.text = e.unescape(e.text[:0], b, f.Enc)
			out.SetBytes(f.Column, e.text)
		} else {
			out.SetBytes(f.Column, b)
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
		if m.Start < f.Start || m.End > f.End || f.Enc == ingest.JSONValue || m.quote == m.from {
			e.text = append(e.text, e.repl[m.from:m.to]...)
		} else { // a number in JSON in this string: here too it has quotes
			e.text = e.unescape(e.text, e.repl[m.quote:m.from], f.Enc)
			e.text = append(e.text, e.repl[m.from:m.to]...)
			e.text = e.unescape(e.text, e.repl[m.quote:m.from], f.Enc)
		}
		pos = max(pos, m.End)
	}
	if pos < f.End {
		e.text = e.unescape(e.text, raw[pos:f.End], f.Enc)
	}
	out.SetBytes(f.Column, e.text)
}

// escaped says whether unescaping b may change it.
func escaped(b []byte, enc ingest.Encoding) bool {
	switch enc {
	case ingest.JSONText, ingest.SlashX:
		return bytes.IndexByte(b, '\\') >= 0
	case ingest.Percent:
		return bytes.IndexByte(b, '%') >= 0
	}
	return false
}

func (e *Engine) unescape(dst, b []byte, enc ingest.Encoding) []byte {
	if !escaped(b, enc) {
		return append(dst, b...)
	}
	v, buf := view{b: b, blob: true}, &e.levels[0].buf[0]
	switch enc {
	case ingest.JSONText:
		return jsonwalk.Unescape(dst, b)
	case ingest.SlashX:
		b = buf.unescapeSlashX(&v).b
	case ingest.Percent:
		v, _ = buf.percent(&v, noPlus)
		b = v.b
	}
	return append(dst, b...)
}

// types lists the recognizers that matched, each once, and the patient's token.
func (e *Engine) types(out *event.Batch) {
	var seen [len(recognizer.All)]bool
	var custom *policy.Custom // the last one
	for i := range e.matches {
		m := &e.matches[i]
		if seen[m.Kind] && (m.Custom == nil || m.Custom == custom) {
			continue
		}
		seen[m.Kind] = true
		if m.Custom != nil {
			custom = m.Custom
		}
		out.SetString(schemas.ScrubTypes, m.Name())
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

// Tombstone appends the row that stands for a record which could not be decoded
// or scrubbed. Of rec only the ordinal and the source are looked at.
func (e *Engine) Tombstone(rec *ingest.Record, code ingest.Code, out *event.Batch) {
	out.SetString(schemas.Source, rec.Source)
	out.SetNum(schemas.RowKind, schemas.KindTombstone)
	out.SetString(schemas.Reason, string(code))
	out.SetNum(schemas.EventTime, e.fallback)
	out.SetNum(schemas.Flags, schemas.FlagTimeFromPayload)
	out.SetNum(schemas.RecordNo, rec.Ordinal)
	out.EndRow()
}
