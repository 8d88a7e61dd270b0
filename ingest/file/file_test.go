package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// tree makes a folder with these files; names that end in / are folders. It
// returns its path, with symbolic links resolved.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// run reads paths and returns one line a payload, skip and failure, with paths
// relative to root.
func run(t *testing.T, root string, paths ...string) []string {
	t.Helper()
	in := &Input{Paths: paths}
	var got []string
	err := in.Run(t.Context(), func(ctx context.Context, p ingest.Payload) error {
		text, err := read(ctx, p)
		if err != nil {
			t.Errorf("%s: %v", p.Origin.Name, err)
		}
		got = append(got, fmt.Sprintf("%s %s", p.Origin.Name, text))
		p.Done(nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range in.Skipped() {
		got = append(got, fmt.Sprintf("skipped %s: %s", s.Path, s.Reason))
	}
	for _, f := range in.Failures() {
		got = append(got, fmt.Sprintf("failed %s: %v", f.Path, f.Err))
	}
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], root+"/", "")
	}
	return got
}

func read(ctx context.Context, p ingest.Payload) (string, error) {
	r, err := p.Open(ctx)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), errors.Join(err, r.Close())
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestFoldersAreReadInOrder(t *testing.T) {
	root := tree(t, map[string]string{
		"b/2.log": "b2", "b/10.log": "b10", "a.log": "a", "c": "c", "b/deep/er/x.gz": "x", "empty/": "", "zero": "",
	})
	equal(t, run(t, root, root), "a.log a", "b/10.log b10", "b/2.log b2", "b/deep/er/x.gz x", "c c", "zero ")
	equal(t, run(t, root, root+"/c", root+"/b/2.log"), "c c", "b/2.log b2")
}

func TestUnwantedNamesAreListed(t *testing.T) {
	root := tree(t, map[string]string{
		".hidden": "h", ".git/config": "g", "a.log~": "t", "a.tmp": "t", "a.part": "t", "a.log": "a", "dir.tmp/b": "b",
	})
	equal(t, run(t, root, root), "a.log a", "dir.tmp/b b",
		"skipped .git: hidden", "skipped .hidden: hidden", "skipped a.log~: temporary", "skipped a.part: temporary",
		"skipped a.tmp: temporary")
	equal(t, run(t, root, root+"/.hidden", root+"/a.tmp", root+"/.git"), ".hidden h", "a.tmp t", ".git/config g")
}

func TestPatterns(t *testing.T) {
	root := tree(t, map[string]string{
		"a.log": "a", "b.log": "b", "b.txt": "n", "d/c.log": "c", "d/e/f.log": "f", "d/.h.log": "h", ".x/y.log": "y", "d/z.log.tmp": "z",
		"we[i]rd.log": "w",
	})
	f := func(pattern string, want ...string) {
		t.Helper()
		t.Log(pattern)
		equal(t, run(t, root, filepath.Join(root, pattern)), want...)
	}
	f("*.log", "a.log a", "b.log b", "we[i]rd.log w")
	f("[ab].*", "a.log a", "b.log b", "b.txt n")
	f("?.log", "a.log a", "b.log b")
	f("*/*.log", "d/c.log c", "skipped .x: hidden", "skipped d/.h.log: hidden")
	f("**/*.log", "a.log a", "b.log b", "d/c.log c", "d/e/f.log f", "we[i]rd.log w", "skipped .x: hidden", "skipped d/.h.log: hidden")
	f("**/e/*", "d/e/f.log f", "skipped .x: hidden")
	f("d/**", "d/c.log c", "d/e/f.log f", "skipped d/.h.log: hidden", "skipped d/z.log.tmp: temporary")
	f("d/*", "d/c.log c", "d/e/f.log f", "skipped d/.h.log: hidden", "skipped d/z.log.tmp: temporary")
	f("d/.*", "d/.h.log h")
	f("d/*.tmp", "d/z.log.tmp z")
	f("[d]", "d/c.log c", "d/e/f.log f", "skipped d/.h.log: hidden", "skipped d/z.log.tmp: temporary")
	f("we[i]rd.log", "we[i]rd.log w") // a name that exists is no pattern
	f("*.none", "failed *.none: matching pattern: nothing there")
	f("a[", "failed a[: matching pattern: syntax error in pattern")
}

