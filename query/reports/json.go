package reports

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// jsonRows is how many rows a report has as one JSON object: what a page shows.
const jsonRows = 1000

// jsonSheet writes a report as one JSON object: what it is, how its checks came
// out, its first rows. NDJSON has all of them.
type jsonSheet struct {
	w    io.Writer
	head head
	buf  bytes.Buffer
	line *ndjsonSheet
	rows []json.RawMessage
	more bool
}

// Page is a report as one JSON object.
type Page struct {
	Report     ManifestReport     `json:"report"`
	From       time.Time          `json:"from"`
	Until      time.Time          `json:"until"`
	Zone       string             `json:"time_zone"`
	Watermark  time.Time          `json:"watermark"`
	Checkpoint ManifestCheckpoint `json:"checkpoint"`
	Gaps       []string           `json:"known_gaps"`
	Rows       []json.RawMessage  `json:"rows"`
	More       bool               `json:"more"`
}

func newJSON(w io.Writer, h head) *jsonSheet {
	s := &jsonSheet{w: w, head: h, rows: []json.RawMessage{}}
	s.line = newNDJSON(&s.buf, h.Definition, h.Zone)
	return s
}

func (s *jsonSheet) row(cells []cell) error {
	if len(s.rows) == jsonRows {
		s.more = true
		return nil
	}
	s.buf.Reset()
	if err := s.line.row(cells); err != nil {
		return err
	}
	if err := s.line.close(nil); err != nil {
		return err
	}
	s.rows = append(s.rows, bytes.Clone(bytes.TrimSpace(s.buf.Bytes())))
	return nil
}

func (s *jsonSheet) close(r *Result) error {
	c := s.head.Checkpoint
	return json.NewEncoder(s.w).Encode(Page{Report: r.manifest(), From: s.head.From.UTC(), Until: s.head.Until.UTC(), Zone: s.head.Zone.String(), Watermark: s.head.Watermark,
		Checkpoint: ManifestCheckpoint{c.Size, c.Root, c.keyID(), c.Signed}, Gaps: filled(s.head.Gaps), Rows: s.rows, More: s.more})
}
