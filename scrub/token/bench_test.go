package token

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

func BenchmarkAppendHit(b *testing.B) {
	tok := newTokenizer(b)
	var values [512][]byte // what one chunk of a log repeats
	for i := range values {
		values[i] = AppendAddr(nil, addr4(byte(i>>8), byte(i)))
		tok.Append(nil, IP, values[i])
	}
	dst, i := make([]byte, 0, MaxLen), 0
	for b.Loop() {
		dst = tok.Append(dst[:0], IP, values[i%512])
		i++
	}
}

func BenchmarkAppendMiss(b *testing.B) {
	tok := newTokenizer(b)
	dst, v := make([]byte, 0, MaxLen), make([]byte, 12)
	for i := uint64(0); b.Loop(); i++ {
		binary.BigEndian.PutUint64(v, i)
		dst = tok.Append(dst[:0], IP, v)
	}
}

func BenchmarkHMACAlone(b *testing.B) {
	tok := newTokenizer(b)
	v := make([]byte, 12)
	for i := uint64(0); b.Loop(); i++ {
		binary.BigEndian.PutUint64(v, i)
		mac := tok.s.macs[IP]
		mac.Reset()
		mac.Write(v)
		mac.Sum(tok.s.sum[:0])
	}
}

func BenchmarkFindNone(b *testing.B) {
	line := make([]byte, 0, 1<<16)
	for len(line) < 1<<16-200 {
		line = append(line, `http 2026-11-22T17:00:00.000Z app/front/1 198.51.100.7:443 10.0.0.1:80 0.1 0.2 0.0 200 200 34 366 "GET https://a.example:443/t1/x HTTP/1.1" `...)
	}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if s, _ := Find(line); s >= 0 {
			b.Fatal("found")
		}
	}
}

func addr4(c, d byte) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, c, d}) }