// TestReadingGoesOnAfterWhatCannotBeRead covers paths that are not there, dead
// links and links in circles, as the first, middle and last of many.
func TestReadingGoesOnAfterWhatCannotBeRead(t *testing.T) {
	root := tree(t, map[string]string{"d/a": "a", "d/z": "z", "last": "l"})
	for link, target := range map[string]string{"d/dead": "nowhere", "d/self": "self"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, run(t, root, root+"/missing", root+"/d", root+"/last"), "d/a a", "d/z z", "last l",
		"failed missing: opening file: no such file or directory",
		"failed d/dead: opening file: no such file or directory",
		"failed d/self: opening file: too many levels of symbolic links")
}

func TestWhatMayNotBeReadIsAFailure(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	root := tree(t, map[string]string{"a": "a", "locked/b": "b", "secret": "s"})
	for path, mode := range map[string]os.FileMode{"locked": 0, "secret": 0} {
		if err := os.Chmod(filepath.Join(root, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "locked"), 0o755) })
	equal(t, run(t, root, root), "a a",
		"failed locked: reading folder: permission denied", "failed secret: reading file: permission denied")
}

func TestNothingIsReadTwice(t *testing.T) {
	root := tree(t, map[string]string{"d/a": "a", "d/e/b": "b", "f/c": "c"})
	for link, target := range map[string]string{"d/e/loop": "..", "d/e/there": "../../f", "d/link": "a"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, run(t, root, root+"/d", root, root+"/d/a"), "d/a a", "d/e/b b", "d/e/there/c c",
		"skipped d/e/loop: already read", "skipped d/link: already read", "skipped d: already read", "skipped f: already read",
		"skipped d/a: already read")
}

