package envelope

import (
	"bytes"
	"encoding/base64"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"github.com/scrubline/scrubline/ingest"
)

const (
	maxInflated = 64 << 20 // bytes that one compressed part may give: it is held in memory
	ratioFrom   = 1 << 20  // the ratio counts from here
)

var gzipMagic = []byte{0x1f, 0x8b}

// decode undoes the base64 of text and the gzip inside it, if there is one.
// Without an error and not ok, it is not base64.
func (l *level) decode(text []byte, f *Framer) (content []byte, ok bool, _ error) {
	if n := base64.StdEncoding.DecodedLen(len(text)); cap(l.aux) < n {
		l.aux = make([]byte, n)
	}
	n, err := base64.StdEncoding.Decode(l.aux[:cap(l.aux)], text)
	if err != nil {
		if !f.tolerant {
			return nil, false, nil
		}
		n, _ = base64.StdEncoding.Decode(l.aux[:cap(l.aux)], text[:len(text)/4*4])
	}
	content = l.aux[:n]
	if !bytes.HasPrefix(content, gzipMagic) {
		return content, true, nil
	}
	if l.buf, err = f.gzip.inflate(l.buf[:0], content, f); err != nil {
		return nil, false, err
	}
	return l.buf, true, nil
}

// inflater undoes gzip, members one after the other included.
type inflater struct {
	z   *gzip.Reader
	src bytes.Reader
}

func (z *inflater) inflate(dst, src []byte, f *Framer) ([]byte, error) {
	z.src.Reset(src)
	var err error
	if z.z == nil {
		z.z, err = gzip.NewReader(&z.src)
	} else {
		err = z.z.Reset(&z.src)
	}
	if err != nil {
		z.z = nil
		return dst, &ingest.RecordError{Code: ingest.CodeCompression, At: -1}
	}
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := z.z.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		f.inflated += int64(n)
		switch {
		case len(dst) > maxInflated, f.lim.Payload > 0 && f.inflated > f.lim.Payload:
			return dst, &ingest.RecordError{Code: ingest.CodeSize, At: -1}
		case f.inflated > ratioFrom && f.inflated > f.lim.Ratio*int64(len(f.entry)):
			return dst, &ingest.RecordError{Code: ingest.CodeRatio, At: -1}
		case err == io.EOF:
			return dst, nil
		case err == nil:
		case f.tolerant:
			return dst, nil
		case err == io.ErrUnexpectedEOF:
			return dst, &ingest.RecordError{Code: ingest.CodeTruncated, At: -1}
		default:
			return dst, &ingest.RecordError{Code: ingest.CodeCompression, At: -1}
		}
	}
}

// isText says whether b is text that can be cut into lines.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}
