package match

import "bytes"

// requestURL returns the path and query in the first request line of a log line:
// "METHOD [scheme://host]path?query HTTP/x.y", quotes included.
func requestURL(b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return nil
		}
		b = b[i+1:]
		m := 0
		for m < len(b) && (b[m] >= 'A' && b[m] <= 'Z' || b[m] == '-' || b[m] == '_') {
			m++
		}
		if m == 0 || m >= len(b) || b[m] != ' ' {
			continue
		}
		end := bytes.IndexByte(b, '"')
		if end < m {
			continue
		}
		line := b[m+1 : end]
		v := bytes.LastIndex(line, []byte(" HTTP/"))
		if v < 0 || !version(line[v+6:]) {
			continue
		}
		return path(line[:v])
	}
}

// version says whether b is digits and points.
func version(b []byte) bool {
	for _, c := range b {
		if c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return len(b) > 0
}

// path cuts scheme and host off.
func path(url []byte) []byte {
	n := 0
	for n < len(url) && url[n] >= 'a' && url[n] <= 'z' {
		n++
	}
	if n == 0 || !bytes.HasPrefix(url[n:], []byte("://")) {
		return url
	}
	i := bytes.IndexByte(url[n+3:], '/')
	if i < 0 {
		return nil
	}
	return url[n+3+i:]
}
