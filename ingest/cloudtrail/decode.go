package cloudtrail

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// Values of the columns mfa and read_only.
const (
	no = iota
	yes
	unknown
)

var errNotObject = &ingest.RecordError{Code: ingest.CodeSyntax, At: 0}

// decoder decodes one payload. The walker lists the record's fields; what
// follows looks at those that fill columns, once, and settles which of several
// candidates a column gets.
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
	source, action, errorCode             int
	arn, principal, user, account, invoke int
	session                               int
	arnFrom, principalFrom                int // where the values of arn and principal begin, in raw
	actorName, issuerName, recipient      int
	resource, resourceType, credential    int
	requested, requestedLast              int // the resources in the request: from, to
	readOnly, mfa                         uint64
	dated, digest, data, insight, failed  bool
}

// Decode implements ingest.Decoder.
func (d *decoder) Decode(raw []byte, rec *ingest.Record) (err error) {
	if i := firstByte(raw); i < 0 || raw[i] != '{' {
		return errNotObject
	}
	if rec.Fields, err = d.walker.Walk(raw, d.root, rec.Fields); err != nil {
		return err
	}
	d.raw, d.rec = raw, rec
	d.at = seen{readOnly: unknown, mfa: unknown}
	fields := rec.Fields
	for i := range fields {
		if f := &fields[i]; settled[f.Column] {
			d.field(f, i+1)
		}
	}
	if d.at.digest && d.at.action == 0 {
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		rec.SetDerived(schemas.Action, "CloudTrailDigest")
	} else {
		d.event()
	}
	d.raw, d.rec = nil, nil
	return nil
}

// settled are the columns that field decides on; the others just take their field.
var settled = func() (t [256]bool) {
	for _, c := range []schemas.Column{
		schemas.EventTime, schemas.Service, schemas.Action, schemas.ClassUID, schemas.ReadOnly, schemas.MFA, schemas.SrcAddr,
		schemas.StatusCode, schemas.StatusID, schemas.BytesIn, schemas.BytesOut, schemas.RecipientAccount, schemas.ResourceIDs,
		schemas.ResourceType, schemas.ActorID, schemas.ActorRole, schemas.ActorName, schemas.CredentialID, schemas.InvokedBy, schemas.CloudAccount,
	} {
		t[c] = true
	}
	return t
}()

// field takes one field that fills a settled column; i is its index plus one.
func (d *decoder) field(f *ingest.Field, i int) {
	switch v := d.raw[f.Start:f.End]; f.Column {
	case schemas.EventTime:
		d.time(f, v)
	case schemas.Service:
		first(&d.at.source, f, i)
	case schemas.Action:
		first(&d.at.action, f, i)
	case schemas.ClassUID: // eventCategory, managementEvent
		d.at.data = d.at.data || string(v) == "Data" || string(v) == "false"
		d.at.insight = d.at.insight || string(v) == "Insight"
		f.Column = schemas.None
	case schemas.ReadOnly:
		d.at.readOnly = truth(v)
	case schemas.MFA:
		if t := truth(v); t == yes || d.at.mfa == unknown {
			d.at.mfa = t
		}
	case schemas.SrcAddr:
		d.address(v)
	case schemas.StatusCode:
		first(&d.at.errorCode, f, i)
	case schemas.StatusID:
		d.at.failed = d.at.failed || string(v) == "Failure"
	case schemas.BytesIn, schemas.BytesOut:
		if n, ok := text.Micros(v); ok && n >= 0 { // some services write 12.0
			d.rec.SetNum(f.Column, uint64(n)/1e6)
		}
	case schemas.RecipientAccount:
		first(&d.at.recipient, f, i)
	case schemas.ResourceIDs:
		if key := d.key(f); key == "ARN" || key == "ARNPrefix" || key == "arn" {
			d.at.resource = i
		} else {
			if d.at.requested == 0 {
				d.at.requested = i
			}
			d.at.requestedLast = i
		}
	case schemas.ResourceType:
		first(&d.at.resourceType, f, i)
	case schemas.ActorID:
		d.identity(f, v, i)
	case schemas.ActorRole:
		if d.key(f) == "userName" { // the issuer's name: actor_name if there is no other
			d.at.issuerName = i
			f.Column = schemas.None
		}
	case schemas.ActorName:
		first(&d.at.actorName, f, i)
	case schemas.CredentialID:
		first(&d.at.credential, f, i)
	case schemas.InvokedBy:
		if len(v) > 0 {
			d.at.invoke = i
		}
	case schemas.CloudAccount:
		d.account(f, v, i)
	}
}

// first notes the first field of a column and takes the column from later ones.
func first(at *int, f *ingest.Field, i int) {
	if *at == 0 {
		*at = i
	} else {
		f.Column = schemas.None
	}
}

// key returns the key of a field as written; the string is only compared.
func (d *decoder) key(f *ingest.Field) string {
	switch k := d.raw[f.KeyStart:f.KeyEnd]; string(k) {
	case "ARN":
		return "ARN"
	case "ARNPrefix":
		return "ARNPrefix"
	case "arn":
		return "arn"
	case "principalId":
		return "principalId"
	case "userId":
		return "userId"
	case "userName":
		return "userName"
	}
	return ""
}

// time reads eventTime, or a digest's end. AWS writes 2006-01-02T15:04:05Z;
// what other tools made of it is taken too and flagged.
func (d *decoder) time(f *ingest.Field, v []byte) {
	if d.raw[f.KeyStart] == 'd' {
		d.at.digest = true
		if d.at.dated {
			return
		}
	}
	d.at.dated = true
	if len(v) == 20 && v[10] == 'T' && v[19] == 'Z' {
		if ms, ok := text.RFC3339(v); ok {
			d.rec.SetNum(schemas.EventTime, uint64(ms))
			return
		}
	}
	d.rec.SetFlag(schemas.FlagOddTime)
	if ms, ok := text.DateTime(v); ok && ms >= 0 {
		d.rec.SetNum(schemas.EventTime, uint64(ms))
	} else if n, ok := text.Uint(v); ok && len(v) == 10 {
		d.rec.SetNum(schemas.EventTime, n*1000)
	} else if ok && len(v) == 13 {
		d.rec.SetNum(schemas.EventTime, n)
	}
}

// address sets src_ip from sourceIPAddress, which is usually no address: the
// name of a service, "AWS Internal", a list of hops. Quads with leading zeros
// could be octal and stay text.
func (d *decoder) address(v []byte) {
	for rest := v; len(rest) > 0; {
		var one []byte
		one, rest = cutComma(rest)
		if a, ok := text.Addr(one); ok {
			d.rec.SetAddr(schemas.SrcIP, a)
			return
		}
		if digitsAndDots(one) {
			d.rec.SetFlag(schemas.FlagOddShape)
		}
	}
}

func cutComma(b []byte) (head, rest []byte) {
	head = b
	for i, c := range b {
		if c == ',' {
			head, rest = b[:i], b[i+1:]
			break
		}
	}
	for len(head) > 0 && head[0] == ' ' {
		head = head[1:]
	}
	for len(head) > 0 && head[len(head)-1] == ' ' {
		head = head[:len(head)-1]
	}
	return head, rest
}

func digitsAndDots(b []byte) bool {
	for _, c := range b {
		if c != '.' && c-'0' > 9 {
			return false
		}
	}
	return len(b) > 0
}

// truth reads the ways in which CloudTrail writes yes and no.
func truth(v []byte) uint64 {
	switch string(v) {
	case "true", "True", "Yes":
		return yes
	case "false", "False", "No":
		return no
	}
	return unknown
}

func firstByte(b []byte) int {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return -1
}
