package alb

import (
	"encoding/binary"
	"math/bits"

	"github.com/scrubline/scrubline/ingest/text"
)

// The numbers of a line are found by what stands between them: m has a bit for
// each byte that is no digit of the 64 bytes from base on, without those that
// were passed.

const window = 64

// endpoint reads the IPv4 address at a byte of the line, its port and the blank
// behind it. end is where the next value starts, 0 if there is a doubt.
func endpoint(line []byte, at, base int, m uint64) (addr uint32, host int, port uint64, end int, rest uint64) {
	e1 := base + bits.TrailingZeros64(m)
	m &= m - 1
	e2 := base + bits.TrailingZeros64(m)
	m &= m - 1
	e3 := base + bits.TrailingZeros64(m)
	m &= m - 1
	host = base + bits.TrailingZeros64(m)
	m &= m - 1
	end = base + bits.TrailingZeros64(m)
	if line[e1] != '.' || line[e2] != '.' || line[e3] != '.' || line[host] != ':' || line[end] != ' ' || uint(end-host-2) > 4 {
		return 0, 0, 0, 0, 0
	}
	a, b, c, d := octet(line, at, e1), octet(line, e1+1, e2), octet(line, e2+1, e3), octet(line, e3+1, host)
	if port = ending(line[:end], end-host-1); port >= 1<<16 || a|b|c|d > 255 {
		return 0, 0, 0, 0, 0
	}
	return a<<24 | b<<16 | c<<8 | d, host, port, end + 1, m & (m - 1)
}

// octet returns the number that the digits [from,to) are, more than 255 if it is
// no octet: more than three digits, or a zero in front.
func octet(line []byte, from, to int) uint32 {
	l := to - from
	s := uint(32-8*l) & 31
	x := binary.LittleEndian.Uint32(line[to-4:]) & 0x0f0f0f0f >> s << s
	// The digits as 0x00020505.
	if d := bits.ReverseBytes32(x); uint(l-1) > 2 || d < least[l&3] || d > 0x020505 {
		return 256
	}
	return x * (1 + 10<<8 + 100<<16) >> 24
}

// least is the least number of so many digits.
var least = [4]uint32{2: 0x0100, 3: 0x010000}

// ending returns the number that the last length bytes of b are, 1 to 8 digits.
// b has at least 8 bytes.
func ending(b []byte, length int) uint64 {
	x := binary.LittleEndian.Uint64(b[len(b)-8:]) & 0x0f0f0f0f0f0f0f0f
	blank := uint(64 - 8*length)
	x = x >> blank << blank
	x = x*10 + x>>8
	const mask = 0x000000ff000000ff
	const hundreds, ones = 100 + 1000000<<32, 1 + 10000<<32
	return ((x&mask)*hundreds + (x>>16&mask)*ones) >> 32
}

const (
	noTime  = '0' | '.'<<8 | '0'<<16 | '0'<<24 | '0'<<32 | ' '<<40 // "0.000 "
	sixth   = 1<<48 - 1
	unknown = '-' | '1'<<8 | ' '<<16 // "-1 "
	third   = 1<<24 - 1
)

// millionths are the units of a last decimal.
var millionths = [8]uint64{1: 100000, 2: 10000, 3: 1000, 4: 100, 5: 10, 6: 1}

// seconds reads a time such as 0.001 in millionths, and -1 as such.
func seconds(line []byte, at, base int, m uint64) (n int64, end int, rest uint64) {
	x := binary.LittleEndian.Uint64(line[at:])
	rest = m & (m - 1)
	rest &= rest - 1
	if x&sixth == noTime {
		return 0, at + 6, rest
	}
	if x&third == unknown {
		return -1, at + 3, rest
	}
	dot := base + bits.TrailingZeros64(m)
	end = base + bits.TrailingZeros64(m&(m-1))
	whole, part := dot-at, end-dot-1
	if uint(whole-1) > 7 || uint(part-1) > 5 || line[dot] != '.' || line[end] != ' ' {
		return 0, 0, 0
	}
	n = int64(line[at] - '0')
	if whole > 1 {
		n = int64(ending(line[:dot], whole))
	}
	return n*1e6 + int64(ending(line[:end], part)*millionths[part&7]), end + 1, rest
}

