package quarantine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/scrub/seal"
)

// identity seals nothing: with it the canary test must fail.
type identity struct{}

func (identity) Header() []byte                         { return make([]byte, seal.HeaderLen) }
func (identity) Seal(dst, plaintext, aad []byte) []byte { return append(dst, plaintext...) }

// plant puts canaries everywhere an entry has room for text, and returns all
// bytes that came out: files, their names, errors, logs, prints.
func plant(t *testing.T, newSealer func(context.Context) (sealer, error)) (out []byte, canaries []string) {
	k, dir := newKeys(t), t.TempDir()
	s := open(t, dir, Options{Recipient: k.pub, MaxRecord: 200, MaxBytes: 64 << 10})
	if newSealer != nil {
		s.newSealer = newSealer
	}
	var said bytes.Buffer
	log := zerolog.New(&said)
	for i := range 300 {
		raw, origin := fmt.Sprintf("patient-canary-%06d", i*7919), fmt.Sprintf("s3://b/smith-canary-%06d", i*104729)
		canaries = append(canaries, raw, origin)
		e := entry(uint64(i))
		e.Origin, e.Cut = origin, i%2 == 0
		name, err := s.Put(context.Background(), e, bytes.Repeat([]byte(raw+" "), 1+i%12))
		log.Info().Err(err).Str("id", name).Send()
		bad := e
		bad.Code = raw
		_, err = s.Put(context.Background(), bad, []byte(raw))
		log.Error().Err(err).Send()
	}
	if err := s.Sync(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	type holder struct{ s *Store }
	for _, v := range []any{s.Stats(), list(t, s), s, holder{s}, &holder{s}} {
		fmt.Fprintf(&said, "%v %+v %#v %s %q", v, v, v, v, v)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		said.WriteString(path)
		said.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return said.Bytes(), canaries
}

// found counts the canaries that stand in out, plain or in a usual encoding.
func found(out []byte, canaries []string) (n int) {
	for _, c := range canaries {
		for _, spelled := range []string{c, hex.EncodeToString([]byte(c)), base64.StdEncoding.EncodeToString([]byte(c))[:20], c[len(c)-13:]} {
			if bytes.Contains(out, []byte(spelled)) {
				n++
				break
			}
		}
	}
	return n
}

func TestNoPlaintextLeaves(t *testing.T) {
	out, canaries := plant(t, nil)
	if n := found(out, canaries); n > 0 {
		t.Errorf("%d of %d canaries found", n, len(canaries))
	}
	if bytes.Contains(out, testKey[:8]) || bytes.Contains(out, []byte("7 7 7 7 7")) || bytes.Contains(out, []byte("0x7, 0x7, 0x7")) {
		t.Error("the key of names is on disk or printed")
	}
	// The same test sees them when nothing is sealed (those that were kept).
	out, canaries = plant(t, func(context.Context) (sealer, error) { return identity{}, nil })
	if n := found(out, canaries); n < len(canaries)/4 {
		t.Errorf("only %d of %d canaries found without sealing: the test is blind", n, len(canaries))
	}
}
