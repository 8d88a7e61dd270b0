package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object"
)

func pubkey(t testing.TB, data string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, PubFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func prove(t *testing.T, r *Reader, batch string, record uint64) []byte {
	t.Helper()
	p, err := r.Prove(context.Background(), batch, record)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every row of objects of one group of rows and of three is proved, and its proof
// is of that row.
func TestRowsAreProved(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	rows := whole(rand.New(rand.NewPCG(3, 3)), schemas.Events, "aa", 600)
	first := slice(rows, 0, 5)
	first.Final = false
	write(t, a, first)
	last := slice(rows, 5, 595)
	last.Final = true
	write(t, a, last)
	ctx := context.Background()
	log, err := NewReader(ctx, folder(t, data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Prove(ctx, last.Key(), 7); !errors.Is(err, ErrNotSealed) {
		t.Fatal("before it is sealed:", err)
	}
	closeArchive(t, a)
	for record := uint64(0); record < 600; record += 1 + record/9 {
		batch := rows.Key()
		if record >= 5 {
			batch = last.Key()
		}
		r := CheckProof(prove(t, log, batch, record), pubkey(t, data))
		if r.ExitCode() != 0 || r.Row.Record != record || !bytes.Equal(r.Row.native(), rows.Str(schemas.Native).At(int(record))) ||
			r.Row.Time != rows.Nums(schemas.EventTime)[record] || r.Leaf.Object.Key != batch+".parquet" {
			t.Fatalf("record %d: %+v", record, r)
		}
	}
	for _, c := range []struct {
		batch  string
		record uint64
	}{{last.Key(), 4}, {last.Key(), 600}, {"v1/f/nothing/000000000000", 0}, {"../x", 0}, {"log/claim/x", 0}} {
		if _, err := log.Prove(ctx, c.batch, c.record); !errors.Is(err, object.ErrNotExist) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Whatever byte of a proof is changed, it does not pass for another statement.
func TestChangedProofsAreRefused(t *testing.T) {
	t.Parallel()
	data, _, keys := sample(t)
	log, err := NewReader(context.Background(), folder(t, data))
	if err != nil {
		t.Fatal(err)
	}
	good := prove(t, log, strings.TrimSuffix(keys[2], ".parquet"), 25)
	want := CheckProof(good, pubkey(t, data))
	if want.Status != OK {
		t.Fatalf("%+v", want)
	}
	r := rand.New(rand.NewPCG(8, 8))
	for range 3000 {
		b := flip(good, r)
		got := CheckProof(b, pubkey(t, data))
		if got.Status != OK {
			continue
		}
		// A changed signature line of somebody else, or JSON that reads the same.
		x, err := json.Marshal(got)
		y, err2 := json.Marshal(want)
		if err != nil || err2 != nil || !bytes.Equal(x, y) {
			t.Fatalf("%s\npasses as %s", b, x)
		}
	}
	other := pubkey(t, tempArchive(t))
	if r := CheckProof(good, other); r.ExitCode() != 1 {
		t.Errorf("another archive's key: %+v", r)
	}
	if r := CheckProof(good, "x"); r.ExitCode() != 2 {
		t.Errorf("no key: %+v", r)
	}
	if r := CheckProof([]byte("{}"), other); r.ExitCode() != 2 {
		t.Errorf("no proof: %+v", r)
	}
}

func tempArchive(t *testing.T) string {
	t.Helper()
	data := tempDir(t)
	closeArchive(t, open(t, data))
	return data
}
