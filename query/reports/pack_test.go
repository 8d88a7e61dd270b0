package reports

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makePack makes a pack of the week.
func makePack(t testing.TB, s *Service, req Request) ([]byte, *Manifest) {
	t.Helper()
	se, err := s.Open(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m, err := se.Pack(t.Context(), &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), m
}

// unpack reads the files of a pack.
func unpack(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestPackIsTheSameAgain: the same checkpoint and request give the same bytes, and
// rows that came in after the checkpoint change nothing.
func TestPackIsTheSameAgain(t *testing.T) {
	s, _ := newWeek(t)
	req := week()
	req.Patient = "MRN-104"
	first, m := makePack(t, s, req)
	second, _ := makePack(t, s, req)
	if !bytes.Equal(first, second) {
		a, b := unpack(t, first), unpack(t, second)
		for name := range a {
			if !bytes.Equal(a[name], b[name]) {
				t.Errorf("%s differs", name)
			}
		}
		t.Fatal("two packs of one checkpoint differ")
	}
	if dir := os.Getenv("SCRUBLINE_LOOK"); dir != "" { // to look at it
		for name, data := range unpack(t, first) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(m.Files) < 60 || len(m.Crosswalk) < 20 {
		t.Errorf("%d files, %d requirements", len(m.Files), len(m.Crosswalk))
	}
	if !slices.Contains(m.Gaps, "9 records of the period could not be decoded or scrubbed: R12.") {
		t.Errorf("known gaps: %q", m.Gaps)
	}
	if strings.Contains(string(unpack(t, first)[manifestFile]), "MRN-104") {
		t.Error("the manifest names the patient's number")
	}
}
