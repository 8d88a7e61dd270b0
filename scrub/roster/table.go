package roster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// recordMax bounds a row of the table: a quotation mark that is never closed must
// not read a file of gigabytes into memory.
const recordMax = 1 << 20

// ErrTable is wrapped by errors about what the table holds. They name lines and
// columns, never a value.
var ErrTable = errors.New("reading the table of patients")

// Columns maps names of columns to what they hold, besides those that are known
// by their names: see KindOf.
type Columns map[string]Kind

// Read adds the patients of a table: comma, semicolon or tab separated, quoted as
// RFC 4180 says, its first row naming the columns, UTF-8 (a byte order mark may
// stand before it) or Latin-1. progress, if set, is told how many rows were read
// now and then. The errors of the table wrap ErrTable.
func (b *Builder) Read(ctx context.Context, r io.Reader, columns Columns, progress func(rows uint64)) error {
	guard := &rowGuard{r: r, left: recordMax}
	br := bufio.NewReaderSize(guard, 64<<10)
	head, err := br.Peek(4 << 10)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return reading(err)
	}
	if len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) || bytes.IndexByte(head, 0) >= 0 {
		return fmt.Errorf("%w: it is UTF-16 or no text: save it as UTF-8", ErrTable)
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = br.Discard(3)
		head = head[3:]
	}
	c := csv.NewReader(br)
	c.Comma, c.ReuseRecord, c.LazyQuotes = separator(head), true, false
	row, err := c.Read()
	if err == io.EOF {
		return fmt.Errorf("%w: it is empty", ErrTable)
	}
	if err != nil {
		return inTable(err)
	}
	kinds, err := columns.match(row)
	if err != nil {
		return err
	}
	values := make([]Value, 0, len(kinds))
	for rows := uint64(1); ; rows++ {
		guard.left = recordMax
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return inTable(err)
		}
		values = values[:0]
		for i, cell := range row {
			if kinds[i] != None {
				values = append(values, Value{kinds[i], []byte(strings.TrimSpace(cell))})
			}
		}
		if err := b.Add(values); err != nil {
			return err
		}
		if rows%10000 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if progress != nil {
				progress(rows)
			}
		}
	}
}

// rowGuard ends the reading of a row that is too long.
type rowGuard struct {
	r    io.Reader
	left int
}

var errLong = errors.New("a row is longer than 1 MiB: a quotation mark may not be closed")

func (g *rowGuard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLong
	}
	n, err := g.r.Read(b)
	g.left -= n
	return n, err
}

func reading(err error) error { return fmt.Errorf("reading the table of patients: %w", err) }

// inTable says where the table is wrong. The csv package's errors hold no values.
func inTable(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		if errors.Is(err, errLong) {
			return fmt.Errorf("%w: %w", ErrTable, errLong)
		}
		return reading(err)
	}
	why := "is not valid CSV"
	switch {
	case errors.Is(p.Err, csv.ErrFieldCount):
		why = "has more or fewer fields than the first"
	case errors.Is(p.Err, csv.ErrBareQuote):
		why = "has a quotation mark inside a field that is not quoted"
	case errors.Is(p.Err, csv.ErrQuote):
		why = "has a quotation mark that is not closed, or text behind the closing one"
	}
	return fmt.Errorf("%w: line %d %s", ErrTable, p.StartLine, why)
}

// separator is what the first line has most of.
func separator(head []byte) rune {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	best := ','
	for _, c := range ";\t|" {
		if bytes.Count(head, []byte(string(c))) > bytes.Count(head, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// match says what each column holds.
func (c Columns) match(header []string) ([]Kind, error) {
	kinds := make([]Kind, len(header))
	used := map[string]bool{}
	found := false
	for i, name := range header {
		name = strings.TrimSpace(name)
		k, ok := c[name]
		if ok {
			used[name] = true
		} else {
			k = KindOf(name)
		}
		kinds[i] = k
		found = found || k != None && k != BirthDate
	}
	for name := range c {
		if !used[name] {
			return nil, fmt.Errorf("%w: its first row has no column %q", ErrTable, name)
		}
	}
	if !found {
		return nil, fmt.Errorf("%w: line 1 names no column that is known (first_name, last_name, mrn, …): say what they hold with --column NAME=KIND", ErrTable)
	}
	return kinds, nil
}

// KindOf tells from a column's name what it holds: Last Name, PatientMRN,
// phone_2. None if the name tells nothing.
func KindOf(name string) Kind {
	var w []byte
	for _, c := range []byte(name) {
		if letter(c) {
			w = append(w, c|0x20)
		}
	}
	n := strings.TrimPrefix(strings.TrimPrefix(string(w), "patient"), "pat")
	switch n {
	case "firstname", "first", "given", "givenname", "forename", "fname", "preferredname", "nickname":
		return FirstName
	case "lastname", "last", "family", "familyname", "surname", "lname", "maidenname", "previouslastname":
		return LastName
	case "middle", "middlename", "mname", "middleinitial", "mi":
		return Middle
	case "fullname", "name", "displayname":
		return FullName
	case "mrn", "medicalrecordnumber", "medicalrecord", "medrec", "chartnumber", "chartno", "empi", "recordnumber":
		return MRN
	case "memberid", "member", "membernumber", "subscriberid", "insuranceid", "policynumber", "healthplanid", "planid", "mbi", "medicareid", "medicaidid", "beneficiaryid":
		return MemberID
	case "account", "accountnumber", "accountno", "acct", "acctno", "billingaccount":
		return Account
	case "ssn", "socialsecuritynumber", "socialsecurity":
		return SSN
	case "id", "identifier", "number":
		if n != string(w) { // patient_id, not any id
			return PatientID
		}
	case "phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone", "cell", "cellphone", "homephone", "workphone", "phonehome", "phonework", "phonemobile", "fax":
		return Phone
	case "email", "emailaddress", "mail":
		return Email
	case "address", "addressline", "street", "streetaddress", "homeaddress", "mailingaddress", "addr":
		return Address
	case "birthdate", "dateofbirth", "dob", "birthday":
		return BirthDate
	}
	return None
}
