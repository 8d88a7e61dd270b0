package waf

import (
	"bytes"
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// kind is what a header's name says of its value.
type kind uint8

const (
	plain kind = iota
	host
	userAgent
	cookie
	credential
	addresses // one or a list, with commas
	hostPort  // an address and a port
	target    // a URL
	session
	trace
)

// headers are the names, in lower case, of those that are not plain.
var headers = map[string]kind{
	"host":                        host,
	"user-agent":                  userAgent,
	"cookie":                      cookie,
	"set-cookie":                  cookie,
	"authorization":               credential,
	"proxy-authorization":         credential,
	"x-amz-security-token":        credential,
	"x-api-key":                   credential,
	"api-key":                     credential,
	"apikey":                      credential,
	"x-auth-token":                credential,
	"x-access-token":              credential,
	"x-id-token":                  credential,
	"x-refresh-token":             credential,
	"x-amzn-oidc-data":            credential,
	"x-amzn-oidc-accesstoken":     credential,
	"x-amzn-mtls-clientcert":      credential,
	"x-amzn-mtls-clientcert-leaf": credential,
	"x-csrf-token":                credential,
	"x-xsrf-token":                credential,
	"x-forwarded-for":             addresses,
	"x-original-forwarded-for":    addresses,
	"x-real-ip":                   addresses,
	"true-client-ip":              addresses,
	"x-client-ip":                 addresses,
	"x-cluster-client-ip":         addresses,
	"cf-connecting-ip":            addresses,
	"fastly-client-ip":            addresses,
	"client-ip":                   addresses,
	"x-remote-addr":               addresses,
	"x-originating-ip":            addresses,
	"cloudfront-viewer-address":   hostPort,
	"referer":                     target,
	"origin":                      target,
	"location":                    target,
	"x-original-url":              target,
	"x-rewrite-url":               target,
	"x-session-id":                session,
	"x-amzn-oidc-identity":        session,
	"traceparent":                 trace,
	"x-b3-traceid":                trace,
	"x-trace-id":                  trace,
	"x-correlation-id":            trace,
	"x-aws-waf-token":             credential,
	"x-amzn-waf-token":            credential,
	"x-amzn-waf-challenge-token":  credential,
	"x-amzn-waf-captcha-token":    credential,
}

const longestName = 40

// byLength are the headers whose names have each length: few or none, so that
// comparing is quicker than hashing.
var byLength = func() (t [longestName + 1][]named) {
	for name, k := range headers {
		t[len(name)] = append(t[len(name)], named{name, k})
	}
	return t
}()

type named struct {
	name string
	kind kind
}

// kindOf takes a header's name as written.
func kindOf(name []byte) kind {
	if len(name) > longestName || byLength[len(name)] == nil {
		return plain
	}
	var low [longestName]byte
	for i, c := range name {
		if c-'A' < 26 {
			c |= 0x20
		}
		low[i] = c
	}
	for _, h := range byLength[len(name)] {
		if h.name == string(low[:len(name)]) {
			return h.kind
		}
	}
	return plain
}

// headerName takes the field of a name; i is its index plus one.
func (d *decoder) headerName(i int) {
	if v := d.at.value; v > 0 && d.together(v, i) {
		d.at.value, d.at.name = 0, 0
		d.pair(i, v)
		return
	}
	d.at.name = i
}

// headerValue takes the field of a value; i is its index plus one.
func (d *decoder) headerValue(i int) {
	d.orphan()
	if n := d.at.name; n > 0 && d.together(n, i) {
		d.at.name = 0
		d.pair(n, i)
		return
	}
	d.at.value = i
}

// orphan drops a value that has found no name.
func (d *decoder) orphan() {
	if v := d.at.value; v > 0 {
		f := &d.rec.Fields[v-1]
		f.Treat = schemas.Drop
		d.at.value = 0
	}
}

// together says whether two fields are members of the same object: between them
// is no brace. (A brace inside some third member's text separates them too; then
// the value is dropped.)
func (d *decoder) together(a, b int) bool {
	between := d.raw[d.rec.Fields[a-1].End:d.rec.Fields[b-1].Start]
	return bytes.IndexByte(between, '}') < 0 && bytes.IndexByte(between, '{') < 0
}

// pair treats the value v by the name n; both are indices plus one.
func (d *decoder) pair(n, v int) {
	nf, f := &d.rec.Fields[n-1], &d.rec.Fields[v-1]
	f.KeyStart, f.KeyEnd = nf.Start, nf.End
	if nf.Enc != ingest.Plain { // no header's name needs escapes: trust nothing
		f.Treat = schemas.Drop
		return
	}
	switch value := d.raw[f.Start:f.End]; kindOf(d.raw[nf.Start:nf.End]) {
	case host:
		if d.at.hostHeader == 0 {
			d.at.hostHeader = v
		}
	case userAgent:
		f.Hint = schemas.UserAgent
		if d.at.user == 0 {
			d.at.user = v
		}
	case cookie:
		f.Hint = schemas.Cookie
	case credential:
		if string(value) != redacted {
			f.Treat = schemas.Drop
		}
	case target:
		f.Hint = schemas.URL
	case session:
		if string(value) != redacted {
			f.Treat, f.Hint, f.Type = schemas.Token, schemas.SessionID, "session"
		}
	case trace:
		f.Hint = schemas.TraceID
	case addresses:
		d.addresses(v, value)
	case hostPort:
		if from, to, port := text.HostPort(value); len(port) > 0 && f.Enc == ingest.Plain {
			if _, ok := text.Addr(value[from:to]); ok {
				f.End = f.Start + uint32(to)
				f.Start += uint32(from)
				f.Treat = schemas.Address
			}
		}
	}
}

// redacted is what WAF itself puts in the place of a value.
const redacted = "REDACTED"

// addresses splits a list of hops, v's value, into one address field each, in
// place. A list that holds anything else stays one scanned text.
func (d *decoder) addresses(v int, value []byte) {
	f := d.rec.Fields[v-1]
	if f.Enc != ingest.Plain {
		return
	}
	n := 0
	for from := 0; from < len(value); n++ {
		start, end, next := element(value, from)
		if _, ok := text.Addr(value[start:end]); !ok {
			return
		}
		from = next
	}
	if n == 0 {
		return
	}
	f.Treat = schemas.Address
	for from, i := 0, v-1; from < len(value); i++ {
		start, end, next := element(value, from)
		one := f
		one.Start, one.End = f.Start+uint32(start), f.Start+uint32(end)
		if from == 0 {
			d.rec.Fields[i] = one
		} else {
			d.rec.Fields = slices.Insert(d.rec.Fields, i, one)
		}
		from = next
	}
}

// element returns the span of the list's element at from, without blanks, and
// where the next one begins.
func element(list []byte, from int) (start, end, next int) {
	start, end, next = from, len(list), len(list)
	if i := bytes.IndexByte(list[from:], ','); i >= 0 {
		end, next = from+i, from+i+1
	}
	for start < end && list[start] == ' ' {
		start++
	}
	for end > start && list[end-1] == ' ' {
		end--
	}
	return start, end, next
}
