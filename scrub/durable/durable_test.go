package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var errFull = errors.New("no space left")

// TestWhole: a file is replaced as a whole or stays what it was, and nothing else is
// left beside it.
func TestWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.json")
	holds := func(want string, mode fs.FileMode) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("the file holds %q, %v; want %q", got, err, want)
		}
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != mode {
			t.Errorf("its mode is %v, %v", fi.Mode(), err)
		}
		if names, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(names) != 0 {
			t.Errorf("left beside it: %v, %v", names, err)
		}
	}
	if err := Create(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	holds("one", 0o600)
	if err := Create(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made over another: %v", err)
	}
	holds("one", 0o600)
	if err := Write(path, []byte("three"), 0o644); err != nil {
		t.Fatal(err)
	}
	holds("three", 0o644)
	err := Fill(path, 0o600, func(f *os.File) error {
		_, err := f.WriteString("fo")
		return errors.Join(err, errFull)
	})
	if !errors.Is(err, errFull) {
		t.Errorf("an error of what fills it is lost: %v", err)
	}
	holds("three", 0o644)
	if err := Write(filepath.Join(dir, "none", "x"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written into no folder: %v", err)
	}
}
