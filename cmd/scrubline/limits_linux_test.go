package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// condition adds [mounts]: we may mount file systems.
func condition(cond string) (bool, error) {
	if cond != "mounts" {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	dir, err := os.MkdirTemp("", "scrubline-mount-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(dir) }()
	if unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m") != nil {
		return false, nil
	}
	return true, unix.Unmount(dir, 0)
}

// smalldisk DIR MIB: makes DIR a file system of that size.
func smallDisk(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]+"m"))
	ts.Defer(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

// filldisk FILE KIB: makes FILE as large as leaves KIB free on its disk.
func fillDisk(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	left, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	var fs unix.Statfs_t
	ts.Check(unix.Statfs(filepath.Dir(path), &fs))
	f, err := os.Create(path)
	ts.Check(err)
	defer func() { ts.Check(f.Close()) }()
	ts.Check(unix.Fallocate(int(f.Fd()), 0, 0, int64(fs.Bavail)*fs.Bsize-left<<10))
}
