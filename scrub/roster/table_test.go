package roster

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, table io.Reader, columns Columns) (*Builder, error) {
	t.Helper()
	b, err := NewBuilder(t.TempDir(), testKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, b.Read(t.Context(), table, columns, nil)
}

func TestTables(t *testing.T) {
	f := func(what, table string, columns Columns, finds ...string) {
		t.Helper()
		r, _ := build(t, strings.NewReader(table), columns)
		s := NewScanner(r)
		for _, v := range finds {
			if len(s.Scan([]byte("patient "+v+" seen"))) == 0 {
				t.Errorf("%s: %q is not found", what, v)
			}
		}
	}
	f("commas", "First Name,Last Name,MRN\nAda,Byron,4821\n", nil, "ada byron", "4821")
	f("semicolons", "first_name;last_name\nAda;Byron\n", nil, "byron, ada")
	f("tabs", "first\tlast\nAda\tByron\n", nil, "ADA_BYRON")
	f("byte order mark", "\xef\xbb\xbfmrn\n48213977\n", nil, "48213977")
	f("Windows line ends", "mrn,phone\r\n48213977,4155550100\r\n", nil, "48213977", "415-555-0100")
	f("Latin-1", "first_name,last_name\nJos\xe9,Mu\xf1oz\n", nil, "José Muñoz", "jose munoz")
	f("quoted line ends", "full name,address\n\"Byron, Ada\",\"12 Oak Street\nSpringfield\"\n", nil, "Ada Byron", "12 Oak St")
	f("full names", "patient_name\nAda Augusta Byron\nDe La Cruz^Ana\nLudwig van der Rohe\n", nil, "Byron Ada", "ana de la cruz", "van der rohe, ludwig")
	f("named columns", "a,b,c\nAda,Byron,48213977\n", Columns{"a": FirstName, "b": LastName, "c": MRN}, "ada byron", "48213977")
	f("two of a kind", "home_phone,cell phone\n4155550100,4155550101\n", nil, "4155550100", "4155550101")
	f("titles", "first,last\nDr. Ada,Byron Jr.\n", nil, "ada byron")
}

// TestTableErrors: each names the line, and none a value.
func TestTableErrors(t *testing.T) {
	f := func(table string, columns Columns, want string) {
		t.Helper()
		_, err := read(t, strings.NewReader(table), columns)
		if !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Byron") {
			t.Errorf("%.30q: %v", table, err)
		}
	}
	f("", nil, "empty")
	f("x,y\nAda,Byron\n", nil, "line 1 names no column")
	f("mrn\n48213977\n", Columns{"MRN no": MRN}, `no column "MRN no"`)
	f("first,last\nAda,Byron\nAda,Byron,x\n", nil, "line 3 has more or fewer fields")
	f("first,last\nAda,\"Byron\nAda,Byron", nil, "line 2 has a quotation mark")
	f("first,last\nAda,By\"ron\n", nil, "line 2 has a quotation mark inside")
	f("\xff\xfem\x00r\x00n\x00", nil, "UTF-16")
	f("mrn,last\n\"Byron", nil, "line 2 has a quotation mark that is not closed")
	f("first,last\nAda,\""+strings.Repeat("Byron\n", 400_000), nil, "longer than 1 MiB")
}

// TestUnusable: what no entry can be made of is counted, not taken for one.
func TestUnusable(t *testing.T) {
	r, _ := build(t, strings.NewReader("first,last,mrn,phone,email,address\nUnknown,Byron,00000000,555,none,PO Box 3\nAda,,12,0000000000,,\n"), nil)
	i := r.Info()
	for k, want := range map[string]uint64{"last_name": 2, "mrn": 2, "phone": 2, "email": 1, "address": 1} {
		if i.Unusable[k] != want {
			t.Errorf("%s: %d, want %d", k, i.Unusable[k], want)
		}
	}
	if len(i.Distinct) != 0 || i.Patients != 2 || i.Entries["mrn"] != 2 {
		t.Errorf("%+v", i)
	}
}

func TestKindOf(t *testing.T) {
	f := func(name string, want Kind) {
		t.Helper()
		if got := KindOf(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	f("First Name", FirstName)
	f("PatientLastName", LastName)
	f("patient_id", PatientID)
	f("id", None)
	f("phone_2", Phone)
	f("Date of Birth", BirthDate)
	f("MEMBER-ID", MemberID)
	f("colour", None)
	for _, n := range KindNames() {
		if k, ok := KindByName(n); !ok || k.String() != n {
			t.Errorf("%s is %v", n, k)
		}
	}
	if _, ok := KindByName("colour"); ok || slices.Contains(KindNames(), "") {
		t.Error("there is a kind colour")
	}
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{"mrn\n1\n", "first,last\nAda,\"Byron\n", "\xef\xbb\xbfname;phone\n\"a\nb\";1\n", "\xff\xfe", "address\n1 N N N St St St\n", "last,first\n\xe9\xcc\x81,\xe2\x80\x99\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		b, err := read(t, strings.NewReader(string(table)), Columns{})
		if err != nil {
			if !errors.Is(err, ErrTable) {
				t.Fatal(err)
			}
			return
		}
		path := t.TempDir() + "/r"
		if err := b.Write(path); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		check(t, NewScanner(r), table)
	})
}

// check scans b and says what must hold whatever it is.
func check(t *testing.T, s *Scanner, b []byte) {
	t.Helper()
	for _, h := range s.Scan(b) {
		if h.From < 0 || h.From >= h.To || h.To > len(b) || h.Kind == 0 {
			t.Fatalf("hit %v in %d bytes", h, len(b))
		}
	}
}

func FuzzScan(f *testing.F) {
	ps := made(f, 11, 300)
	r, _ := build(f, tableOf(ps), nil)
	s := NewScanner(r)
	p := &ps[0]
	for _, v := range []string{p.row(), p.last + "^" + p.first + "^Q", "1-2-3-4-5-6-7-8-9", "00000000000000000000000000000000", "\xe2\x80\x99\xe2\xcc\x81", "@", "a@b", "12 N N N", "(((", "MRN-", "mrn0"} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, b []byte) { check(t, s, b) })
}

// FuzzBody: a body is authenticated before it is parsed, and still nothing in it
// is believed.
func FuzzBody(f *testing.F) {
	ps := made(f, 11, 30)
	r, _ := build(f, tableOf(ps), nil)
	f.Add(slices.Clone(r.s.mem.b))
	f.Add([]byte(`{"sections":[{},{},{},{},{}]}` + "\x1d\x00\x00\x00\x00\x00\x00\x00"))
	text := []byte(ps[0].row())
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parseBody(body)
		if err != nil {
			return
		}
		s.hash, s.mac = r.s.hash, r.s.mac
		check(t, NewScanner(&Roster{s}), text)
	})
}
