package witness

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/tlog"
)

type log struct {
	tree  tlog.Tree
	files map[tlog.Tile][]byte
	key   note.Signer
}

func (l *log) grow(what string, n int) {
	for range n {
		before := l.tree.Size()
		for _, f := range append(l.tree.Append(fmt.Append(nil, what, before), nil), l.tree.Partial(before)...) {
			l.files[f.Tile] = f.Data
		}
	}
}

// request is what add-checkpoint takes to go from old to now.
func (l *log) request(t *testing.T, old uint64) string {
	t.Helper()
	signed, err := tlog.Checkpoint{Origin: l.key.Name(), Size: l.tree.Size(), Root: l.tree.Root()}.Sign(l.key)
	if err != nil {
		t.Fatal(err)
	}
	b := fmt.Sprintf("old %d\n", old)
	if old > 0 {
		path, err := tlog.ProveConsistency(func(tile tlog.Tile) ([]byte, error) { return l.files[tile], nil }, old, l.tree.Size())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range path {
			b += base64.StdEncoding.EncodeToString(h[:]) + "\n"
		}
	}
	return b + "\n" + string(signed)
}

func newLog(t *testing.T) (*log, string) {
	t.Helper()
	s, v, err := note.GenerateKey(rand.Reader, "log")
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewSigner(s)
	if err != nil {
		t.Fatal(err)
	}
	return &log{files: map[tlog.Tile][]byte{}, key: key}, v
}

// The answers of C2SP tlog-witness, also after a restart.
func TestAnswers(t *testing.T) {
	t.Parallel()
	l, public := newLog(t)
	text, err := tlog.GenerateCosigner("witness")
	if err != nil {
		t.Fatal(err)
	}
	by, err := tlog.NewCosigner(text)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := tlog.NewCosignVerifier(by.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ask := func(body string, want int, text string) {
		t.Helper()
		w, err := New(dir, by, []string{public}) // each time a new process
		if err != nil {
			t.Fatal(err)
		}
		a := httptest.NewRecorder()
		w.ServeHTTP(a, httptest.NewRequest(http.MethodPost, "/add-checkpoint", strings.NewReader(body)))
		if a.Code != want || !strings.Contains(a.Body.String(), text) {
			t.Fatalf("%d %s, not %d", a.Code, a.Body, want)
		}
		if want == http.StatusOK {
			_, signed, _ := strings.Cut(body, "\n\n")
			n, err := note.Open([]byte(signed+a.Body.String()), note.VerifierList(verifier))
			if err != nil || len(n.Sigs) != 1 {
				t.Fatal(err)
			}
		}
	}
	l.grow("a", 300)
	ask(l.request(t, 0), 200, "witness")
	ask(l.request(t, 0), 409, "300\n")
	ask(l.request(t, 300), 200, "witness") // the same again
	before := l.request(t, 300)
	l.grow("a", 17)
	ask(l.request(t, 200), 409, "300\n")
	ask(strings.Replace(l.request(t, 300), "\n", "\nAAAA", 1), 400, "malformed")
	ask(strings.Replace(l.request(t, 300), "300\n", "300\n"+strings.Repeat("A", 43)+"=\n", 1), 422, "not what it was")
	ask(l.request(t, 300), 200, "witness")
	ask(before, 409, "317\n")
	ask(strings.Replace(before, "old 300", "old 317", 1), 400, "above")
	// Another log of the same name and key.
	fork := &log{files: map[tlog.Tile][]byte{}, key: l.key}
	fork.grow("b", 317)
	ask(fork.request(t, 317), 409, "another root")
	fork.grow("b", 5)
	ask(fork.request(t, 317), 422, "not what it was")
	stranger, _ := newLog(t)
	stranger.grow("a", 400)
	ask(stranger.request(t, 317), 403, "no key")
	ask(strings.ReplaceAll(l.request(t, 317), "log\n", "gol\n"), 404, "not watched")
	ask("", 400, "malformed")
	ask("old 03\n\nx", 400, "malformed")
}

func FuzzParse(f *testing.F) {
	f.Add("old 3\n\nlog\n4\nx\n\n\u2014 log AAAAAAAA\n")
	f.Fuzz(func(t *testing.T, body string) {
		if _, path, _, ok := parse(body); ok && len(path) > 63 {
			t.Error("too many hashes")
		}
	})
}
