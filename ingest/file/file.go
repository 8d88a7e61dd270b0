// Package file is the input that reads files: paths, folders, patterns and the
// standard input.
//
// Folders are read in the order of their names, so that two runs over the same
// files give the same payloads in the same order. What a folder holds and is
// not read (hidden and temporary files, devices) is listed, as is what could not
// be read: nothing is left out in silence.
package file

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/layout"
)

// Scheme is the scheme of payloads from files.
const Scheme = "f"

// Reason says why a path gives no payload although nothing is wrong with it.
type Reason string

const (
	Hidden    Reason = "hidden"       // its name starts with a dot
	Temporary Reason = "temporary"    // its name ends in ~, .tmp or .part: somebody is still writing
	Special   Reason = "special"      // a device, socket or pipe in a folder
	Repeated  Reason = "already read" // reached before, by another path or a symbolic link (a loop, say)
)

// Skip is a path that was not read.
type Skip struct {
	Path   string
	Reason Reason
}

// Failure is a path that could not be read. Err holds no content of it.
type Failure struct {
	Path string
	Err  error
}

// Input reads the files that Paths name, each path as given:
//
//   - a file is read, whatever its name; so is a named pipe;
//   - a folder is read with all folders in it, but for hidden and temporary
//     names;
//   - a pattern (filepath.Match, and ** for any number of folders) stands for
//     what it matches; hidden names only if it spells the dot;
//   - "-" is the standard input.
//
// A file's identity is its absolute path, with symbolic links resolved, and the
// hash of its bytes: read again unchanged it is the same payload, under another
// name or with other bytes a new one. A stream (standard input, pipe) can not be
// hashed before it is read, so each run over one is a new payload: piping the
// same bytes twice stores them twice.
type Input struct {
	Paths []string
	Stdin io.Reader // os.Stdin if nil

	seen     map[string]bool // resolved paths of files and folders
	skipped  []Skip
	failures []Failure
	emit     func(context.Context, ingest.Payload) error
	// ready, if set, says whether a file is to be read now; streams are not then.
	ready func(path string, info fs.FileInfo) bool
}

var _ ingest.Input = (*Input)(nil)

// Run implements ingest.Input. What cannot be read does not end it: see Failures
// after it. It returns emit's error or the context's.
func (in *Input) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	in.seen = map[string]bool{}
	in.skipped, in.failures = nil, nil
	in.emit = emit
	for _, p := range in.Paths {
		if err := in.path(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Skipped lists what the last Run passed over, in the order it came to it.
func (in *Input) Skipped() []Skip { return in.skipped }

// Failures lists what the last Run could not read, in the order it came to it.
// Faults inside a payload are not among them: they come from the payload.
func (in *Input) Failures() []Failure { return in.failures }

func (in *Input) skip(path string, r Reason) { in.skipped = append(in.skipped, Skip{path, r}) }

// fail notes an error without the path that the os puts into it, as Path says it.
func (in *Input) fail(path, doing string, err error) {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	in.failures = append(in.failures, Failure{path, fmt.Errorf("%s: %w", doing, err)})
}

// path reads one of Paths.
func (in *Input) path(ctx context.Context, p string) error {
	if p == "-" && in.ready == nil {
		return in.stdin(ctx)
	}
	abs, err := filepath.Abs(p)
	if err != nil {
		in.fail(p, "resolving path", err)
		return ctx.Err()
	}
	_, err = os.Lstat(abs)
	if err != nil && isPattern(p) {
		return in.pattern(ctx, p, abs)
	}
	return in.visit(ctx, abs, true)
}

// visit reads a file or a folder; explicit tells that the user named it, so that
// only what it holds is subject to the rules for names.
func (in *Input) visit(ctx context.Context, abs string, explicit bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(abs)
	if err != nil {
		in.fail(abs, "opening file", err)
		return nil
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if err != nil {
		in.fail(abs, "resolving path", err)
		return nil
	}
	mode := info.Mode()
	switch {
	case mode.IsDir(), mode.IsRegular():
	case mode&fs.ModeNamedPipe != 0 && explicit && in.ready == nil:
		// a shell's <(command) is a pipe too, and may stand there twice
		return in.stream(ctx, abs, info.ModTime(), func(context.Context) (io.ReadCloser, error) { return openPipe(abs) })
	case explicit:
		in.fail(abs, "opening file", errors.New("neither a file, a folder nor a pipe"))
		return nil
	default:
		in.skip(abs, Special)
		return nil
	}
	if in.seen[resolved] {
		in.skip(abs, Repeated)
		return nil
	}
	in.seen[resolved] = true
	if mode.IsDir() {
		return in.folder(ctx, abs)
	}
	if in.ready != nil && !in.ready(abs, info) {
		return nil
	}
	return in.regular(ctx, abs, resolved)
}

func (in *Input) folder(ctx context.Context, abs string) error {
	entries, err := os.ReadDir(abs) // sorted, and what was read before an error
	if err != nil {
		in.fail(abs, "reading folder", err)
	}
	for _, e := range entries {
		path := filepath.Join(abs, e.Name())
		if r := unwanted(e.Name(), e.IsDir()); r != "" {
			in.skip(path, r)
			continue
		}
		if err := in.visit(ctx, path, false); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// regular hashes a file and emits it.
func (in *Input) regular(ctx context.Context, abs, resolved string) error {
	v, err := fingerprint(ctx, abs)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.fail(abs, "reading file", err)
		return nil
	}
	return in.emit(ctx, ingest.Payload{
		Origin:   origin(abs, v.info.ModTime()),
		Scheme:   Scheme,
		Identity: resolved + "\x00" + hex.EncodeToString(v.sum[:]),
		Size:     v.info.Size(),
		Open:     func(context.Context) (io.ReadCloser, error) { return v.open(abs) },
		Done:     func(error) {},
	})
}

func (in *Input) stdin(ctx context.Context) error {
	if in.seen["-"] {
		in.skip("-", Repeated)
		return ctx.Err()
	}
	in.seen["-"] = true
	r := in.Stdin
	if r == nil {
		r = os.Stdin
	}
	return in.stream(ctx, "-", time.Now().UTC(), func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil })
}

// errReadOnce is what a second Open of a stream gets.
var errReadOnce = errors.New("opening stream: it can be read only once")

// stream emits what can be read once and has no identity of its own.
func (in *Input) stream(ctx context.Context, name string, t time.Time, open func(context.Context) (io.ReadCloser, error)) error {
	var opened atomic.Bool
	return in.emit(ctx, ingest.Payload{
		Origin:   origin(name, t),
		Scheme:   Scheme,
		Identity: name + "\x00" + rand.Text(),
		Size:     -1,
		Once:     true,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			if opened.Swap(true) {
				return nil, errReadOnce
			}
			return open(ctx)
		},
		Done: func(error) {},
	})
}

func origin(path string, t time.Time) ingest.Origin {
	o := ingest.Origin{Name: path, Time: t}
	o.Account, o.Region, o.Service, _ = layout.Parse(filepath.ToSlash(path))
	return o
}
