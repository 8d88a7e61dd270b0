package local

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/store/archive/object"
)

// A full disk is named, leaves nothing behind, and the store goes on when there
// is room again.
func TestDiskFull(t *testing.T) {
	root := t.TempDir()
	if err := unix.Mount("tmpfs", root, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("mounting a small file system needs root:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("x"), 600<<10)
	if err := s.Put(context.Background(), "v1/a", data); err != nil {
		t.Fatal(err)
	}
	err = s.Put(context.Background(), "v1/b", data)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "v1/b") {
		t.Fatal(err)
	}
	if _, err := s.Head(context.Background(), "v1/b"); !errors.Is(err, object.ErrNotExist) {
		t.Fatal("half an object:", err)
	}
	if left := temps(t, root); len(left) != 0 {
		t.Fatal(left)
	}
	if err := s.Put(context.Background(), "v1/b", data[:1000]); err != nil {
		t.Fatal(err)
	}
}

// Where the flag may be set, the object can not be removed until it is taken
// off; where it may not, storing works all the same.
func TestImmutable(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, Options{Immutable: true})
	if err == nil {
		err = s.Put(context.Background(), "v1/a", []byte("x"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if left := temps(t, root); len(left) != 0 {
		t.Fatal(left)
	}
	name := filepath.Join(root, "v1/a")
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) // after the one that takes the flag off
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil || flags&immutableFlag == 0 {
		t.Skip("this file system or user can not set the flag")
	}
	t.Cleanup(func() {
		if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags&^immutableFlag); err != nil {
			t.Error(err)
		}
	})
	if err := os.Remove(name); err == nil {
		t.Error("an immutable object was removed")
	}
}
