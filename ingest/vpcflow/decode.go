package vpcflow

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

var (
	errFields = &ingest.RecordError{Code: ingest.CodeFields, At: -1}
	errFormat = &ingest.RecordError{Code: ingest.CodeUnknown, At: -1}
)

// decoder decodes one payload.
type decoder struct {
	source          *Source
	cols            []column // the header in force; empty before the first
	account, region string   // from the object's key, in the shapes that package layout lets pass
	depth           int
	walker          *jsonwalk.Walker // for JSON rows, made at the first
	leaves          []ingest.Field

	// of the record at hand
	start, end            int64 // Unix milliseconds, 0 if absent
	hasAccount, hasRegion bool
}

// Decode implements ingest.Decoder.
func (d *decoder) Decode(raw []byte, rec *ingest.Record) error {
	line := raw
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	from, to := text.Next(line, 0)
	if from == to || line[from] == '#' {
		if from < to {
			rec.Add(from, len(line), schemas.Unknown.Field, ingest.Plain)
		}
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		return nil
	}
	d.start, d.end, d.hasAccount, d.hasRegion = 0, 0, false, false
	if c := line[from]; c == '{' {
		if err := d.row(raw, rec); err != nil {
			return err
		}
		d.finish(rec)
		return nil
	} else if c|0x20-'a' < 26 || c == '$' {
		if d.source.isHeader(line) {
			d.header(line, rec)
			return nil
		}
	}
	if len(d.cols) == 0 {
		if d.cols = append(d.cols, d.source.listed(line)...); len(d.cols) == 0 {
			return errFormat
		}
	}
	if err := d.line(line, rec); err != nil {
		return err
	}
	d.finish(rec)
	return nil
}

// header takes a header's names over. Words that are no field name may be
// anything, so they are scanned.
func (d *decoder) header(line []byte, rec *ingest.Record) {
	rec.SetNum(schemas.RowKind, schemas.KindHeader)
	d.cols = d.source.columns(d.cols, line)
	for at := 0; ; {
		from, to := text.Next(line, at)
		if from == to {
			return
		}
		if _, ok := d.source.lookup(line[from:to]); !ok {
			rec.Add(from, to, schemas.Unknown.Field, ingest.Plain)
		}
		at = to
	}
}

func count(line []byte) (n int) {
	for at := 0; ; n++ {
		from, to := text.Next(line, at)
		if from == to {
			return n
		}
		at = to
	}
}

// line decodes a line by the header in force.
func (d *decoder) line(line []byte, rec *ingest.Record) error {
	at := 0
	for i := range d.cols {
		if at < len(line) { // past the blank
			at++
		}
		if i == 0 {
			at = 0
		}
		if at >= len(line) || line[at] <= ' ' {
			if at, _ = text.Next(line, at); at == len(line) {
				return errFields
			}
		}
		to := text.WordEnd(line, at)
		c := &d.cols[i]
		if c.op == opNumber { // half of all values: not worth a call
			if n, ok := text.Uint(line[at:to]); ok && n <= c.max {
				rec.SetNum(c.field.Column, n)
				at = to
				continue
			}
		}
		d.value(c, line, at, to, ingest.Plain, rec)
		at = to
	}
	if from, to := text.Next(line, at); from < to {
		d.longer(line, rec)
	}
	return nil
}

// longer decodes a line with more words than the header. It has an extra column
// or, say, a tag with a blank in it, after which nothing stands under its name:
// all that is not an address is scanned, in pieces as long as can be, and
// columns get what the scrubber leaves.
func (d *decoder) longer(line []byte, rec *ingest.Record) {
	rec.Fields = rec.Fields[:0]
	rec.SetFlag(schemas.FlagOddShape)
	at, run := 0, 0
	for i := range d.cols {
		c := &d.cols[i]
		from, to := text.Next(line, at)
		if c.op == opAddress {
			if _, ok := text.Addr(line[from:to]); ok {
				if run < from {
					rec.Add(run, from, schemas.Unknown.Field, ingest.Plain)
				}
				rec.Add(from, to, c.field, ingest.Plain)
				run = to
			}
		} else if c.odd.Column != schemas.None {
			rec.AddAlias(from, to, c.odd.Column, ingest.Plain)
		}
		at = to
	}
	rec.Add(run, len(line), schemas.Unknown.Field, ingest.Plain)
}