func TestSpecialFilesInFoldersAreListed(t *testing.T) {
	root := tree(t, map[string]string{"a": "a"})
	if err := syscall.Mkfifo(root+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	// the path of a socket is limited to about 100 bytes, a test's folder is not
	t.Chdir(root)
	l, err := net.Listen("unix", "sock")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	equal(t, run(t, root, root, os.DevNull), "a a", "skipped pipe: special", "skipped sock: special",
		"failed "+os.DevNull+": opening file: neither a file, a folder nor a pipe")
}

func TestANamedPipeIsRead(t *testing.T) {
	root := tree(t, nil)
	if err := syscall.Mkfifo(root+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(root+"/pipe", []byte("through"), 0) }()
	equal(t, run(t, root, root+"/pipe"), "pipe through")
}

func TestPayload(t *testing.T) {
	root := tree(t, map[string]string{"AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/01/x.json": "{}"})
	path := filepath.Join(root, "AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/01/x.json")
	when := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	p := one(t, path)
	sum := sha256.Sum256([]byte("{}"))
	if p.Scheme != "f" || p.Identity != path+"\x00"+hex.EncodeToString(sum[:]) || p.Size != 2 {
		t.Errorf("%q %q %d", p.Scheme, p.Identity, p.Size)
	}
	p.Origin.Time = p.Origin.Time.UTC()
	if want := (ingest.Origin{Name: path, Account: "123456789012", Region: "us-east-1", Service: "CloudTrail", Time: when}); p.Origin != want {
		t.Errorf("origin %+v", p.Origin)
	}
	// a relative path and one with a detour are the same payload
	t.Chdir(root)
	for _, other := range []string{"AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/01/x.json", root + "/AWSLogs/../" + path[len(root)+1:]} {
		if q := one(t, other); q.Identity != p.Identity || q.Origin.Name != p.Origin.Name {
			t.Errorf("%s: %q", other, q.Identity)
		}
	}
}

// one returns the payload of one path.
func one(t *testing.T, path string) (p ingest.Payload) {
	t.Helper()
	n := 0
	in := &Input{Paths: []string{path}}
	err := in.Run(t.Context(), func(_ context.Context, q ingest.Payload) error {
		n++
		p = q
		return nil
	})
	if err != nil || n != 1 {
		t.Fatalf("%d payloads, %v", n, err)
	}
	return p
}

func TestAChangedFileIsAnotherPayload(t *testing.T) {
	root := tree(t, map[string]string{"a": "one"})
	before := one(t, root+"/a")
	if again := one(t, root+"/a"); again.Identity != before.Identity {
		t.Error("an unchanged file changed its identity")
	}
	if err := os.WriteFile(root+"/a", []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if after := one(t, root+"/a"); after.Identity == before.Identity {
		t.Error("other bytes, the same identity")
	}
}

func TestAChangeBeforeOrWhileReadingIsFound(t *testing.T) {
	long := strings.Repeat("a line\n", 1000)
	write := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			// not even the time tells
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, change := range map[string]func(t *testing.T, path string){
		"longer":  write(long + "more"),
		"shorter": write(long[:len(long)-7]),
		"other":   write(strings.Replace(long, "line", "lime", -1)),
	} {
		root := tree(t, map[string]string{"a": long})
		before, during := one(t, root+"/a"), one(t, root+"/a")
		r, err := during.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		change(t, root+"/a")
		if _, err := io.ReadAll(r); !errors.Is(err, ErrChanged) {
			t.Errorf("%s while reading: %v", name, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := read(t.Context(), before); !errors.Is(err, ErrChanged) {
			t.Errorf("%s before reading: %v", name, err)
		}
	}
}

func TestStdinIsANewPayloadEachRun(t *testing.T) {
	var ids []string
	for range 2 {
		in := &Input{Paths: []string{"-", "-"}, Stdin: strings.NewReader("piped")}
		err := in.Run(t.Context(), func(ctx context.Context, p ingest.Payload) error {
			if text, err := read(ctx, p); text != "piped" || err != nil {
				t.Errorf("%q, %v", text, err)
			}
			if _, err := p.Open(ctx); err == nil {
				t.Error("opened twice")
			}
			if p.Size != -1 || p.Scheme != Scheme || p.Origin.Name != "-" || time.Since(p.Origin.Time) > time.Minute {
				t.Errorf("%d %q %+v", p.Size, p.Scheme, p.Origin)
			}
			ids = append(ids, p.Identity)
			return nil
		})
		if err != nil || len(in.Skipped()) != 1 {
			t.Errorf("%v, skipped %v", err, in.Skipped())
		}
	}
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("identities %q", ids)
	}
}

func TestRunEndsWithEmitAndContext(t *testing.T) {
	root := tree(t, map[string]string{"a": "a", "b": "b"})
	stop := errors.New("stop")
	in := &Input{Paths: []string{root}}
	n := 0
	err := in.Run(t.Context(), func(context.Context, ingest.Payload) error { n++; return stop })
	if err != stop || n != 1 {
		t.Errorf("%d payloads, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = in.Run(ctx, func(context.Context, ingest.Payload) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%d payloads, %v", n, err)
	}
}

func TestRandomAccess(t *testing.T) {
	root := tree(t, map[string]string{"a": "0123456789"})
	r, err := one(t, root+"/a").Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at, b := r.(*Reader), make([]byte, 3)
	if _, err := at.ReadAt(b, 7); err != nil || string(b) != "789" {
		t.Errorf("%q, %v", b, err)
	}
	if err := at.Unchanged(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(root+"/a", []byte("longer than before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := at.Unchanged(); !errors.Is(err, ErrChanged) {
		t.Errorf("after a change: %v", err)
	}
}
