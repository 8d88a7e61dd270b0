package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/rs/zerolog"
	"github.com/xuri/excelize/v2"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

var end = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

type fixture struct {
	*Store
	dir string
	now time.Time
}

func open(t *testing.T) *fixture {
	t.Helper()
	db := querytest.Open(t)
	querytest.Week(t, db, end)
	querytest.Insert(t, db, schemas.Events, "evil", []querytest.Row{{Time: end, Source: "app", Text: map[schemas.Column]string{
		schemas.ActorName: `=HYPERLINK("http://x","y")`, schemas.Action: "evil", schemas.Native: "a\nb" + strings.Repeat("é", 40_000),
	}}})
	f := &fixture{dir: t.TempDir(), now: end}
	var err error
	f.Store, err = Open(Options{Dir: f.dir, Service: query.New(db.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}}),
		Tokens: querytest.Tokens{}, Log: zerolog.Nop(), Now: func() time.Time { return f.now }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// asker is a context in which an analyst asks.
func asker(t *testing.T) context.Context {
	return identity.With(t.Context(), identity.Principal{Subject: "tester", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant}})
}

func parse(t *testing.T, text string) *query.Query {
	t.Helper()
	q, err := query.Parse(text, end, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// export runs one export to its end and returns its file.
func (f *fixture) export(t *testing.T, text, format string, columns ...string) (Manifest, []byte) {
	t.Helper()
	m, err := f.Start(asker(t), parse(t, text), format, columns)
	if err != nil {
		t.Fatal(err)
	}
	f.work(t.Context(), <-f.queue)
	m, r, err := f.File(m.ID)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != m.SHA256 || uint64(len(b)) != m.Bytes {
		t.Errorf("%s: the manifest's hash or size is not the file's", format)
	}
	return m, b
}

// readers turn files back into rows of cells, of the columns that the test asks for.
var readers = map[string]func([]byte) ([][]string, error){
	"csv": func(b []byte) ([][]string, error) { return csv.NewReader(bytes.NewReader(b)).ReadAll() },
	"xlsx": func(b []byte) ([][]string, error) {
		f, err := excelize.OpenReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		rows, err := f.GetRows("events")
		for i := range rows {
			for len(rows[i]) < len(rows[0]) {
				rows[i] = append(rows[i], "") // empty cells at the end are left out
			}
		}
		return rows, errors.Join(err, f.Close())
	},
	"ndjson": func(b []byte) ([][]string, error) {
		rows := [][]string{{"table", "event_time", "source", "actor_name", "batch", "record_no"}}
		for line := range strings.Lines(string(b)) {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				return nil, err
			}
			var row []string
			for _, name := range rows[0] {
				if v[name] == nil {
					v[name] = ""
				}
				row = append(row, fmt.Sprint(v[name]))
			}
			rows = append(rows, row)
		}
		return rows, nil
	},
	"parquet": func(b []byte) ([][]string, error) {
		r, err := file.NewParquetReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		pr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			return nil, err
		}
		table, err := pr.ReadTable(context.Background())
		if err != nil {
			return nil, err
		}
		defer table.Release()
		rows := make([][]string, table.NumRows()+1)
		for i, f := range table.Schema().Fields() {
			rows[0] = append(rows[0], f.Name)
			n := 1
			for _, chunk := range table.Column(i).Data().Chunks() {
				for j := range chunk.Len() {
					v := ""
					if ts, ok := chunk.(*array.Timestamp); ok && chunk.IsValid(j) {
						v = time.UnixMilli(int64(ts.Value(j))).UTC().Format(query.TimeLayout)
					} else if chunk.IsValid(j) {
						v = chunk.ValueStr(j)
					}
					rows[n] = append(rows[n], v)
					n++
				}
			}
		}
		return rows, nil
	},
}

