// Package witness remembers the newest checkpoint of other people's logs and signs
// those that continue what it has seen: a C2SP tlog-witness. It runs where whoever
// runs the archive has no say, so that an archive that was put back or forked finds
// nobody to sign for it.
package witness

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// Witness is an http.Handler of add-checkpoint. One process may have its folder.
type Witness struct {
	dir  string
	by   *tlog.Cosigner
	logs map[string][]note.Verifier // by origin

	mu sync.Mutex
}

// New opens a witness's folder. keys are the public keys of the logs it watches; of a
// log whose key changed, both.
func New(dir string, by *tlog.Cosigner, keys []string) (*Witness, error) {
	w := &Witness{dir: dir, by: by, logs: map[string][]note.Verifier{}}
	for _, k := range keys {
		v, err := note.NewVerifier(strings.TrimSpace(k))
		if err != nil {
			return nil, errors.New("a log's public key is malformed")
		}
		w.logs[v.Name()] = append(w.logs[v.Name()], v)
	}
	return w, os.MkdirAll(dir, 0o700)
}

// refusal is an answer that is no cosignature.
type refusal struct {
	status int
	kind   string // content type
	text   string
}

func refuse(status int, text string) *refusal { return &refusal{status, "text/plain", text + "\n"} }

// maxRequest bounds a request: 63 hashes and a checkpoint are far below it.
const maxRequest = 1 << 16

// ServeHTTP implements http.Handler.
func (w *Witness) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	answer := func(r *refusal) {
		out.Header().Set("Content-Type", r.kind)
		out.WriteHeader(r.status)
		_, _ = io.WriteString(out, r.text)
	}
	if in.URL.Path != "/add-checkpoint" || in.Method != http.MethodPost {
		answer(refuse(http.StatusNotFound, "there is only POST /add-checkpoint"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, maxRequest))
	if err != nil {
		answer(refuse(http.StatusBadRequest, "the request can not be read"))
		return
	}
	signature, bad := w.add(string(body))
	if bad != nil {
		answer(bad)
		return
	}
	answer(&refusal{http.StatusOK, "text/plain; charset=utf-8", signature})
}

// parse reads a request.
func parse(body string) (old uint64, path []tlog.Hash, signed string, ok bool) {
	head, signed, ok := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	digits, ok2 := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseUint(digits, 10, 64)
	if !ok || !ok2 || err != nil || strconv.FormatUint(old, 10) != digits || len(lines) > 64 {
		return 0, nil, "", false
	}
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(h) != len(tlog.Hash{}) {
			return 0, nil, "", false
		}
		path = append(path, tlog.Hash(h))
	}
	return old, path, signed, true
}

// add checks a checkpoint against what was seen before, remembers and signs it.
func (w *Witness) add(body string) (signature string, bad *refusal) {
	old, path, signed, ok := parse(body)
	c, err := tlog.ParseSigned([]byte(signed))
	if !ok || err != nil {
		return "", refuse(http.StatusBadRequest, "the request is malformed")
	}
	if len(w.logs[c.Origin]) == 0 {
		return "", refuse(http.StatusNotFound, "this log is not watched")
	}
	n, err := note.Open([]byte(signed), note.VerifierList(w.logs[c.Origin]...))
	if err != nil {
		return "", refuse(http.StatusForbidden, "no key of the log signed this")
	}
	if old > c.Size {
		return "", refuse(http.StatusBadRequest, "the old size is above the new one")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen, err := w.seen(c.Origin)
	if err != nil {
		return "", refuse(http.StatusInternalServerError, "the last checkpoint can not be read")
	}
	switch {
	case seen.Size != old:
		return "", &refusal{http.StatusConflict, "text/x.tlog.size", fmt.Sprintf("%d\n", seen.Size)}
	case old == c.Size && old > 0 && seen.Root != c.Root:
		return "", refuse(http.StatusConflict, "another root was seen for this size")
	case old == 0 && len(path) > 0:
		return "", refuse(http.StatusUnprocessableEntity, "there is nothing to be consistent with")
	case old > 0 && tlog.CheckConsistency(old, c.Size, path, seen.Root, c.Root) != nil:
		return "", refuse(http.StatusUnprocessableEntity, "the log is not what it was")
	}
	if err := w.remember(c); err != nil {
		return "", refuse(http.StatusInternalServerError, "the checkpoint can not be kept")
	}
	both, err := note.Sign(&note.Note{Text: n.Text}, w.by)
	if err != nil {
		return "", refuse(http.StatusInternalServerError, "signing is not possible")
	}
	return strings.TrimPrefix(string(both), n.Text+"\n"), nil
}

func (w *Witness) file(origin string) string {
	h := tlog.LeafHash([]byte(origin))
	return filepath.Join(w.dir, fmt.Sprintf("%x.checkpoint", h[:16]))
}

func (w *Witness) seen(origin string) (tlog.Checkpoint, error) {
	b, err := os.ReadFile(w.file(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return tlog.Checkpoint{}, nil
	}
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	return tlog.ParseText(string(b))
}

// remember keeps a checkpoint durably: before anybody sees the signature.
func (w *Witness) remember(c tlog.Checkpoint) error {
	return durable.Write(w.file(c.Origin), []byte(c.Text()), 0o600)
}
