package reports

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
)

// InputKind describes a CSV file that a run may be given: what the logs cannot
// know. The first line of the file names its columns; columns that are not listed
// here are not read.
type InputKind struct {
	Name    string        `yaml:"name" json:"name"`
	About   string        `yaml:"about" json:"about"`
	Columns []InputColumn `yaml:"columns" json:"columns"`
}

// InputColumn is a column of an input.
type InputColumn struct {
	Name     string `yaml:"name" json:"name"`
	Type     Type   `yaml:"type" json:"type"` // text, int, time or patient
	Required bool   `yaml:"required" json:"required,omitempty"`
	Key      bool   `yaml:"key" json:"key,omitempty"` // no two lines may have the same
	About    string `yaml:"about" json:"about"`
}

// PatientID is a patient's number. It becomes the tokens it may stand under, as a
// list, before anything else sees it.
const PatientID Type = "patient"

// Inputs lists the kinds of files.
func Inputs() []InputKind { return read().inputs }

// Input is a file that was read.
type Input struct {
	Kind    InputKind
	SHA256  string // of the file
	Rows    int
	Ignored []string // columns that are not read

	rows [][]any
}

// maxInput bounds the lines of a file: they are held in memory.
const maxInput = 2_000_000

// InputError says what is wrong with a file, without a word of it.
type InputError struct {
	Name   string
	Line   int
	Column string
	Wrong  string
}

func (e *InputError) Error() string {
	at := e.Name
	if e.Line > 0 {
		at = fmt.Sprintf("%s, line %d", at, e.Line)
	}
	if e.Column != "" {
		at += ", column " + e.Column
	}
	return at + ": " + e.Wrong
}

// ReadInput reads a CSV file (RFC 4180, UTF-8, a byte order mark is skipped).
// tokens turns patient numbers into tokens; times without an offset are of zone.
// Errors are *InputError or the reader's.
func ReadInput(name string, r io.Reader, tokens query.Tokens, zone *time.Location) (*Input, error) {
	at := slices.IndexFunc(Inputs(), func(k InputKind) bool { return k.Name == name })
	if at < 0 {
		return nil, &InputError{Name: name, Wrong: "there is no input of this name"}
	}
	in := &Input{Kind: Inputs()[at]}
	sum := sha256.New()
	all := io.TeeReader(r, sum)
	rd := csv.NewReader(skipMark(all))
	rd.FieldsPerRecord = -1
	head, err := rd.Read()
	if err != nil {
		return nil, in.bad(err, 1)
	}
	place, err := in.head(head)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for {
		fields, err := rd.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, in.bad(err, 0)
		}
		line, _ := rd.FieldPos(0)
		if in.Rows++; in.Rows > maxInput {
			return nil, &InputError{Name: name, Wrong: fmt.Sprintf("it has more than %d lines", maxInput)}
		}
		row := make([]any, len(in.Kind.Columns))
		for i, c := range in.Kind.Columns {
			text := ""
			if p := place[i]; p >= 0 && p < len(fields) {
				text = strings.TrimSpace(fields[p])
			}
			if c.Key {
				if seen[strings.ToLower(text)] {
					return nil, &InputError{name, line, c.Name, "this value stands twice"}
				}
				seen[strings.ToLower(text)] = true
			}
			var wrong string
			if row[i], wrong = c.value(text, tokens, zone); wrong != "" {
				return nil, &InputError{name, line, c.Name, wrong}
			}
		}
		in.rows = append(in.rows, row)
	}
	if _, err := io.Copy(io.Discard, all); err != nil {
		return nil, in.bad(err, 0)
	}
	in.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return in, nil
}

// skipMark skips the byte order mark that spreadsheets put in front.
func skipMark(r io.Reader) io.Reader {
	var start [3]byte
	n, _ := io.ReadFull(r, start[:])
	if string(start[:n]) == "\ufeff" {
		return r
	}
	return io.MultiReader(strings.NewReader(string(start[:n])), r)
}

// bad leaves out what the CSV reader quotes.
func (in *Input) bad(err error, line int) error {
	parse, malformed := errors.AsType[*csv.ParseError](err)
	if malformed {
		line = parse.StartLine
	}
	if malformed || errors.Is(err, io.EOF) {
		return &InputError{Name: in.Kind.Name, Line: line, Wrong: "this is no CSV"}
	}
	return fmt.Errorf("reading %s: %w", in.Kind.Name, err)
}

// head finds the columns; -1 for one that is not there.
func (in *Input) head(names []string) ([]int, error) {
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	place := make([]int, len(in.Kind.Columns))
	for i, c := range in.Kind.Columns {
		if place[i] = slices.Index(names, c.Name); place[i] < 0 && c.Required {
			return nil, &InputError{in.Kind.Name, 1, c.Name, "this column is missing"}
		}
	}
	for i := range names {
		if !slices.Contains(place, i) {
			in.Ignored = append(in.Ignored, fmt.Sprintf("column %d", i+1))
		}
	}
	return place, nil
}

var inputLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "01/02/2006 15:04", "01/02/2006"}

// value reads one field; wrong says what is wrong with it.
func (c *InputColumn) value(text string, tokens query.Tokens, zone *time.Location) (v any, wrong string) {
	if text == "" && c.Required {
		return nil, "it is empty"
	}
	switch c.Type {
	case PatientID:
		list := []string{}
		if text != "" && tokens != nil {
			list = tokens.Candidates("patient", text)
		}
		if text != "" && len(list) == 0 {
			return nil, "there is no key to make this patient's token"
		}
		return list, ""
	case Time:
		if text == "" {
			return time.UnixMilli(0).UTC(), ""
		}
		for _, layout := range inputLayouts {
			if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 && t.Year() < 2299 {
				return t.UTC(), ""
			}
		}
		return nil, "this is no time: write 2026-03-02T15:04:05Z, 2026-03-02 15:04 or 2026-03-02"
	case Int:
		var n int64
		if text != "" {
			var err error
			if n, err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, "this is no number"
			}
		}
		return n, ""
	}
	return text, ""
}
