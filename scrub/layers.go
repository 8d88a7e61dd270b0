package scrub

// layer is an encoding that text stands in.
type layer uint64

const (
	inJSON      layer = iota + 1 // a JSON string
	inSlashX                     // a quoted field with \x22
	inPercent                    // a URL
	inEntity                     // HTML
	inPrintable                  // mail
)

const layerBits = 3

// layers are the encodings around a text, the innermost in the lowest bits. There
// is room for more than maxNesting levels can add; zero is none.
type layers uint64

func (ls layers) add(l layer) layers { return ls<<layerBits | layers(l) }

// appendQuote appends a double quote as it is written inside ls, so that a label
// that replaces a number of nested JSON leaves every level parseable: " inside
// JSON inside JSON is \\\", in a URL %22.
func (ls layers) appendQuote(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, '"')
	for ; ls != 0; ls >>= layerBits {
		to := len(dst)
		for _, c := range dst[from:to] {
			dst = layer(ls&(1<<layerBits-1)).appendByte(dst, c)
		}
		dst = append(dst[:from], dst[to:]...)
	}
	return dst
}

// appendByte appends one of the bytes that quotes are written with.
func (l layer) appendByte(dst []byte, c byte) []byte {
	switch {
	case l == inJSON && (c == '"' || c == '\\'):
		return append(dst, '\\', c)
	case l == inSlashX && c == '"':
		return append(dst, `\x22`...)
	case l == inSlashX && c == '\\':
		return append(dst, `\x5C`...)
	case l == inPercent && c == '"':
		return append(dst, "%22"...)
	case l == inPercent && c == '\\':
		return append(dst, "%5C"...)
	case l == inPercent && c == '%':
		return append(dst, "%25"...)
	case l == inPrintable && c == '=':
		return append(dst, "=3D"...)
	case l == inEntity && c == '"':
		return append(dst, "&quot;"...)
	case l == inEntity && c == '&':
		return append(dst, "&amp;"...)
	}
	return append(dst, c)
}