// value takes the value b[from:to] of a column. It gets a field if it fills a
// text column or is not sure to hold no PHI.
func (d *decoder) value(c *column, b []byte, from, to int, enc ingest.Encoding, rec *ingest.Record) {
	v := b[from:to]
	if len(v) == 0 || len(v) == 1 && v[0] == '-' {
		return
	}
	known := false
	switch c.op {
	case opNumber:
		if n, ok := text.Uint(v); ok && n <= c.max {
			rec.SetNum(c.field.Column, n)
			known = true
		}
	case opAddress:
		if a, ok := text.Addr(v); ok {
			rec.SetAddr(c.ip, a)
			rec.Add(from, to, c.field, enc)
			return
		}
	case opStart:
		d.start, known = seconds(v, rec)
	case opEnd:
		d.end, known = seconds(v, rec)
	case opAction:
		known = setAction(v, rec)
	case opStatus:
		known = setStatus(v, rec)
	case opDir:
		known = setDirection(v, rec)
	case opText:
		rec.Add(from, to, c.field, enc)
		return
	case opAccount:
		d.hasAccount = true
		known = identifier(c, v, from, to, enc, rec)
	case opRegionID:
		d.hasRegion = true
		known = identifier(c, v, from, to, enc, rec)
	case opWord:
		known = identifier(c, v, from, to, enc, rec)
	}
	if !known {
		rec.SetFlag(schemas.FlagOddShape)
		rec.Add(from, to, c.odd, enc)
	}
}

// identifier takes the value of a kept column if it looks like one.
func identifier(c *column, v []byte, from, to int, enc ingest.Encoding, rec *ingest.Record) bool {
	if !text.Word(v) {
		return false
	}
	if c.field.Column != schemas.None {
		rec.Add(from, to, c.field, enc)
	}
	return true
}

// seconds reads a time. Seconds are what the format documents.
func seconds(v []byte, rec *ingest.Record) (ms int64, ok bool) {
	if len(v) == 10 {
		if n, ok := text.Uint(v); ok {
			return int64(n) * 1000, true
		}
	}
	ms, ok = text.Epoch(v)
	if !ok || len(v) > 10 {
		rec.SetFlag(schemas.FlagOddTime)
	}
	return ms, ok
}

func setAction(v []byte, rec *ingest.Record) bool {
	switch string(v) {
	case "ACCEPT":
		rec.SetDerived(schemas.Action, "ACCEPT")
		rec.SetNum(schemas.StatusID, 1)
		rec.SetNum(schemas.DispositionID, 1)
	case "REJECT":
		rec.SetDerived(schemas.Action, "REJECT")
		rec.SetNum(schemas.StatusID, 2)
		rec.SetNum(schemas.DispositionID, 2)
	default:
		return false
	}
	return true
}

func setStatus(v []byte, rec *ingest.Record) bool {
	switch string(v) {
	case "OK":
		rec.SetDerived(schemas.StatusCode, "OK")
	case "NODATA":
		rec.SetDerived(schemas.StatusCode, "NODATA")
	case "SKIPDATA":
		rec.SetDerived(schemas.StatusCode, "SKIPDATA")
		rec.SetFlag(schemas.FlagCoverageGap)
	default:
		return false
	}
	return true
}

func setDirection(v []byte, rec *ingest.Record) bool {
	switch string(v) {
	case "ingress":
		rec.SetDerived(schemas.Direction, "ingress")
	case "egress":
		rec.SetDerived(schemas.Direction, "egress")
	default:
		return false
	}
	return true
}

// finish sets what depends on more than one value.
func (d *decoder) finish(rec *ingest.Record) {
	if d.start != 0 {
		rec.SetNum(schemas.StartTime, uint64(d.start))
	}
	if d.end != 0 {
		rec.SetNum(schemas.EventTime, uint64(d.end))
	} else if d.start != 0 {
		rec.SetNum(schemas.EventTime, uint64(d.start))
	}
	if !d.hasAccount {
		rec.SetDerived(schemas.CloudAccount, d.account)
	}
	if !d.hasRegion {
		rec.SetDerived(schemas.CloudRegion, d.region)
	}
}
