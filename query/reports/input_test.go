package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/querytest"
)

func TestInput(t *testing.T) {
	in, err := ReadInput("ehr", strings.NewReader("\ufeffUser, Patient ,note\ndr.patel,MRN-104,secret words\n"), querytest.Tokens{}, time.UTC)
	if err != nil || in.Rows != 1 || len(in.Ignored) != 1 || len(in.SHA256) != 64 {
		t.Fatalf("%+v %v", in, err)
	}
	if list := in.rows[0][1].([]string); len(list) != 1 || list[0] != querytest.Token("patient", "MRN-104") {
		t.Errorf("the patient is %v", list)
	}
	f := func(name, text, want string) {
		t.Helper()
		_, err := ReadInput(name, strings.NewReader(text), querytest.Tokens{}, time.UTC)
		if wrong, ok := errors.AsType[*InputError](err); !ok || wrong.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	f("hr", "", "hr, line 1: this is no CSV")
	f("hr", "name\nx\n", "hr, line 1, column user: this column is missing")
	f("hr", "user,terminated_at\na,2026-03-01\nb,soon\n", "hr, line 3, column terminated_at: this is no time: write 2026-03-02T15:04:05Z, 2026-03-02 15:04 or 2026-03-02")
	f("hr", "user\na\nA\n", "hr, line 3, column user: this value stands twice")
	f("hr", "user\n\"\"\n", "hr, line 2, column user: it is empty")
	f("hr", "user\n\"a\n", "hr, line 2: this is no CSV")
	f("reviews", "review_id,sample\n1,12x\n", "reviews, line 2, column sample: this is no number")
	f("payroll", "user\na\n", "payroll: there is no input of this name")
	if _, err := ReadInput("ehr", strings.NewReader("user,patient\na,MRN-1\n"), nil, time.UTC); err == nil || strings.Contains(err.Error(), "MRN-1") {
		t.Errorf("without a key: %v", err)
	}
}

// FuzzInput: whatever the bytes, an answer or an error without a word of them, and
// no patient's number in a row.
func FuzzInput(f *testing.F) {
	f.Add("user,patient,relation\na,MRN-9876543,care team\n")
	f.Add("user,patient\n\"a\"\"b\",MRN-9876543\n\xff,\x00")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := ReadInput("ehr", strings.NewReader(text), querytest.Tokens{}, time.UTC)
		if err != nil {
			if wrong, ok := errors.AsType[*InputError](err); !ok || strings.Contains(wrong.Error(), "MRN-9876543") {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(in.rows) != in.Rows {
			t.Fatalf("%d rows kept of %d", len(in.rows), in.Rows)
		}
		for _, row := range in.rows {
			for _, token := range row[1].([]string) {
				if !strings.HasPrefix(token, "t1.") {
					t.Fatalf("patient %q is no token", token)
				}
			}
		}
	})
}

// TestFormulas: no text that a spreadsheet would run leaves as it came, numbers do.
func TestFormulas(t *testing.T) {
	d := &Definition{Columns: []Column{{Name: "a", Type: Text}, {Name: "b", Type: List}, {Name: "n", Type: Int}}}
	var out bytes.Buffer
	s, err := newCSV(&out, d, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd"} {
		if err := s.row([]cell{{text: text}, {list: []string{text, "x"}}, {num: -5}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.close(nil); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[0][0] != '\'' || row[1][0] != '\'' || row[2] != "-5" {
			t.Errorf("%q", row)
		}
	}
}
