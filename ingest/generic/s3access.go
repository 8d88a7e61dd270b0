package generic

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// s3Access is S3's server access logs: values between blanks, the time in
// brackets, the request, the referer and the user agent in quotes; 18 values in
// old lines, 26 and more today.
type s3Access struct {
	owner, bucket, client, requester, request schemas.Field
	operation, key, path, query, url          schemas.Field
	method, errorCode, referer, userAgent     schemas.Field
	version, hostID, cipher, host, tls        schemas.Field
	other                                     schemas.Field
}

func newS3Access() *s3Access {
	f := schemas.MustLoadSource("aws_s3access").Names
	return &s3Access{
		owner: f("bucket_owner"), bucket: f("bucket"), client: f("remote_ip"), requester: f("requester"), request: f("request_id"),
		operation: f("operation"), key: f("key"), path: f("request_path"), query: f("request_query"), url: f("request_uri"),
		method: f("request_method"), errorCode: f("error_code"), referer: f("referer"), userAgent: f("user_agent"),
		version: f("version_id"), hostID: f("host_id"), cipher: f("cipher_suite"), host: f("host_header"), tls: f("tls_version"),
		other: f("other"),
	}
}

// Name implements ingest.Source.
func (*s3Access) Name() string { return "aws_s3access" }

// Sniff implements ingest.Source.
func (*s3Access) Sniff(_ ingest.Origin, head []byte) (int, ingest.Framing) {
	var vs [7]s3Value
	line := lineAt(head, "")
	if s3Split(line, vs[:]) < 7 {
		return 0, ingest.Lines
	}
	if _, ok := text.CLF(vs[2].of(line)); !ok || vs[2].kind != '[' {
		return 0, ingest.Lines
	}
	op := vs[6].of(line)
	for _, p := range [...]string{"REST.", "BATCH.", "SOAP.", "WEBSITE.", "S3."} {
		if bytes.HasPrefix(op, []byte(p)) {
			return 97, ingest.Lines
		}
	}
	return 0, ingest.Lines
}

// NewDecoder implements ingest.Source.
func (s *s3Access) NewDecoder(ingest.Origin, ingest.Options) ingest.Decoder {
	return &s3Decoder{s3Access: s}
}

type s3Decoder struct {
	*s3Access
	vs [32]s3Value
}

// s3Value is a value without its quotes or brackets; kind is the byte that
// opened it, 0 for none.
type s3Value struct {
	span
	kind byte
}

// Decode implements ingest.Decoder.
func (d *s3Decoder) Decode(raw []byte, rec *ingest.Record) error {
	line := trim(raw)
	n := s3Split(line, d.vs[:])
	if n == 0 {
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		return nil
	}
	rec.SetDerived(schemas.Service, "s3")
	rec.SetNum(schemas.ClassUID, classAPI)
	rec.SetNum(schemas.SeverityID, 1)
	if n < 10 || d.vs[2].kind != '[' || d.vs[8].kind != '"' {
		whole(line, rec)
		return nil
	}
	ms, ok := text.CLF(d.vs[2].of(line))
	if !ok {
		whole(line, rec)
		return nil
	}
	rec.SetNum(schemas.EventTime, uint64(ms))
	d.row(line, n, rec)
	return nil
}

func (d *s3Decoder) row(line []byte, n int, rec *ingest.Record) {
	v := &d.vs
	addKeep(line, v[0].span, d.owner, rec)
	addKeep(line, v[1].span, d.bucket, rec)
	addAddress(line, v[3].span, d.client, rec)
	addKeep(line, v[4].span, d.requester, rec)
	addKeep(line, v[5].span, d.request, rec)
	addKeep(line, v[6].span, d.operation, rec)
	d.verb(v[6].of(line), rec)
	addText(line, v[7].span, d.key, ingest.Percent, rec)
	d.uri(line, v[8].span, rec)
	setStatus(line, v[9].span, rec)
	for i := 10; i < n; i++ {
		s := v[i].span
		switch i {
		case 10:
			addKeep(line, s, d.errorCode, rec)
		case 11:
			addNumber(line, s, schemas.BytesOut, 1<<60, rec)
		case 12, 14:
			addNumber(line, s, schemas.None, 1<<60, rec)
		case 13:
			if ms, ok := text.Uint(s.of(line)); ok && ms < 1<<40 {
				rec.SetFloat(schemas.DurationMS, float32(ms))
			} else if !absent(s.of(line)) {
				addOdd(s, schemas.None, rec)
			}
		case 15:
			addText(line, s, d.referer, ingest.SlashX, rec)
		case 16:
			addText(line, s, d.userAgent, ingest.SlashX, rec)
		case 17:
			addKeep(line, s, d.version, rec)
		case 18:
			addKeep(line, s, d.hostID, rec)
		case 20:
			addKeep(line, s, d.cipher, rec)
		case 22:
			addText(line, s, d.host, ingest.Plain, rec)
		case 23:
			addKeep(line, s, d.tls, rec)
		case 19, 21, 24, 25:
			addKeep(line, s, d.other, rec)
		default:
			addText(line, s, schemas.Unknown.Field, ingest.SlashX, rec)
		}
	}
	if n == len(v) && v[n-1].to < len(line) {
		addOdd(span{v[n-1].to, len(line)}, schemas.None, rec)
	}
	if n < 17 {
		rec.SetFlag(schemas.FlagOddShape)
	}
}

