// Package durable puts files in place so that whatever ends the process or the power,
// the old file or the new one is there, whole. A name is durable only when its folder
// is synced too (fsync(2)).
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Sync makes the names in a folder durable: of files made, renamed or removed there.
func Sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Write puts data in the place of the file at path, which need not exist.
func Write(path string, data []byte, mode fs.FileMode) error {
	return Fill(path, mode, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// Fill is Write of what fill writes to the file, which is not yet at path. Its error
// comes back as it is, and leaves what was there.
func Fill(path string, mode fs.FileMode, fill func(f *os.File) error) error {
	return place(path, mode, fill, os.Rename)
}

// Create is Write of a file that must not exist: if it does, the error is fs.ErrExist.
func Create(path string, data []byte, mode fs.FileMode) error {
	return place(path, mode, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	}, func(temp, path string) error {
		return errors.Join(os.Link(temp, path), os.Remove(temp))
	})
}

// place fills a new file beside path, whose name starts with a dot, and moves it there.
func place(path string, mode fs.FileMode, fill func(f *os.File) error, move func(temp, path string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = move(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return Sync(dir)
}