// number reads a number of up to 8 digits and the blank behind it; absentNumber
// for a hyphen. end is 0 if it is none.
func number(line []byte, at, base int, m uint64) (n uint64, end int, rest uint64) {
	end = base + bits.TrailingZeros64(m)
	rest = m & (m - 1)
	if uint(end-at-1) < 8 && line[end] == ' ' {
		return ending(line[:end], end-at), end + 1, rest
	}
	if end == at && line[at] == '-' && line[at+1] == ' ' {
		return absentNumber, at + 2, rest & (rest - 1)
	}
	return 0, 0, 0
}

// numbers reads what stands between the balancer and the request. at is 0 at the
// first doubt.
func (q *quick) numbers(line []byte, at int, a *accessLine) int {
	if at+window+8 > len(line) {
		return 0
	}
	base := at
	m := text.NotDigits((*[window]byte)(line[at:]))
	a.from[0] = at
	if a.addr[0], a.to[0], a.port[0], at, m = endpoint(line, at, base, m); at == 0 {
		return 0
	}
	a.from[1], a.to[1] = at, 0
	if line[at] == '-' && line[at+1] == ' ' {
		at += 2
	} else if a.addr[1], a.to[1], a.port[1], at, _ = endpoint(line, at, base, m); at == 0 {
		return 0
	}
	if at+window+8 > len(line) {
		return 0
	}
	base = at
	m = text.NotDigits((*[window]byte)(line[at:]))
	a.lasted = -1
	for range 3 {
		var n int64
		if n, at, m = seconds(line, at, base, m); at == 0 {
			return 0
		}
		if n >= 0 {
			a.lasted = max(a.lasted, 0) + n
		}
	}
	a.statusFrom = at
	if at+8 <= len(line) && binary.LittleEndian.Uint64(line[at:]) == q.pair {
		a.status, a.statusTo = q.status, at+3
		at += 8
		m &= m - 1
		m &= m - 1
	} else if at, m = q.statuses(line, at, base, m, a); at == 0 {
		return 0
	}
	if a.received, at, m = number(line, at, base, m); at == 0 {
		return 0
	}
	a.sent, at, _ = number(line, at, base, m)
	return at
}

// statuses reads the balancer's answer and that of the target.
func (q *quick) statuses(line []byte, at, base int, m uint64, a *accessLine) (end int, rest uint64) {
	status, next, rest := number(line, at, base, m)
	if next == 0 || status > 999 && status != absentNumber {
		return 0, 0
	}
	a.status, a.statusTo = status, next-1
	target, end, rest := number(line, next, base, rest)
	if end == 0 || target > 999 && target != absentNumber {
		return 0, 0
	}
	if next == at+4 && end == at+8 {
		q.pair, q.status = binary.LittleEndian.Uint64(line[at:]), status
	}
	return end, rest
}

// time reads 2006-01-02T15:04:05.000000Z; often only the fraction differs from
// that of the line before.
func (q *quick) time(b []byte) (ms int64, ok bool) {
	if b[10] != 'T' || b[19] != '.' || b[26] != 'Z' || text.NotDigits8(binary.LittleEndian.Uint64(b[18:]))&^0xffff != 0 {
		return 0, false
	}
	ms = int64(ending(b[:26], 6) / 1000)
	if string(b[:19]) == string(q.second[:]) {
		return q.base + ms, true
	}
	t, ok := text.RFC3339(b)
	if ok {
		copy(q.second[:], b)
		q.base = t - ms
	}
	return t, ok
}

// targets reads a list of one target, address and port, that a quote ends; a
// hyphen gives no target. end is where the quote is.
func (q *quick) targets(line []byte, at int) (host value, end int, ok bool) {
	if n := int(q.listed); n > 0 && len(line) > at+n && string(line[at:at+n]) == string(q.list[:n]) && line[at+n] == '"' {
		return value{at, at + int(q.host), true}, at + n, true
	}
	if len(line) > at+2 && line[at] == '-' && line[at+1] == '"' {
		return host, at + 1, true
	}
	end = at
	for end < len(line) && end < at+len(q.list) && line[end] != '"' {
		end++
	}
	if end == at || end == len(line) || line[end] != '"' {
		return host, 0, false
	}
	from, to, port := text.HostPort(line[at:end])
	n, ok1 := text.Uint(port)
	_, ok2 := text.Addr(line[at+from : at+to])
	if !ok1 || !ok2 || n > 1<<16-1 || from != 0 {
		return host, 0, false
	}
	q.listed, q.host = uint8(copy(q.list[:], line[at:end])), uint8(to)
	return value{at, at + to, true}, end, true
}
