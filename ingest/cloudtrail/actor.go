package cloudtrail

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// actor takes one field of userIdentity that fills a column.
func (d *decoder) actor(f *ingest.Field, v []byte, i int) {
	switch f.Column {
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
		if len(v) == 0 {
			return
		}
		d.at.account = i
		if string(v) == "ANONYMOUS_PRINCIPAL" || string(v) == "anonymous" {
			f.Column = schemas.None
		}
	}
}

// identity takes the ARN, the principal id or the Identity Center user. What
// the caller may choose, the name of the session, is cut out and scanned.
func (d *decoder) identity(f *ingest.Field, v []byte, i int) {
	f.Column = schemas.None
	if len(v) == 0 {
		return
	}
	var tail int
	switch d.key(f) {
	case "arn":
		d.at.arn = i
		tail = sessionOfARN(v)
	case "principalId":
		d.at.principal = i
		tail = bytes.IndexByte(v, ':') + 1
	case "userId":
		d.at.user = i
		return
	default: // a key written with escapes
		f.Treat = schemas.Scan
		return
	}
	if f.Rule != 0 { // a policy treats it as a whole
		return
	}
	if f.Enc != ingest.Plain { // no escape belongs here: trust nothing
		f.Treat = schemas.Scan
		return
	}
	if tail <= 0 || tail >= len(v) {
		return
	}
	// The field shrinks to the session name; event adds the whole as an alias.
	if d.at.arn == i {
		d.at.session = i
	}
	f.Treat = schemas.Scan
	f.Start += uint32(tail)
}

// sessionOfARN returns where in an ARN of STS the part begins that the caller
// chose, or -1: arn:aws:sts::123456789012:assumed-role/role/session and
// arn:aws:sts::123456789012:federated-user/name.
func sessionOfARN(arn []byte) int {
	colon := bytes.LastIndexByte(arn[:min(len(arn), 64)], ':')
	if !bytes.HasPrefix(arn, []byte("arn:")) || colon < 0 {
		return -1
	}
	res := arn[colon+1:]
	slash := bytes.IndexByte(res, '/')
	if slash < 0 {
		return -1
	}
	switch string(res[:slash]) {
	case "federated-user":
		return colon + slash + 2
	case "assumed-role":
		if role := bytes.IndexByte(res[slash+1:], '/'); role >= 0 {
			return colon + slash + role + 3
		}
	}
	return -1
}

// actorColumns settles actor_id (arn, principal id, user id, invoking service
// or account, in this order), actor_name and actor_session.
func (d *decoder) actorColumns() {
	for _, i := range [...]int{d.at.arn, d.at.principal, d.at.user, d.at.invoke, d.at.account} {
		if i == 0 {
			continue
		}
		f := &d.rec.Fields[i-1]
		if from, cut := d.whole(f); cut || f.Column != schemas.None {
			d.rec.AddAlias(from, int(f.End), schemas.ActorID, f.Enc)
		} else {
			f.Column = schemas.ActorID
		}
		break
	}
	if d.at.actorName == 0 && d.at.issuerName > 0 {
		d.rec.Fields[d.at.issuerName-1].Column = schemas.ActorName
	}
	if d.at.session > 0 {
		d.rec.Fields[d.at.session-1].Column = schemas.ActorSession
	} else if d.at.arn == 0 && d.at.principal > 0 {
		if f := &d.rec.Fields[d.at.principal-1]; f.Treat == schemas.Scan && f.Enc == ingest.Plain {
			f.Column = schemas.ActorSession
		}
	}
}

// whole returns where the string begins that a field, perhaps shrunk to its
// tail, is of.
func (d *decoder) whole(f *ingest.Field) (start int, cut bool) {
	start = int(f.Start)
	if f.Enc != ingest.Plain {
		return start, false
	}
	start = bytes.LastIndexByte(d.raw[:start], '"') + 1
	return start, start < int(f.Start)
}
