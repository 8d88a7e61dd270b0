package alb

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

var (
	errFields = &ingest.RecordError{Code: ingest.CodeFields, At: -1}
	errSyntax = &ingest.RecordError{Code: ingest.CodeSyntax, At: -1}
)

// decoder decodes one payload.
type decoder struct {
	source          *Source
	known           *fields
	account, region string // from the object's key, in the shapes that package layout lets pass
	vs              [maxFields]value

	quick  *quick // nil until learn has seen some lines
	common accessLine
	lines  int
}

// Decode implements ingest.Decoder.
func (d *decoder) Decode(raw []byte, rec *ingest.Record) error {
	line := raw
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	from, _ := text.Next(line, 0)
	if from == len(line) || isRemark(line[from:]) {
		if from < len(line) {
			rec.Add(from, len(line), schemas.Unknown.Field, ingest.Plain)
		}
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		return nil
	}
	rec.SetNum(schemas.SeverityID, 1)
	return d.source.line(d, line, rec)
}

// absent says whether v stands for no value.
func absent(b []byte) bool { return len(b) == 0 || len(b) == 1 && b[0] == '-' }

// add takes a value with the treatment f, unless it is absent.
func (d *decoder) add(line []byte, v value, f schemas.Field, rec *ingest.Record) {
	if !absent(line[v.from:v.to]) {
		rec.Add(v.from, v.to, f, v.enc())
	}
}

// keep takes a value of AWS's own making, if it has the shape of one.
func (d *decoder) keep(line []byte, v value, f schemas.Field, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	if !text.Word(b) {
		d.odd(v, f.Column, rec).Rule = f.Rule
	} else if f.Column != schemas.None {
		rec.Add(v.from, v.to, f, v.enc())
	}
}

// odd takes a value that is not as documented: anything may be in it.
func (d *decoder) odd(v value, c schemas.Column, rec *ingest.Record) *ingest.Field {
	f := schemas.Unknown.Field
	f.Column = c
	rec.SetFlag(schemas.FlagOddShape)
	return rec.Add(v.from, v.to, f, v.enc())
}

// number takes a number that fills a column of integers.
func (d *decoder) number(line []byte, v value, c schemas.Column, limit uint64, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	if n, ok := text.Uint(b); ok && n <= limit {
		rec.SetNum(c, n)
	} else {
		d.odd(v, schemas.None, rec)
	}
}

// lasted sums up times; -1 stands for none. Their unit is a second over parts.
func (d *decoder) lasted(line []byte, vs []value, parts int64, rec *ingest.Record) {
	sum, some := int64(0), false
	for _, v := range vs {
		b := line[v.from:v.to]
		if n, ok := text.Micros(b); !ok {
			if !absent(b) {
				d.odd(v, schemas.None, rec)
			}
		} else if n >= 0 {
			sum, some = sum+n/parts, true
		}
	}
	if some {
		rec.SetFloat(schemas.DurationMS, float32(float64(sum)/1000))
	}
}

// endpoint takes address:port. A value with another host keeps its text.
func (d *decoder) endpoint(line []byte, v value, f schemas.Field, ip, port schemas.Column, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	from, to, p := text.HostPort(b)
	if len(p) > 0 {
		n, ok := text.Uint(p)
		if !ok || n > 1<<16-1 {
			d.odd(v, f.Column, rec).Rule = f.Rule
			return
		}
		if port != schemas.None {
			rec.SetNum(port, n)
		}
	}
	d.address(line, value{v.from + from, v.from + to, v.quoted}, f, ip, rec)
}

// address takes an address alone.
func (d *decoder) address(line []byte, v value, f schemas.Field, ip schemas.Column, rec *ingest.Record) {
	b := line[v.from:v.to]
	if absent(b) {
		return
	}
	a, ok := text.Addr(b)
	if !ok {
		d.odd(v, f.Column, rec).Rule = f.Rule
		return
	}
	if ip != schemas.None {
		rec.SetAddr(ip, a)
	}
	rec.Add(v.from, v.to, f, v.enc())
}

// rest takes what comes after the last value that is known.
func (d *decoder) rest(line []byte, at int, rec *ingest.Record) {
	if at < len(line) {
		d.odd(value{at, len(line), true}, schemas.None, rec)
	}
}

// arn takes an ARN and, unless done says that another one gave them, account and
// region from it: arn:partition:service:region:account:resource.
func (d *decoder) arn(line []byte, v value, done bool, rec *ingest.Record) bool {
	b := line[v.from:v.to]
	if absent(b) || string(b) == "session-reused" {
		return done
	}
	if len(b) < 4 || string(b[:4]) != "arn:" || !text.Word(b) {
		d.odd(v, schemas.None, rec)
		return done
	}
	start := v.from
	for part := 0; part < 5 && !done; part++ {
		n := bytes.IndexByte(line[start:v.to], ':')
		if n < 0 {
			break
		}
		if n > 0 && part == 3 {
			rec.Add(start, start+n, d.known.region, v.enc())
		} else if n > 0 && part == 4 {
			rec.Add(start, start+n, d.known.account, v.enc())
		}
		start += n + 1
	}
	return true
}

// place lets the object's key say what no ARN did.
func (d *decoder) place(done bool, rec *ingest.Record) {
	if !done {
		rec.SetDerived(schemas.CloudAccount, d.account)
		rec.SetDerived(schemas.CloudRegion, d.region)
	}
}
