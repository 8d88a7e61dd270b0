package cloudtrail

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// account takes an account's number, or what stands for one.
func (d *decoder) account(f *ingest.Field, v []byte, i int) {
	if len(v) == 0 {
		return
	}
	d.at.account = i
	if string(v) == "ANONYMOUS_PRINCIPAL" || string(v) == "anonymous" {
		f.Column = schemas.None
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
		d.at.arn, d.at.arnFrom = i, int(f.Start)
		tail = sessionOfARN(v)
	case "principalId":
		d.at.principal, d.at.principalFrom = i, int(f.Start)
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
	if !bytes.HasPrefix(arn, []byte("arn:")) {
		return -1
	}
	colon := lastColon(arn[:min(len(arn), 64)])
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

// lastColon finds the last colon of b, which holds one. In most ARNs it is the one
// after the account.
func lastColon(b []byte) int {
	const usual = len("arn:aws:sts::123456789012")
	if len(b) > usual && b[usual] == ':' && bytes.IndexByte(b[usual+1:], ':') < 0 {
		return usual
	}
	return bytes.LastIndexByte(b, ':')
}

// actorColumns settles actor_id (arn, principal id, user id, invoking service
// or account, in this order), actor_name and actor_session.
func (d *decoder) actorColumns() {
	id, from := d.at.arn, d.at.arnFrom
	switch at := &d.at; {
	case id > 0:
	case at.principal > 0:
		id, from = at.principal, at.principalFrom
	case at.user > 0:
		id = at.user
	case at.invoke > 0:
		id = at.invoke
	default:
		id = at.account
	}
	if id > 0 {
		f := &d.rec.Fields[id-1]
		if id != d.at.arn && id != d.at.principal {
			from = int(f.Start)
		}
		if from < int(f.Start) || f.Column != schemas.None { // cut to its tail, or taken
			d.rec.AddAlias(from, int(f.End), schemas.ActorID, f.Enc)
		} else {
			f.Column = schemas.ActorID
		}
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
