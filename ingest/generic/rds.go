package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

const classDatastore = 6005 // OCSF: Datastore Activity

// rds is the logs of RDS and Aurora as CloudWatch has them: MySQL's audit rows,
// MySQL's slow query log, PostgreSQL's log. They carry SQL with everything in it.
type rds struct {
	server, user, client, action, database, object schemas.Field
}

func newRDS() *rds {
	f := schemas.MustLoadSource("aws_rds_log").Names
	return &rds{server: f("server"), user: f("user"), client: f("client"), action: f("operation"), database: f("database"), object: f("object")}
}

// Name implements ingest.Source.
func (*rds) Name() string { return "aws_rds_log" }

// Sniff implements ingest.Source.
func (s *rds) Sniff(_ ingest.Origin, head []byte) (int, ingest.Framing) {
	line := lineAt(head, "")
	if bytes.HasPrefix(line, []byte("# Time: ")) || bytes.HasPrefix(line, []byte("# User@Host: ")) {
		return 90, ingest.Lines
	}
	var vs [10]span
	if _, ok := audit(line, &vs); ok {
		return 90, ingest.Lines
	}
	if _, ok := postgres(line, &vs); ok {
		return 90, ingest.Lines
	}
	return 0, ingest.Lines
}

// NewDecoder implements ingest.Source.
func (s *rds) NewDecoder(ingest.Origin, ingest.Options) ingest.Decoder { return &rdsDecoder{rds: s} }

type rdsDecoder struct {
	*rds
	vs [10]span
}

// Decode implements ingest.Decoder.
func (d *rdsDecoder) Decode(raw []byte, rec *ingest.Record) error {
	line := trim(raw)
	if len(bytes.TrimSpace(line)) == 0 {
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		return nil
	}
	rec.SetDerived(schemas.Service, "rds")
	rec.SetNum(schemas.ClassUID, classDatastore)
	rec.SetNum(schemas.SeverityID, 1)
	if ms, ok := audit(line, &d.vs); ok {
		rec.SetNum(schemas.EventTime, uint64(ms))
		d.audit(line, rec)
		return nil
	}
	if ms, ok := postgres(line, &d.vs); ok {
		rec.SetNum(schemas.EventTime, uint64(ms))
		addAddress(line, d.vs[0], d.client, rec)
		addText(line, d.vs[1], d.user, ingest.Plain, rec)
		addText(line, d.vs[2], d.database, ingest.Plain, rec)
		addText(line, d.vs[3], d.object, ingest.Plain, rec)
		return nil
	}
	d.slow(line, rec)
	return nil
}

// audit splits a row of MySQL's audit plug-in: time in microseconds or as
// 20060102 15:04:05, server, user, client, connection, query, operation,
// database, object in quotes, status. The object may hold commas.
func audit(line []byte, vs *[10]span) (ms int64, ok bool) {
	at := 0
	for i := range 8 {
		n := bytes.IndexByte(line[at:], ',')
		if n < 0 {
			return 0, false
		}
		vs[i] = span{at, at + n}
		at += n + 1
	}
	last := bytes.LastIndexByte(line, ',')
	if last < at {
		return 0, false
	}
	vs[8], vs[9] = span{at, last}, span{last + 1, len(line)}
	switch t := vs[0].of(line); len(t) {
	case 16:
		ms, ok = text.Epoch(t)
	case 17:
		iso := [19]byte{t[0], t[1], t[2], t[3], '-', t[4], t[5], '-', t[6], t[7], ' ', t[9], t[10], t[11], t[12], t[13], t[14], t[15], t[16]}
		ms, ok = text.DateTime(iso[:])
	}
	if !ok {
		return 0, false
	}
	for _, i := range [...]int{4, 5} {
		if _, ok := text.Uint(vs[i].of(line)); !ok {
			return 0, false
		}
	}
	return ms, isWords(vs[1].of(line)) && isWords(vs[6].of(line))
}

