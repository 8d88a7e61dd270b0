package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
)

func TestSuite(t *testing.T) {
	objecttest.Run(t, func(t *testing.T) object.Store {
		s, err := Open(filepath.Join(t.TempDir(), "new", "archive"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestObjectsAreReadOnly(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, Options{})
	if err == nil {
		err = s.Put(context.Background(), "v1/a", []byte("x"))
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(root, "v1/a"))
	if err != nil || info.Mode().Perm() != 0o444 {
		t.Fatal(info.Mode(), err)
	}
}

func temps(t *testing.T, root string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, Temp))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// A dead writer's file goes, a living one's stays.
func TestOpenRemovesLeftovers(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, Temp, "dead"), []byte("half an obj"), 0o600); err != nil {
		t.Fatal(err)
	}
	living, err := s.temp()
	if err != nil {
		t.Fatal(err)
	}
	defer living.Close()
	if _, err := Open(root, Options{}); err != nil {
		t.Fatal(err)
	}
	if left := temps(t, root); len(left) != 1 || left[0].Name() != filepath.Base(living.Name()) {
		t.Fatal(left)
	}
}

func TestPutLeavesNoTemporaryFile(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{nil, object.ErrExists} {
		if err := s.Put(context.Background(), "v1/a", []byte("x")); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	if left := temps(t, root); len(left) != 0 {
		t.Fatal(left)
	}
}
