package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// witnessRoot is what the keys of cosigned checkpoints start with: the size, and
// the key of the witness.
const witnessRoot = logRoot + "witness/"

func witnessKey(size uint64, by note.Verifier) string {
	return fmt.Sprintf("%s%020d/%08x", witnessRoot, size, by.KeyHash())
}

// ErrFork says that a witness has seen another log under this archive's name: a
// longer one, or another one. Somebody put the archive back, or runs two.
var ErrFork = errors.New("the witness has seen another log of this name")

// Cosign asks a witness (C2SP tlog-witness) at a URL to sign the newest checkpoint
// and stores its signature. by is the witness's public key, a tlog.CosignVerifier.
func Cosign(ctx context.Context, s object.Store, client *http.Client, url string, by note.Verifier) (size uint64, err error) {
	r, err := NewReader(ctx, s)
	if err != nil {
		return 0, err
	}
	signed, size, _ := r.Checkpoint()
	key := witnessKey(size, by)
	if _, err := s.Head(ctx, key); err == nil {
		return size, nil
	}
	old := uint64(0)
	for range 3 { // another sealer may be quicker
		line, conflict, err := r.ask(ctx, client, url, old, size, signed)
		if err != nil {
			return 0, fmt.Errorf("asking the witness: %w", err)
		}
		if line == nil {
			if conflict > size || conflict == old {
				return 0, fmt.Errorf("asking the witness: %w: of %d leaves, this one has %d", ErrFork, conflict, size)
			}
			old = conflict
			continue
		}
		cosigned := append(bytes.Clone(signed), line...)
		if _, err := note.Open(cosigned, note.VerifierList(by)); err != nil {
			return 0, errors.New("asking the witness: its answer is not signed by its key")
		}
		if err := s.Put(ctx, key, cosigned); err != nil && !errors.Is(err, object.ErrExists) {
			return 0, fmt.Errorf("keeping the witness's signature: %w", err)
		}
		return size, nil
	}
	return 0, errors.New("asking the witness: others ask it all the time")
}

// ask sends a checkpoint. It returns the signature, or the size that the witness
// has seen.
func (r *Reader) ask(ctx context.Context, client *http.Client, url string, old, size uint64, signed []byte) (line []byte, conflict uint64, err error) {
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", old)
	if old > 0 {
		path, err := tlog.ProveConsistency(func(t tlog.Tile) ([]byte, error) { return r.store.Get(ctx, tileKey(t), nil) }, old, size)
		if err != nil {
			return nil, 0, err
		}
		for _, h := range path {
			fmt.Fprintln(&body, base64.StdEncoding.EncodeToString(h[:]))
		}
	}
	body.WriteByte('\n')
	body.Write(signed)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/add-checkpoint", strings.NewReader(body.String()))
	if err != nil {
		return nil, 0, errors.New("its address is no URL")
	}
	a, err := client.Do(q)
	if err != nil {
		return nil, 0, err
	}
	defer a.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(a.Body, 1<<16))
	if err != nil {
		return nil, 0, err
	}
	switch a.StatusCode {
	case http.StatusOK:
		return answer, 0, nil
	case http.StatusConflict, http.StatusUnprocessableEntity:
		seen, err := strconv.ParseUint(strings.TrimSpace(string(answer)), 10, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: it answers %d", ErrFork, a.StatusCode)
		}
		return nil, seen, nil
	}
	return nil, 0, fmt.Errorf("it answers %d", a.StatusCode)
}

// witnesses checks what witnesses signed for the log of size leaves.
func (w *logCheck) witnesses(ctx context.Context, size uint64, want tlog.Checkpoint) {
	for _, key := range w.files.witnessed[size] {
		signed, err := w.store.Get(ctx, key, nil)
		if err != nil {
			w.report(Unreadable, key, err.Error())
			continue
		}
		if c, err := tlog.ParseSigned(signed); err != nil || c != want {
			w.report(BadWitness, key, "it is of another log")
			continue
		}
		if w.Witness == nil || key != witnessKey(size, w.Witness) {
			continue
		}
		if _, err := note.Open(signed, note.VerifierList(w.Witness)); err != nil {
			w.report(BadWitness, key, "it is not signed by the witness's key")
			continue
		}
		w.Witnessed = max(w.Witnessed, size)
	}
	delete(w.files.witnessed, size)
}
