package evaluate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Record is an annotated record: a line of a gold or negatives file.
type Record struct {
	ID     string `json:"id"`
	Format string `json:"format"`
	Text   string `json:"text"`
	Spans  []Span `json:"spans"` // none in a negative
}

// Span is an annotated piece of PHI: bytes Start to End, exclusive, of the
// record's text in UTF-8.
type Span struct {
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Type     string `json:"type"`        // DATE and DOB may keep a year, ZIP its first digits
	Letter   string `json:"safe_harbor"` // A to R
	Optional bool   `json:"opt"`
	Encoding string `json:"enc"` // "xrec": PHI only by what another record says; counted apart
}

// Replaced is a span of a record's text that the scrubber replaced.
type Replaced struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Type  string `json:"type"` // the recognizer's name
}

// beyond is the Encoding of spans that are PHI by what other records say.
const beyond = "xrec"

// ErrRecord says that a line is not an annotated record. It is wrapped with the
// number of the line and never says what stands there.
var ErrRecord = errors.New("not an annotated record")

// Read calls each for every record of r, one JSON object a line, until its end
// or an error. Members that are not known are ignored.
func Read(r io.Reader, each func(*Record) error) error {
	dec := json.NewDecoder(bufio.NewReaderSize(r, 256<<10))
	for n := 1; ; n++ {
		var rec Record
		err := dec.Decode(&rec)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading record %d: %w: no JSON object with id, format, text and spans", n, ErrRecord)
		}
		if wrong := rec.wrong(); wrong != "" {
			return fmt.Errorf("reading record %d: %w: %s", n, ErrRecord, wrong)
		}
		if err := each(&rec); err != nil {
			return err
		}
	}
}

func (r *Record) wrong() string {
	if r.ID == "" {
		return "it has no id"
	}
	for i, s := range r.Spans {
		switch {
		case s.Start < 0 || s.End < s.Start || s.End > len(r.Text):
			return fmt.Sprintf("span %d lies outside the text", i)
		case len(s.Letter) != 1 || !strings.Contains(letters, s.Letter):
			return fmt.Sprintf("span %d has no Safe Harbor letter from A to R", i)
		}
	}
	return ""
}

const letters = "ABCDEFGHIJKLMNOPQR"