// verb takes the method out of an operation, REST.GET.OBJECT.
func (d *s3Decoder) verb(op []byte, rec *ingest.Record) {
	_, rest, ok := bytes.Cut(op, []byte("."))
	if !ok {
		return
	}
	word, _, _ := bytes.Cut(rest, []byte("."))
	switch string(word) {
	case "GET", "HEAD", "OPTIONS", "SELECT":
		rec.SetNum(schemas.ActivityID, 2)
		rec.SetNum(schemas.ReadOnly, 1)
	case "PUT", "POST", "COPY", "INIT":
		rec.SetNum(schemas.ActivityID, 3)
		rec.SetNum(schemas.ReadOnly, 0)
	case "DELETE", "EXPIRE":
		rec.SetNum(schemas.ActivityID, 4)
		rec.SetNum(schemas.ReadOnly, 0)
	}
}

// uri takes "method URL version"; a URL may hold blanks.
func (d *s3Decoder) uri(line []byte, s span, rec *ingest.Record) {
	b := s.of(line)
	if absent(b) {
		return
	}
	first := bytes.IndexByte(b, ' ')
	name, n := "", uint64(0)
	if first > 0 {
		name, n = text.Method(b[:first])
	}
	last := bytes.LastIndexByte(b, ' ')
	if n == 0 || last <= first || !bytes.HasPrefix(b[last+1:], []byte("HTTP/")) || len(b)-last > 9 {
		rec.Add(s.from, s.to, d.url, ingest.SlashX)
		return
	}
	rec.SetDerived(schemas.HTTPMethod, name)
	from, to := s.from+first+1, s.from+last
	query := to
	if i := bytes.IndexByte(line[from:to], '?'); i >= 0 {
		query = from + i
	}
	addText(line, span{from, query}, d.path, ingest.SlashX, rec)
	if query+1 < to {
		addText(line, span{query + 1, to}, d.query, ingest.SlashX, rec)
	}
	if version := b[last+1:]; !isWords(version) {
		addOdd(span{s.from + last + 1, s.to}, schemas.None, rec)
	}
}

// s3Split fills vs with the values of a line and returns how many there are.
func s3Split(line []byte, vs []s3Value) (n int) {
	at := 0
	for n < len(vs) {
		from, to := text.Next(line, at)
		if from == len(line) {
			return n
		}
		v := s3Value{span: span{from, to}}
		switch line[from] {
		case '[':
			if end := bytes.IndexByte(line[from:], ']'); end > 0 {
				v = s3Value{span{from + 1, from + end}, '['}
				to = from + end + 1
			}
		case '"':
			if end := closing(line, from+1); end >= 0 {
				v = s3Value{span{from + 1, end}, '"'}
				to = end + 1
			} else {
				v = s3Value{span{from + 1, len(line)}, '"'}
				to = len(line)
			}
		}
		vs[n], at = v, to
		n++
	}
	return n
}

// closing finds the quote that ends a value: a blank or the end of the line
// follows it. -1 if there is none.
func closing(line []byte, at int) int {
	for {
		i := bytes.IndexByte(line[at:], '"')
		if i < 0 {
			return -1
		}
		if at += i; at+1 == len(line) || line[at+1] <= ' ' {
			return at
		}
		at++
	}
}
