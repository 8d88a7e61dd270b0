package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// cloudFront is the standard logs of CloudFront: values between tabs, in the
// order that a line #Fields says, or the one of today without it. Values are
// percent-encoded, some of them twice.
type cloudFront struct {
	columns map[string]cfColumn
	order   []cfColumn // of lines without a header
}

// cfColumn says what a column holds.
type cfColumn struct {
	kind  cfKind
	field schemas.Field
}

type cfKind uint8

const (
	cfText cfKind = iota // percent-encoded
	cfKeep
	cfDate
	cfTime
	cfAddress
	cfMethod
	cfStatus
	cfNumber
	cfSeconds
	cfHops
)

const cfOrder = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query" +
	" cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher" +
	" x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type" +
	" sc-content-type sc-content-len sc-range-start sc-range-end"

// cfKinds of the columns that are not text.
var cfKinds = map[string]cfKind{
	"date": cfDate, "time": cfTime, "c-ip": cfAddress, "cs-method": cfMethod, "sc-status": cfStatus,
	"sc-bytes": cfNumber, "cs-bytes": cfNumber, "c-port": cfNumber, "sc-content-len": cfNumber,
	"sc-range-start": cfNumber, "sc-range-end": cfNumber, "fle-encrypted-fields": cfNumber,
	"time-taken": cfSeconds, "time-to-first-byte": cfSeconds, "x-forwarded-for": cfHops,
}

func newCloudFront() *cloudFront {
	s := schemas.MustLoadSource("aws_cloudfront")
	c := &cloudFront{columns: map[string]cfColumn{}}
	for name := range s.Root.Children {
		f := s.Names(name)
		k := cfKinds[name]
		if k == cfText && f.Treat == schemas.Keep {
			k = cfKeep
		}
		c.columns[name] = cfColumn{k, f}
	}
	for name := range bytes.FieldsSeq([]byte(cfOrder)) {
		c.order = append(c.order, c.columns[string(name)])
	}
	return c
}

// Name implements ingest.Source.
func (*cloudFront) Name() string { return "aws_cloudfront" }

// Sniff implements ingest.Source.
func (*cloudFront) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	if i := bytes.Index(head[:min(len(head), 2048)], []byte("#Fields:")); i >= 0 && bytes.Contains(head[i:min(len(head), i+2048)], []byte("x-edge-")) {
		return 98, ingest.Lines
	}
	line := lineAt(head, "#")
	if len(line) > 20 && line[10] == '\t' && line[19] == '\t' && bytes.Count(line, []byte("\t")) >= 11 {
		if _, ok := when(line, span{0, 10}, span{11, 19}); ok {
			return 90, ingest.Lines
		}
	}
	if o.Service == "cloudfront" && line == nil {
		return 60, ingest.Lines
	}
	return 0, ingest.Lines
}

// NewDecoder implements ingest.Source.
func (s *cloudFront) NewDecoder(ingest.Origin, ingest.Options) ingest.Decoder {
	d := &cfDecoder{source: s}
	d.n = copy(d.order[:], s.order)
	return d
}

type cfDecoder struct {
	source *cloudFront
	order  [64]cfColumn
	n      int // columns of order in use
	headed bool
}

// Decode implements ingest.Decoder.
func (d *cfDecoder) Decode(raw []byte, rec *ingest.Record) error {
	line := trim(raw)
	if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		if fields, ok := bytes.CutPrefix(line, []byte("#Fields:")); ok {
			d.header(fields)
		}
		if len(line) > 1 {
			rec.Add(0, len(line), schemas.Unknown.Field, ingest.Plain)
		}
		return nil
	}
	rec.SetDerived(schemas.Service, "cloudfront")
	rec.SetNum(schemas.ClassUID, classHTTP)
	rec.SetNum(schemas.SeverityID, 1)
	if bytes.IndexByte(line, '\t') < 0 {
		whole(line, rec)
		return nil
	}
	d.row(line, rec)
	return nil
}

// header takes the order of the columns; one it does not know is text.
func (d *cfDecoder) header(fields []byte) {
	d.n, d.headed = 0, true
	for at := 0; d.n < len(d.order); d.n++ {
		from, to := text.Next(fields, at)
		if from == to {
			return
		}
		c, ok := d.source.columns[string(fields[from:to])]
		if !ok {
			c = cfColumn{field: schemas.Unknown.Field}
		}
		d.order[d.n], at = c, to
	}
}

func (d *cfDecoder) row(line []byte, rec *ingest.Record) {
	var date, clock span
	n, at := 0, 0
	for ; n < d.n && at <= len(line); n++ {
		end := bytes.IndexByte(line[at:], '\t')
		if end < 0 {
			end = len(line)
		} else {
			end += at
		}
		v := span{at, end}
		at = end + 1
		switch c := &d.order[n]; c.kind {
		case cfDate:
			date = v
		case cfTime:
			clock = v
		default:
			d.value(line, v, c, rec)
		}
	}
	if ms, ok := when(line, date, clock); ok {
		rec.SetNum(schemas.EventTime, uint64(ms))
	} else {
		rec.SetFlag(schemas.FlagOddTime)
		addText(line, date, schemas.Unknown.Field, ingest.Plain, rec)
		addText(line, clock, schemas.Unknown.Field, ingest.Plain, rec)
	}
	if at < len(line) {
		addOdd(span{at, len(line)}, schemas.None, rec)
	}
	if n < 12 && !d.headed || n < d.n && d.headed {
		rec.SetFlag(schemas.FlagOddShape)
	}
}

func (d *cfDecoder) value(line []byte, v span, c *cfColumn, rec *ingest.Record) {
	switch c.kind {
	case cfText:
		addText(line, v, c.field, ingest.Percent, rec)
	case cfKeep:
		addKeep(line, v, c.field, rec)
	case cfAddress:
		addAddress(line, v, c.field, rec)
	case cfMethod:
		if name, n := text.Method(v.of(line)); n > 0 {
			rec.SetNum(schemas.ActivityID, n)
			rec.SetDerived(schemas.HTTPMethod, name)
			rec.SetDerived(schemas.Action, name)
		} else {
			addText(line, v, c.field, ingest.Percent, rec)
		}
	case cfStatus:
		setStatus(line, v, rec)
	case cfNumber:
		addNumber(line, v, c.field.Column, 1<<50, rec)
	case cfSeconds:
		if n, ok := text.Micros(v.of(line)); ok && n >= 0 {
			if c.field.Column != schemas.None {
				rec.SetFloat(c.field.Column, float32(float64(n)/1000))
			}
		} else if !absent(v.of(line)) {
			addOdd(v, schemas.None, rec)
		}
	case cfHops:
		if _, ok := text.Addr(v.of(line)); ok {
			addAddress(line, v, c.field, rec)
		} else {
			f := c.field
			f.Treat = schemas.Scan
			addText(line, v, f, ingest.Percent, rec)
		}
	}
}

// when puts date and clock together, in UTC.
func when(line []byte, date, clock span) (ms int64, ok bool) {
	if date.to-date.from != 10 || clock.to-clock.from != 8 {
		return 0, false
	}
	var b [19]byte
	copy(b[:], date.of(line))
	b[10] = 'T'
	copy(b[11:], clock.of(line))
	return text.DateTime(b[:])
}
