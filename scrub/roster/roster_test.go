package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const small = "first_name,last_name,mrn,phone,email,address\nJosephine,Featherstonehaugh,SECRETIVE48213977,(415) 555-0100,josephine@featherstone.example,\"123 Quarrystone Lane\"\n"

func TestTheFileHoldsNoValue(t *testing.T) {
	_, path := build(t, strings.NewReader(small), nil)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"josephine", "featherstone", "48213977", "4155550100", "quarrystone", "names", "patients"} {
		if bytes.Contains(bytes.ToLower(b), []byte(v)) {
			t.Errorf("%s stands in the file", v)
		}
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".roster*"))
	if len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestTwoFilesOfOneTableShareNothing(t *testing.T) {
	a, pa := build(t, strings.NewReader(small), nil)
	b, pb := build(t, strings.NewReader(small), nil)
	if a.Hash() == b.Hash() {
		t.Error("the same hash")
	}
	x, _ := os.ReadFile(pa)
	y, _ := os.ReadFile(pb)
	if bytes.Equal(x[headerSize:], y[headerSize:]) {
		t.Error("the same bytes")
	}
}

func TestOpenRefuses(t *testing.T) {
	_, path := build(t, strings.NewReader(small), nil)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Repeat([]byte{7}, keySize)
	if _, err := Open(path, other); !errors.Is(err, ErrKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(path+".none", testKey); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	change := func(what string, want error, f func(b []byte) []byte) {
		t.Helper()
		p := filepath.Join(t.TempDir(), "r")
		if err := os.WriteFile(p, f(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(p, testKey); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	for i := 0; i < len(good); i += 1 + i/7 {
		want := ErrDamaged
		switch {
		case i >= 8 && i < 12:
			want = ErrVersion
		case i >= 16 && i < 24:
			want = ErrKey
		}
		change(fmt.Sprint("byte ", i), want, func(b []byte) []byte { b[i] ^= 1; return b })
		change(fmt.Sprint("cut at ", i), ErrDamaged, func(b []byte) []byte { return b[:i] })
	}
	change("more", ErrDamaged, func(b []byte) []byte { return append(b, 0) })
}

// TestManyChunks: a body of several chunks is read back whole, and is refused when
// its chunks change places or the last ones are missing.
func TestManyChunks(t *testing.T) {
	var numbers strings.Builder
	numbers.WriteString("mrn\n")
	for i := range 700_000 {
		fmt.Fprintln(&numbers, 10_000_000+i*7)
	}
	_, path := build(t, strings.NewReader(numbers.String()), nil)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const sealed = chunkSize + tagSize
	if len(b) < headerSize+2*sealed {
		t.Fatalf("only %d bytes", len(b))
	}
	write := func(parts ...[]byte) error {
		p := filepath.Join(t.TempDir(), "r")
		if err := os.WriteFile(p, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(p, testKey)
		return err
	}
	head, one, two, rest := b[:headerSize], b[headerSize:headerSize+sealed], b[headerSize+sealed:headerSize+2*sealed], b[headerSize+2*sealed:]
	if err := write(head, one, two, rest); err != nil {
		t.Error(err)
	}
	if err := write(head, two, one, rest); !errors.Is(err, ErrDamaged) {
		t.Errorf("chunks changed places: %v", err)
	}
	if err := write(head, one, two); !errors.Is(err, ErrDamaged) {
		t.Errorf("the last chunk is missing: %v", err)
	}
}

func TestNobodyPrintsIt(t *testing.T) {
	r, _ := build(t, strings.NewReader(small), nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, r); got != "[roster]" {
			t.Errorf("%s prints %.100s", verb, got)
		}
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	ps := made(t, 11, 3000)
	r, _ := build(t, tableOf(ps), nil)
	s := NewScanner(r)
	p := &ps[0]
	texts := [][]byte{
		cleanText(4000), []byte("seen: " + p.last + ", " + p.first + " Q. and " + strings.ToUpper(p.first) + "_" + p.last),
		[]byte(p.mrn + " " + p.member + " " + p.phone + " " + p.email + " " + p.address), []byte("Zoë Müller-García, Mary Ann Q. De La Cruz"),
	}
	if n := testing.AllocsPerRun(50, func() {
		for _, b := range texts {
			s.Scan(b)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	f, err := Follow(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Current(); r != nil || err != nil {
		t.Fatalf("without a file: %v, %v", r, err)
	}
	now := time.Now()
	put := func(b []byte) (*Roster, error) {
		t.Helper()
		if err := os.WriteFile(path+".new", b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
		return f.look(now)
	}
	_, one := build(t, strings.NewReader(small), nil)
	b, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	first, err := put(b)
	if err != nil || first == nil {
		t.Fatal(err)
	}
	if again, err := f.look(now.Add(time.Minute)); again != first || err != nil {
		t.Errorf("an unchanged file was read again: %v", err)
	}
	if r, err := put(b[:100]); r != first || !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged file: %v, %v", r == first, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if r, err := f.look(now.Add(time.Hour)); r != first || err != nil {
		t.Errorf("a file that is gone: %v", err)
	}
	if r, err := put(b); r == first || err != nil {
		t.Errorf("a new file is not taken up: %v", err)
	}
}

func TestBuildStopsWhenTold(t *testing.T) {
	b, err := NewBuilder(t.TempDir(), testKey)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Read(ctx, newMaker(t, 5).made(30_000), nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
