package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
)

// ErrChanged says that a file is not what it was when its payload was named.
// The identity would be a lie for what was read, so nothing of it may count as
// finished: once the writer is done the file is a payload of its own.
var ErrChanged = errors.New("file changed while it was read")

// version is a file as it was when it was hashed.
type version struct {
	info fs.FileInfo
	sum  [sha256.Size]byte
}

// fingerprint hashes the file's bytes.
func fingerprint(ctx context.Context, path string) (version, error) {
	f, err := os.Open(path)
	if err != nil {
		return version{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return version{}, err
	}
	h := sha256.New()
	n, err := io.Copy(h, &interruptible{ctx, f})
	if err != nil {
		return version{}, err
	}
	v := version{info: info}
	h.Sum(v.sum[:0])
	if now, err := f.Stat(); err != nil || n != info.Size() || !same(now, info) {
		return version{}, errors.Join(ErrChanged, err)
	}
	return v, nil
}

// interruptible ends a long read with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}

// same tells whether two looks at a path saw the same file, unwritten between.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// Reader reads a file and proves at its end that the bytes were those of its
// identity. It also gives random access (Parquet files are read from their end):
// then a change shows in the file's time and size only, which Unchanged tells.
type Reader struct {
	f    *os.File
	v    version
	h    hash.Hash
	done bool
}

func (v version) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening file: %w", err)
	}
	r := &Reader{f: f, v: v, h: sha256.New()}
	if err := r.Unchanged(); err != nil {
		_ = f.Close() // read only: nothing can be lost
		return nil, err
	}
	return r, nil
}

// Read implements io.Reader. In place of io.EOF it returns ErrChanged if the
// bytes read are not those that were hashed.
func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.f.Read(p)
	r.h.Write(p[:n])
	if err == io.EOF && !r.done {
		var sum [sha256.Size]byte
		if !bytes.Equal(r.h.Sum(sum[:0]), r.v.sum[:]) {
			return n, ErrChanged
		}
		r.done = true
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) { return r.f.ReadAt(p, off) }

// Unchanged returns ErrChanged if the open file was replaced or written to since
// it was hashed.
func (r *Reader) Unchanged() error {
	info, err := r.f.Stat()
	if err != nil {
		return fmt.Errorf("looking at file: %w", err)
	}
	if !same(info, r.v.info) {
		return ErrChanged
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.f.Close() }

func openPipe(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening pipe: %w", err)
	}
	return f, nil
}
