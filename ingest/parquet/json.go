package parquet

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/google/uuid"
)

func appendBool(b []byte, _ *leaf, v bool) []byte { return strconv.AppendBool(b, v) }
func appendInt32(b []byte, l *leaf, v int32) []byte {
	return appendInt(b, l, int64(v), uint64(uint32(v)))
}
func appendInt64(b []byte, l *leaf, v int64) []byte     { return appendInt(b, l, v, uint64(v)) }
func appendFloat32(b []byte, _ *leaf, v float32) []byte { return appendFloat(b, float64(v), 32) }
func appendFloat64(b []byte, _ *leaf, v float64) []byte { return appendFloat(b, v, 64) }

// appendInt96 writes a time: nanoseconds of the day, then the Julian day.
func appendInt96(b []byte, _ *leaf, v parquet.Int96) []byte {
	nanos := int64(binary.LittleEndian.Uint64(v[:]))
	day := int64(binary.LittleEndian.Uint32(v[8:])) - 2_440_588
	if nanos < 0 || nanos >= int64(24*time.Hour) {
		return appendBase64(b, v[:])
	}
	return appendTime(b, time.Unix(day*86_400, nanos), day)
}

func appendBytes(b []byte, l *leaf, v []byte) []byte {
	switch l.format {
	case text:
		return appendString(b, v)
	case decimal:
		return appendBigDecimal(b, v, l.scale)
	case uuidText:
		if id, err := uuid.FromBytes(v); err == nil {
			return append(append(append(b, '"'), id.String()...), '"')
		}
	case half:
		if len(v) == 2 {
			return appendFloat(b, float64(float16.FromLEBytes(v).Float32()), 32)
		}
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
	case clock:
		return appendClock(b, v, int64(l.scale))
	case stamp:
		switch l.scale {
		case 1e6:
			return appendTime(b, time.UnixMilli(v), v)
		case 1e3:
			return appendTime(b, time.UnixMicro(v), v)
		}
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
