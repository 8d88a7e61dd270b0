package parquet

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"
)

// leaf writes one value, given in its plain bytes.
func (f *Framer) leaf(n *node, v []byte) {
	if f.full(len(v)) {
		return
	}
	f.out = appendLeaf(f.out, &n.leaf, v)
	f.full(0)
}

func appendLeaf(b []byte, l *leaf, v []byte) []byte {
	switch l.physical {
	case pBoolean:
		return strconv.AppendBool(b, v[0] != 0)
	case pInt32:
		return appendInt(b, l, int64(int32(binary.LittleEndian.Uint32(v))), uint64(binary.LittleEndian.Uint32(v)))
	case pInt64:
		u := binary.LittleEndian.Uint64(v)
		return appendInt(b, l, int64(u), u)
	case pInt96:
		// nanoseconds of the day, then the Julian day
		nanos := int64(binary.LittleEndian.Uint64(v))
		day := int64(binary.LittleEndian.Uint32(v[8:])) - 2_440_588
		if nanos < 0 || nanos >= int64(24*time.Hour) {
			return appendBase64(b, v)
		}
		return appendTime(b, time.Unix(day*86_400, nanos), day)
	case pFloat:
		return appendFloat(b, float64(math.Float32frombits(binary.LittleEndian.Uint32(v))), 32)
	case pDouble:
		return appendFloat(b, math.Float64frombits(binary.LittleEndian.Uint64(v)), 64)
	}
	switch l.format {
	case text:
		return appendString(b, v)
	case decimal:
		return appendBigDecimal(b, v, l.scale)
	case uuid:
		b = append(b, '"')
		for i, from := range [...]int{0, 4, 6, 8, 10} {
			if i > 0 {
				b = append(b, '-')
			}
			b = hex.AppendEncode(b, v[from:[...]int{4, 6, 8, 10, 16}[i]])
		}
		return append(b, '"')
	case half:
		return appendFloat(b, halfFloat(binary.LittleEndian.Uint16(v)), 32)
	}
	return appendBase64(b, v)
}

// appendInt writes a number, or what it stands for; u is the same bits unsigned.
func appendInt(b []byte, l *leaf, v int64, u uint64) []byte {
	switch l.format {
	case decimal:
		return appendDecimal(b, strconv.AppendInt(nil, v, 10), l.scale)
	case date:
		if t := time.Unix(v*86_400, 0).UTC(); t.Year() >= 0 && t.Year() <= 9999 {
			return t.AppendFormat(b, `"2006-01-02"`)
		}
	case timeMillis:
		return appendClock(b, v, 1e6)
	case timeMicros:
		return appendClock(b, v, 1e3)
	case timeNanos:
		return appendClock(b, v, 1)
	case stampMillis:
		return appendTime(b, time.UnixMilli(v), v)
	case stampMicros:
		return appendTime(b, time.UnixMicro(v), v)
	case stampNanos:
		return appendTime(b, time.Unix(0, v), v)
	}
	if l.unsigned {
		return strconv.AppendUint(b, u, 10)
	}
	return strconv.AppendInt(b, v, 10)
}

// appendTime writes RFC 3339, or the number v for years that it has no form for.
func appendTime(b []byte, t time.Time, v int64) []byte {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return strconv.AppendInt(b, v, 10)
	}
	return t.AppendFormat(b, `"2006-01-02T15:04:05.999999999Z"`)
}

// appendClock writes a time of day, or the number v if the day is not so long.
func appendClock(b []byte, v, nanos int64) []byte {
	if v < 0 || v >= int64(24*time.Hour)/nanos {
		return strconv.AppendInt(b, v, 10)
	}
	return time.Unix(0, v*nanos).UTC().AppendFormat(b, `"15:04:05.999999999"`)
}

func appendFloat(b []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	form := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, v, form, -1, size)
}

// halfFloat widens an IEEE 754 number of 16 bits.
func halfFloat(h uint16) float64 {
	sign, exp, frac := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

// appendDecimal writes the digits, with a sign perhaps, as a number with scale
// digits behind the point, in quotes: JSON readers would round it.
func appendDecimal(b, digits []byte, scale int) []byte {
	b = append(b, '"')
	if digits[0] == '-' {
		b, digits = append(b, '-'), digits[1:]
	}
	for range max(0, scale+1-len(digits)) {
		digits = append([]byte{'0'}, digits...)
	}
	b = append(b, digits[:len(digits)-scale]...)
	if scale > 0 {
		b = append(b, '.')
		b = append(b, digits[len(digits)-scale:]...)
	}
	return append(b, '"')
}

// appendBigDecimal writes a decimal of big-endian two's complement bytes. One of
// more than 64 bytes (154 digits) is none.
func appendBigDecimal(b, v []byte, scale int) []byte {
	if len(v) == 0 || len(v) > 64 {
		return appendBase64(b, v)
	}
	n := new(big.Int).SetBytes(v)
	if v[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
	}
	return appendDecimal(b, n.Append(nil, 10), scale)
}

func appendBase64(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}

// appendString writes a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendString(b, v []byte) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < 0x20:
			b = append(b, `\u00`...)
			b = append(b, digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRune(v[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}
