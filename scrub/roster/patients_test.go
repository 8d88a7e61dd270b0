package roster

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// patients is how many the benchmarks make: 10000000 is the size promised for.
var patients = flag.Int("patients", 100_000, "patients of the benchmarks' roster")

var testKey = []byte("0123456789abcdef0123456789abcdef")

// patient is one row of a made-up table.
type patient struct {
	first, last, middle, mrn, member, phone, email, address string
}

// maker makes patients whose names are those of the recognizer's lists, ordinary
// English words among them, and names nobody has.
type maker struct {
	r             *rand.Rand
	given, family []string
}

func newMaker(t testing.TB, seed uint64) *maker {
	t.Helper()
	m := &maker{r: rand.New(rand.NewPCG(seed, 7))}
	for _, f := range []struct {
		name string
		into *[]string
	}{{"given", &m.given}, {"family", &m.family}} {
		b, err := os.ReadFile(filepath.Join("..", "recognizer", "words", f.name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		*f.into = strings.Fields(string(b))
	}
	m.given = append(m.given, "will", "mark", "grace", "max", "rose", "mary ann", "jean-luc", "josé", "zoë")
	m.family = append(m.family, "price", "page", "long", "young", "hope", "o'brien", "de la cruz", "van der berg", "smith-jones", "müller", "garcía lópez")
	return m
}

// syllables makes up one of n words.
func (m *maker) syllables(n int) string {
	m = &maker{r: rand.New(rand.NewPCG(uint64(m.r.IntN(n)), uint64(n)))}
	var b strings.Builder
	for range 2 + m.r.IntN(3) {
		b.WriteByte("bcdfghklmnprstvwz"[m.r.IntN(17)])
		b.WriteByte("aeiou"[m.r.IntN(5)])
		if m.r.IntN(3) == 0 {
			b.WriteByte("nrslmk"[m.r.IntN(6)])
		}
	}
	return b.String()
}

var streetNames = []string{"Oak", "Maple Ridge", "Martin Luther King", "Saint Johns", "5th", "Old Mill", "Sunset", "Washington", "Quarry", "Harbor Point"}
var streetKinds = []string{"Street", "Avenue", "Rd", "Blvd.", "Lane", "Drive", "Court", "Pkwy"}

func (m *maker) patient() patient {
	p := patient{first: m.given[m.r.IntN(len(m.given))], last: m.family[m.r.IntN(len(m.family))]}
	if m.r.IntN(3) == 0 {
		p.last = m.syllables(600_000)
	}
	if m.r.IntN(10) == 0 {
		p.first = m.syllables(200_000)
	}
	p.first, p.last = titled(p.first), titled(p.last)
	p.middle = titled(m.given[m.r.IntN(len(m.given))])
	p.mrn = fmt.Sprintf("%09d", 100_000_000+m.r.IntN(880_000_000))
	p.member = fmt.Sprintf("%c%c%c%09d", 'A'+m.r.IntN(26), 'A'+m.r.IntN(26), 'A'+m.r.IntN(26), m.r.IntN(1e9))
	if p.member[:3] == "MRN" { // that would be a label
		p.member = "MRX" + p.member[3:]
	}
	p.phone = fmt.Sprintf("(%d%02d) %d%02d-%04d", 2+m.r.IntN(8), 20+m.r.IntN(79), 2+m.r.IntN(8), 20+m.r.IntN(79), m.r.IntN(1e4))
	p.email = fmt.Sprintf("%s%d@mail%d.example", m.syllables(1e9), m.r.IntN(1e5), m.r.IntN(10))
	name := streetNames[m.r.IntN(len(streetNames))]
	if m.r.IntN(2) == 0 {
		name = titled(m.syllables(150_000))
	}
	p.address = fmt.Sprintf("%d %s%s %s", 10+m.r.IntN(9990), []string{"", "North ", "W. "}[m.r.IntN(3)], name, streetKinds[m.r.IntN(len(streetKinds))])
	return p
}

func titled(s string) string {
	w := []rune(s)
	for i := range w {
		if i == 0 || w[i-1] == ' ' || w[i-1] == '-' || w[i-1] == '\'' {
			w[i] = []rune(strings.ToUpper(string(w[i])))[0]
		}
	}
	return string(w)
}

const tableHeader = "first_name,last_name,middle,mrn,member_id,phone,email,address\n"

func (p *patient) row() string {
	return fmt.Sprintf("%s,%s,%s,%s,%s,%s,%s,%s\n", p.first, p.last, p.middle, p.mrn, p.member, p.phone, p.email, p.address)
}

// made reads as the table of n patients.
func (m *maker) made(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		var buf strings.Builder
		buf.WriteString(tableHeader)
		for i := range n {
			p := m.patient()
			buf.WriteString(p.row())
			if buf.Len() > 60_000 || i == n-1 {
				if _, err := io.WriteString(w, buf.String()); err != nil {
					return
				}
				buf.Reset()
			}
		}
		_ = w.Close()
	}()
	return r
}

// build makes a roster file of a table and opens it.
func build(t testing.TB, table io.Reader, columns Columns) (*Roster, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := NewBuilder(dir, testKey)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Read(context.Background(), table, columns, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "roster.bin")
	if err := b.Write(path); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}
