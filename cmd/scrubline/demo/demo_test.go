package demo

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func tree(t *testing.T, dir string) (sum [32]byte, files int) {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		_, _ = h.Write([]byte(rel))
		_, _ = h.Write(b)
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(h.Sum(nil)), files
}

// TestSameSeedSameBytes: what is in the demo can be asserted.
func TestSameSeedSameBytes(t *testing.T) {
	a, b, c := t.TempDir(), t.TempDir(), t.TempDir()
	facts, err := Write(a, 9, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(b, 9, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(c, 10, 2); err != nil {
		t.Fatal(err)
	}
	sa, n := tree(t, a)
	sb, _ := tree(t, b)
	sc, _ := tree(t, c)
	if sa != sb || sa == sc {
		t.Error("the seed does not decide the bytes")
	}
	if n != facts.Files || n != 10 {
		t.Errorf("%d files, facts say %d", n, facts.Files)
	}
	for _, kind := range []string{"us_ssn", "mrn", "email", "session_id", "us_mbi", "payment_card", "person_name", "birth_date"} {
		if facts.Planted[kind] == 0 {
			t.Errorf("no %s planted", kind)
		}
	}
}

func TestCorpusHasItsSize(t *testing.T) {
	for _, f := range []string{"alb", "cloudtrail", "vpcflow", "waf", "app"} {
		if log, n := Corpus(f, 1<<20, 1); len(log) < 1<<20 || n == 0 {
			t.Errorf("%s: %d bytes, %d records", f, len(log), n)
		}
	}
	if log, _ := Corpus("nosuch", 1, 1); log != nil {
		t.Error("a format that is none")
	}
}

// TestIncident: one clerk, a hundred patients within an hour of the night, an export;
// and no random number is drawn, so that the rest of the week stays what it was.
func TestIncident(t *testing.T) {
	h, other := newHospital(3), newHospital(3)
	opened, exports := map[string]bool{}, 0
	incident(h, func(at time.Time, action string, p *patient, _ string) {
		if at.Hour() != 1 || at.YearDay() != Start.YearDay()+incidentDay {
			t.Errorf("%s at %s", action, at)
		}
		if action == "read" {
			opened[p.mrn] = true
		} else {
			exports++
		}
	})
	if len(opened) < 100 || exports != 1 {
		t.Errorf("%d patients, %d exports", len(opened), exports)
	}
	if h.r.Uint64() != other.r.Uint64() {
		t.Error("it draws random numbers")
	}
	f := Facts{Planted: map[string]int{}}
	_, day := portal(newHospital(3), incidentDay, &f)
	if n := bytes.Count(day, []byte(Clerk)); n != incidentCharts+1 || bytes.Count(day, []byte("\n")) != f.Records {
		t.Errorf("%d lines of the clerk, %d records said", n, f.Records)
	}
}
