package list

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Names of columns that mean something by themselves.
const (
	Key   = "key"
	From  = "from"
	Until = "until"
)

// Set is tables by name. It is never changed once it is used.
type Set map[string]*Table

// Table is one list.
type Table struct {
	columns []string
	rows    map[string]*Row
}

// Row is what a table has of a key.
type Row struct {
	Values      []string // as the table's columns
	From, Until int64    // of events that it counts for, Until excluded; Unix milliseconds
}

// New returns a table without rows.
func New(columns []string) *Table { return &Table{columns, map[string]*Row{}} }

// Add adds a row; one that has the key already is replaced.
func (t *Table) Add(key string, r Row) { t.rows[sigma.Fold(key)] = &r }

// Len counts the rows.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return len(t.rows)
}

// All calls each for every row, in no order.
func (t *Table) All(each func(key string, r *Row)) {
	if t == nil {
		return
	}
	for k, r := range t.rows {
		each(k, r)
	}
}

// At returns the value of a row in a column, "" if there is none.
func (t *Table) At(r *Row, column string) string {
	if t == nil {
		return ""
	}
	if i := slices.Index(t.columns, column); i >= 0 && i < len(r.Values) {
		return r.Values[i]
	}
	return ""
}

// Value looks up what a list has in a column for a folded key, of an event at a time
// in Unix milliseconds. The column Key is the key itself.
func (s Set) Value(list, column string, key []byte, at int64) (string, bool) {
	t := s[list]
	if t == nil {
		return "", false
	}
	r := t.rows[string(key)]
	if r == nil || at < r.From || at >= r.Until {
		return "", false
	}
	if column == Key {
		return string(key), true
	}
	v := t.At(r, column)
	return v, v != ""
}

// Load reads the lists of a folder: NAME.csv each. Without the folder there are none.
func Load(dir string) (Set, error) {
	out := Set{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading lists: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".csv")
		if !ok || e.IsDir() {
			continue
		}
		if !sigma.IsListName(name) {
			return nil, fmt.Errorf("list %q: a list's name is of a-z, 0-9 and _", name)
		}
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading lists: %w", err)
		}
		t, err := Read(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("list %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// Read reads a table. Errors name lines, never values.
func Read(in io.Reader) (*Table, error) {
	c := csv.NewReader(in)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil || !slices.Contains(head, Key) {
		return nil, fmt.Errorf("a list begins with a line of names, %s among them", Key)
	}
	head = slices.Clone(head)
	t := New(head)
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		line, _ := c.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("line %d is no line of a CSV file with %d columns", line, len(head))
		}
		r := Row{Values: slices.Clone(row), Until: math.MaxInt64}
		for i, name := range head {
			at := &r.From
			switch name {
			case Until:
				at = &r.Until
			case From:
			default:
				continue
			}
			if row[i] == "" {
				continue
			}
			when, ok := Moment(row[i])
			if !ok {
				return nil, fmt.Errorf("line %d: %s is no time: write 2006-01-02 or 2006-01-02T15:04:05Z", line, name)
			}
			*at = when.UnixMilli()
		}
		t.Add(row[slices.Index(head, Key)], r)
	}
}

// Moment reads a day, at its beginning in UTC, or a time.
func Moment(s string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
