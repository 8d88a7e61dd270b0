package api

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query/export"
)

type format uint8

const (
	asJSON format = iota
	asNDJSON
	asCSV
)

var formats = []struct {
	name, media string
}{
	asJSON:   {"json", "application/json"},
	asNDJSON: {"ndjson", "application/x-ndjson"},
	asCSV:    {"csv", "text/csv"},
}

var errFormat = errors.New("formats are json, ndjson and csv")

// format reads ?format=, else Accept; JSON if neither says.
func (c *call) format() (format, error) {
	if name := c.r.URL.Query().Get("format"); name != "" {
		for i, f := range formats {
			if f.name == name {
				return format(i), nil
			}
		}
		return 0, &paramError{"format", errFormat}
	}
	for part := range strings.SplitSeq(c.r.Header.Get("Accept"), ",") {
		media, _, _ := strings.Cut(part, ";")
		for i, f := range formats {
			if strings.EqualFold(strings.TrimSpace(media), f.media) {
				return format(i), nil
			}
		}
	}
	return asJSON, nil
}

// begin sends the head of an answer.
func (c *call) begin(f format, filename string) {
	h := c.w.Header()
	h.Set("Content-Type", formats[f].media)
	if f == asCSV {
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", `attachment; filename="`+filename+`.csv"`)
	}
	c.sent = true
	if c.status == 0 {
		c.status = http.StatusOK
	}
	c.w.WriteHeader(c.status)
}

// more names the next page in the head, for answers that are rows only.
func (c *call) more(next string) {
	if next == "" {
		return
	}
	q := c.r.URL.Query()
	q.Set("cursor", next)
	u := url.URL{Path: c.r.URL.Path, RawQuery: q.Encode()}
	c.w.Header().Set("Link", "<"+u.String()+`>; rel="next"`)
	c.w.Header().Set("X-Scrubline-Next", next)
}

// lines writes rows as NDJSON or CSV, of any number.
type lines struct {
	c     *call
	f     format
	csv   *csv.Writer
	since time.Time // the last flush
	buf   []byte
}

const flushTime = time.Second

func (c *call) lines(f format, head []string) (*lines, error) {
	l := &lines{c: c, f: f, since: time.Now()}
	if f == asCSV {
		l.csv = csv.NewWriter(c.w)
		if err := l.csv.Write(head); err != nil {
			return nil, errGone
		}
	}
	return l, nil
}

var errGone = errors.New("the asker went away")

// write adds a row: JSON in one line, or cells.
func (l *lines) write(json func([]byte) []byte, cells func() []string) error {
	var err error
	if l.csv != nil {
		row := cells()
		for i := range row {
			row[i] = export.Harmless(row[i])
		}
		err = l.csv.Write(row)
	} else {
		l.buf = append(json(l.buf[:0]), '\n')
		_, err = l.c.w.Write(l.buf)
	}
	if err != nil {
		return errGone
	}
	if time.Since(l.since) > flushTime {
		return l.flush()
	}
	return nil
}

func (l *lines) flush() error {
	l.since = time.Now()
	if l.csv != nil {
		if l.csv.Flush(); l.csv.Error() != nil {
			return errGone
		}
	}
	rc := http.NewResponseController(l.c.w)
	// The time limit of the server is for one part, not for a long export.
	if err := rc.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	if err := rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	return nil
}

// writeJSON sends a whole answer.
func (c *call) writeJSON(body []byte) error {
	c.begin(asJSON, "")
	if _, err := io.Writer(c.w).Write(append(body, '\n')); err != nil {
		return errGone
	}
	return nil
}
