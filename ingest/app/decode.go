package app

import (
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// maxInside bounds entries inside entries: a container's line holds a syslog
// line, which holds JSON.
const maxInside = 3

var errBinary = &ingest.RecordError{Code: ingest.CodeBinary, At: -1}

// decoder decodes one payload.
type decoder struct {
	walker  *jsonwalk.Walker
	root    *schemas.Node
	known   *known
	written time.Time // when the payload was

	raw    []byte
	rec    *ingest.Record
	at     seen
	second [19]byte // 2006-01-02 15:04:05, in UTC, of the last time that started so
	base   int64    // its Unix milliseconds
	fault  error    // of JSON inside a line
	pairs  []pair   // scratch of logfmt
}

// seen is what the entry's fields have said so far.
type seen struct {
	timed, leveled, status bool
	workforce              bool   // a role says that the user works here
	actor                  int    // index plus one of the field that names the user
	method                 string // of HTTP
	activity               uint64 // its number
	path                   span
	taken                  schemas.ColumnSet
}

// span is [from,to) of the record.
type span struct{ from, to int }

// Decode implements ingest.Decoder.
func (d *decoder) Decode(raw []byte, rec *ingest.Record) error {
	d.raw, d.rec, d.at, d.fault = raw, rec, seen{}, nil
	err := d.entry(0, len(raw), 0)
	if err == nil {
		err = d.fault
	}
	if err == nil {
		d.finish()
	}
	d.raw, d.rec = nil, nil
	return err
}

// entry decodes what stands in [from,to).
func (d *decoder) entry(from, to, inside int) error {
	raw := d.raw
	for from < to && raw[from] <= ' ' && raw[from] != 0x0b {
		from++
	}
	for to > from && raw[to-1] <= ' ' {
		to--
	}
	if from == to {
		if inside == 0 {
			d.rec.SetNum(schemas.RowKind, schemas.KindHeader)
		}
		return nil
	}
	json := notJSON
	switch raw[from] {
	case '{', '[', '"':
		var err error
		if json, err = d.json(from, to); json == isJSON {
			return err
		}
	}
	if !isText(raw[from:to]) {
		return errBinary
	}
	if json == brokenJSON {
		d.rec.SetFlag(schemas.FlagOddShape)
		d.broken(from, to)
		return nil
	}
	if d.message(from, to) || inside < maxInside && d.shaped(from, to, inside) {
		return nil
	}
	d.text(from, to)
	return nil
}

// shaped tries the shapes of lines; it says whether one fitted.
func (d *decoder) shaped(from, to, inside int) bool {
	c := d.raw[from]
	switch {
	case c == '<':
		return d.syslog(from, to, inside)
	case c-'0' < 10 || c == '[':
		return d.access(from, to) || d.stamped(from, to, inside)
	case d.access(from, to) || d.logfmt(from, to):
		return true
	case c >= 'A' && c <= 'Z':
		return d.klog(from, to, inside) || d.stamped(from, to, inside)
	}
	return false
}

// text takes [from,to) as one text. A level at its start counts, and a time
// behind that.
func (d *decoder) text(from, to int) {
	if from < to {
		d.level(from, to)
		d.rec.Add(from, to, d.known.text, ingest.Plain)
	}
}

// inner decodes what a line carries behind its own head.
func (d *decoder) inner(from, to, inside int) {
	if err := d.entry(from, to, inside+1); err != nil {
		d.fault = err
	}
}

// finish sets the columns that follow from several fields.
func (d *decoder) finish() {
	if d.at.actor > 0 && d.at.workforce {
		f := &d.rec.Fields[d.at.actor-1]
		f.Treat, f.Hint, f.Type = schemas.Scan, schemas.Text, ""
	}
	if p := d.at.path; p.to > p.from {
		d.fhir(d.raw[p.from:p.to])
	}
	if d.at.activity > 0 {
		d.rec.SetNum(schemas.ClassUID, classHTTP)
		d.rec.SetNum(schemas.ActivityID, d.at.activity)
	}
}

// time sets the event's time once: the outermost one counts.
func (d *decoder) time(ms int64) {
	if !d.at.timed && ms >= 0 {
		d.at.timed = true
		d.rec.SetNum(schemas.EventTime, uint64(ms))
	}
}

// address takes [from,to) as an address if it is one, else as text. Only a field
// that is treated as an address may fill src_ip: link replaces the two together.
func (d *decoder) address(from, to int, f schemas.Field) {
	if d.at.taken.Has(f.Column) {
		f.Column = schemas.None
	}
	d.at.taken.Add(f.Column)
	if a, ok := text.Addr(d.raw[from:to]); !ok {
		f.Treat = schemas.Scan
	} else if f.Column == schemas.SrcAddr {
		d.rec.SetAddr(schemas.SrcIP, a)
	}
	d.rec.Add(from, to, f, ingest.Plain)
}
