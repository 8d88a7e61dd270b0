package waf

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

const classHTTP = 4002 // OCSF: HTTP Activity

var errNotObject = &ingest.RecordError{Code: ingest.CodeSyntax, At: 0}

// decoder decodes one payload.
type decoder struct {
	walker *jsonwalk.Walker
	root   *schemas.Node

	raw []byte
	rec *ingest.Record
	at  seen
}

// seen notes where in the record's fields things are: index plus one, 0 for
// nowhere.
type seen struct {
	acl, action, method    int
	host, hostHeader, user int
	name                   int // a header's name whose value has not come
	value                  int // a header's value whose name has not come
}

// Decode implements ingest.Decoder.
func (d *decoder) Decode(raw []byte, rec *ingest.Record) (err error) {
	if len(raw) == 0 || raw[0] != '{' {
		if t := bytes.TrimLeft(raw, " \t\r\n"); len(t) == 0 || t[0] != '{' {
			return errNotObject
		}
	}
	if rec.Fields, err = d.walker.Walk(raw, d.root, rec.Fields); err != nil {
		return err
	}
	d.raw, d.rec, d.at = raw, rec, seen{}
	for i := 0; i < len(rec.Fields); i++ { // headers may grow it
		d.field(&rec.Fields[i], i+1)
	}
	d.orphan()
	d.columns()
	d.raw, d.rec = nil, nil
	return nil
}

// field takes one field; i is its index plus one.
func (d *decoder) field(f *ingest.Field, i int) {
	v := d.raw[f.Start:f.End]
	switch f.Column {
	case schemas.EventTime:
		d.time(f, v)
	case schemas.ResourceIDs:
		d.at.acl = i
	case schemas.Action:
		d.at.action = i
	case schemas.HTTPMethod:
		d.at.method = i
	case schemas.HTTPStatus, schemas.BytesIn:
		if n, ok := text.Uint(v); ok && (f.Column == schemas.BytesIn || n < 1000) {
			d.rec.SetNum(f.Column, n)
		}
	case schemas.SrcAddr:
		if a, ok := text.Addr(v); ok {
			d.rec.SetAddr(schemas.SrcIP, a)
		} else {
			d.rec.SetFlag(schemas.FlagOddShape)
		}
	case schemas.URLHost:
		d.at.host = i
	case schemas.SrcCountry:
		if string(v) == "-" { // unknown
			f.Column = schemas.None
		}
	case schemas.None:
		switch {
		case f.KeyStart == f.KeyEnd || f.Treat != schemas.Scan: // a key, or an address cut out before
		case f.Hint == schemas.MapKey:
			d.headerName(i)
		case f.Hint == schemas.Header:
			d.headerValue(i)
		}
	}
}

// time reads the timestamp: milliseconds. Re-exports write dates and strings.
func (d *decoder) time(f *ingest.Field, v []byte) {
	if n, ok := text.Uint(v); ok && len(v) <= 13 {
		if len(v) <= 10 {
			n *= 1000
		}
		if f.Enc != ingest.JSONValue || len(v) <= 10 {
			d.rec.SetFlag(schemas.FlagOddTime)
		}
		d.rec.SetNum(schemas.EventTime, n)
		return
	}
	d.rec.SetFlag(schemas.FlagOddTime)
	if ms, ok := text.DateTime(v); ok && ms >= 0 {
		d.rec.SetNum(schemas.EventTime, uint64(ms))
	}
}

// columns sets the columns that follow from several fields.
func (d *decoder) columns() {
	rec := d.rec
	rec.SetDerived(schemas.Service, "waf")
	rec.SetNum(schemas.ClassUID, classHTTP)
	rec.SetNum(schemas.ActivityID, activity(d.value(d.at.method)))
	if disposition, status := outcome(d.value(d.at.action)); disposition > 0 {
		rec.SetNum(schemas.DispositionID, disposition)
		rec.SetNum(schemas.StatusID, status)
	}
	if d.at.acl == 0 || d.at.action == 0 {
		rec.SetFlag(schemas.FlagOddShape)
	}
	if h := d.at.hostHeader; h > 0 && d.at.host == 0 {
		rec.Fields[h-1].Column = schemas.URLHost
	}
	if u := d.at.user; u > 0 {
		rec.Fields[u-1].Column = schemas.UserAgentCol
	}
	if d.at.acl > 0 {
		d.webACL(rec.Fields[d.at.acl-1])
	}
}

func (d *decoder) value(i int) []byte {
	if i == 0 {
		return nil
	}
	f := &d.rec.Fields[i-1]
	return d.raw[f.Start:f.End]
}

// webACL takes account and region from the ACL's ARN,
// arn:aws:wafv2:us-east-1:123456789012:regional/webacl/name/id. An ACL of
// CloudFront says global there.
func (d *decoder) webACL(f ingest.Field) {
	v := d.raw[f.Start:f.End]
	if f.Enc != ingest.Plain || !bytes.HasPrefix(v, []byte("arn:")) {
		return
	}
	var at [5]int // where each of the first five colons is
	for n, i := 0, 0; n < len(at); n, i = n+1, i+1 {
		j := bytes.IndexByte(v[i:], ':')
		if j < 0 {
			return
		}
		i += j
		at[n] = i
	}
	start := int(f.Start)
	if at[4] > at[3]+1 {
		d.rec.AddAlias(start+at[3]+1, start+at[4], schemas.CloudAccount, f.Enc)
	}
	if bytes.HasPrefix(v[at[4]+1:], []byte("global/")) {
		d.rec.SetDerived(schemas.CloudRegion, "global")
	} else if at[3] > at[2]+1 {
		d.rec.AddAlias(start+at[2]+1, start+at[3], schemas.CloudRegion, f.Enc)
	}
}

// outcome returns OCSF's disposition and status of an action. A captcha or a
// challenge stood in the request's way, as a block does.
func outcome(action []byte) (disposition, status uint64) {
	switch string(action) {
	case "ALLOW":
		return 1, 1
	case "BLOCK":
		return 2, 2
	case "COUNT":
		return 20, 1
	case "CAPTCHA":
		return 22, 2
	case "CHALLENGE":
		return 23, 2
	}
	return 0, 0
}

// activity returns the activity_id of class HTTP Activity.
func activity(method []byte) uint64 {
	switch string(method) {
	case "CONNECT":
		return 1
	case "DELETE":
		return 2
	case "GET":
		return 3
	case "HEAD":
		return 4
	case "OPTIONS":
		return 5
	case "POST":
		return 6
	case "PUT":
		return 7
	case "TRACE":
		return 8
	case "PATCH":
		return 9
	case "":
		return 0
	}
	return 99
}