func TestFormatsHoldTheSameRows(t *testing.T) {
	f := open(t)
	var first [][]string
	for _, format := range []string{"csv", "ndjson", "parquet", "xlsx"} {
		m, b := f.export(t, "source:*", format, "event_time", "source", "actor_name", "batch", "record_no")
		rows, err := readers[format](b)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if m.Rows != 2001 || len(rows) != 2002 {
			t.Errorf("%s: manifest %d rows, file %d", format, m.Rows, len(rows)-1)
		}
		if format == "csv" { // the only one whose cells could be run
			for _, r := range rows {
				if r[1] == end.Format(query.TimeLayout) && r[3] != `'=HYPERLINK("http://x","y")` {
					t.Errorf("the formula is %q", r[3])
				}
				r[3] = strings.TrimPrefix(r[3], "'")
			}
			first = rows
		}
		if !slices.EqualFunc(rows, first, slices.Equal) {
			for i := range rows {
				if !slices.Equal(rows[i], first[i]) {
					t.Errorf("%s: row %d is %q, of csv %q", format, i, rows[i], first[i])
					break
				}
			}
		}
	}
}

func TestAllColumnsCanBeExported(t *testing.T) {
	f := open(t)
	for format := range formats {
		m, b := f.export(t, "source:*", format)
		if m.Rows != 2001 || len(b) < 2001*20 {
			t.Errorf("%s: %d rows, %d bytes", format, m.Rows, len(b))
		}
	}
}

func TestRequestsAreChecked(t *testing.T) {
	f := open(t)
	for _, columns := range [][]string{{"nothing"}, {"native", "native"}, {"packets"}, {"present"}} {
		if _, err := f.Start(asker(t), parse(t, ""), "csv", columns); !errors.Is(err, ErrColumns) {
			t.Errorf("%q: %v", columns, err)
		}
	}
	if _, err := f.Start(asker(t), parse(t, ""), "docx", nil); !errors.Is(err, ErrFormat) {
		t.Errorf("docx: %v", err)
	}
	for range maxWaiting {
		if _, err := f.Start(asker(t), parse(t, ""), "csv", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Start(asker(t), parse(t, ""), "csv", nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
}

func TestNothingTypedIsKept(t *testing.T) {
	f := open(t)
	if _, err := f.Start(asker(t), parse(t, `patient:MRN-103 "John Smith"`), "csv", nil); err != nil {
		t.Fatal(err)
	}
	f.work(t.Context(), <-f.queue)
	files, err := filepath.Glob(filepath.Join(f.dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("MRN-103")) || bytes.Contains(b, []byte("Smith")) {
			t.Errorf("%s holds what was typed", path)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, st.Mode(), err)
		}
	}
}

func TestCancelledAndExpiredExportsLeaveNothing(t *testing.T) {
	f := open(t)
	waits, err := f.Start(asker(t), parse(t, ""), "csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.File(waits.ID); !errors.Is(err, ErrNotDone) {
		t.Errorf("file of one that waits: %v", err)
	}
	if err := f.Cancel(waits.ID); err != nil {
		t.Fatal(err)
	}
	f.work(t.Context(), <-f.queue)
	if m, _ := f.Find(waits.ID); m.State != Cancelled || m.Rows != 0 {
		t.Errorf("%+v", m)
	}
	running, err := f.Start(asker(t), parse(t, ""), "csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	j := <-f.queue
	j.cancel()
	f.work(t.Context(), j)
	if m, _ := f.Find(running.ID); m.State != Cancelled {
		t.Errorf("%+v", m)
	}
	done, _ := f.export(t, "", "csv")
	f.now = f.now.Add(f.opt.Keep + time.Second)
	f.sweep()
	if len(f.List()) != 0 {
		t.Errorf("%d exports are left", len(f.List()))
	}
	if _, _, err := f.File(done.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("an expired export: %v", err)
	}
	if left, _ := os.ReadDir(f.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAFolderIsOpenedAgain(t *testing.T) {
	f := open(t)
	done, b := f.export(t, "source:app", "ndjson")
	waits, err := f.Start(asker(t), parse(t, ""), "csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.dir, waits.ID+".data"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(f.opt)
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := again.Find(waits.ID); m.State != Interrupted {
		t.Errorf("%+v", m)
	}
	if _, err := os.Stat(filepath.Join(f.dir, waits.ID+".data")); err == nil {
		t.Error("half a file is left")
	}
	_, r, err := again.File(done.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if same, _ := io.ReadAll(r); !bytes.Equal(same, b) {
		t.Error("the file is another")
	}
}