func (d *rdsDecoder) audit(line []byte, rec *ingest.Record) {
	addKeep(line, d.vs[1], d.server, rec)
	addText(line, d.vs[2], d.user, ingest.Plain, rec)
	if b := d.vs[3].of(line); string(b) == "localhost" {
		rec.SetDerived(schemas.SrcAddr, "localhost")
	} else {
		addAddress(line, d.vs[3], d.client, rec)
	}
	addKeep(line, d.vs[6], d.action, rec)
	addText(line, d.vs[7], d.database, ingest.Plain, rec)
	addText(line, d.vs[8], d.object, ingest.Plain, rec)
	if n, ok := text.Uint(d.vs[9].of(line)); ok && n < 1<<16 {
		rec.SetNum(schemas.StatusID, 1)
		if n != 0 {
			rec.SetNum(schemas.StatusID, 2)
		}
	} else {
		addText(line, d.vs[9], schemas.Unknown.Field, ingest.Plain, rec)
	}
}

// postgres splits a line with the prefix that RDS sets,
// 2006-01-02 15:04:05 UTC:client(port):user@database:[pid]:message, into client,
// user, database, message.
func postgres(line []byte, vs *[10]span) (ms int64, ok bool) {
	if len(line) < 30 || !bytes.HasPrefix(line[19:], []byte(" UTC:")) {
		return 0, false
	}
	if ms, ok = text.DateTime(line[:19]); !ok {
		return 0, false
	}
	at := 24
	end := bytes.IndexByte(line[at:], ':')
	open := -1
	if end >= 0 {
		open = bytes.IndexByte(line[at:at+end], '(')
	}
	for open < 0 && end >= 0 { // an IPv6 address holds colons, and some have no client
		if end == 0 {
			open = 0
			break
		}
		next := bytes.IndexByte(line[at+end+1:], ':')
		if next < 0 {
			return 0, false
		}
		end += 1 + next
		open = bytes.IndexByte(line[at:at+end], '(')
	}
	if end < 0 {
		return 0, false
	}
	if port := line[at+open : at+end]; len(port) > 0 {
		if n, ok := text.Uint(bytes.Trim(port, "()")); !ok || n > 1<<16-1 {
			return 0, false
		}
	}
	vs[0] = span{at, at + open}
	at += end + 1
	end = bytes.Index(line[at:], []byte(":["))
	if end < 0 {
		return 0, false
	}
	user := bytes.IndexByte(line[at:at+end], '@')
	if user < 0 {
		return 0, false
	}
	vs[1], vs[2] = span{at, at + user}, span{at + user + 1, at + end}
	at += end + 2
	pid := bytes.Index(line[at:], []byte("]:"))
	if pid < 1 {
		return 0, false
	}
	if _, ok := text.Uint(line[at : at+pid]); !ok || pid > 7 {
		return 0, false
	}
	vs[3] = span{at + pid + 2, len(line)}
	return ms, true
}

// slow takes an entry of MySQL's slow query log, or a line of one, and anything
// else: one text.
func (d *rdsDecoder) slow(line []byte, rec *ingest.Record) {
	if t, ok := bytes.CutPrefix(line, []byte("# Time: ")); ok {
		if ms, ok := text.RFC3339(t[:text.WordEnd(t, 0)]); ok {
			rec.SetNum(schemas.EventTime, uint64(ms))
		}
	}
	const mark = "# User@Host: "
	if i := bytes.Index(line, []byte(mark)); i >= 0 {
		from := i + len(mark)
		if n := bytes.IndexByte(line[from:], '['); n > 0 && isWords(line[from:from+n]) {
			rec.AddAlias(from, from+n, schemas.ActorName, ingest.Plain)
		}
		rec.SetDerived(schemas.Action, "QUERY")
	}
	rec.Add(0, len(line), d.object, ingest.Plain)
}
