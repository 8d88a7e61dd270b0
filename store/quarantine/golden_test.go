package quarantine

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/scrub/seal"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A segment written once must open for as long as quarantines are kept: the
// golden file holds one, sealed to the private key 1, 2 … 32, and what is in it.
// -update adopts a new format and makes the old one unreadable: think first.
func TestOldSegmentsStillOpen(t *testing.T) {
	var secret [32]byte
	for i := range secret {
		secret[i] = byte(i + 1)
	}
	ec, err := ecdh.P256().NewPrivateKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	priv, err := seal.NewPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	const path, segment = "testdata/segment.txtar", "00000001-20260301.slq"
	if *update {
		writeGolden(t, path, segment, ec, priv)
	}
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var want string
	for _, f := range ar.Files {
		if f.Name == "entries" {
			want = string(f.Data)
			continue
		}
		b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(f.Data), "\n", ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := describe(t, open(t, dir, Options{}), priv); got != want || want == "" {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func describe(t *testing.T, s *Store, key *seal.PrivateKey) string {
	var out strings.Builder
	for _, it := range list(t, s) {
		_, origin, raw, err := s.Open(t.Context(), it.ID, key)
		fmt.Fprintf(&out, "%s %s %d %s %s size %d hash %x cut %v kept %v origin %q raw %q err %v\n", it.ID, it.PayloadID, it.Record, it.Code,
			it.Time.Format("2006-01-02T15:04:05.000Z"), it.Size, it.Hash[:4], it.Cut, it.Kept, origin, raw, err)
	}
	return out.String()
}

func writeGolden(t *testing.T, path, segment string, ec *ecdh.PrivateKey, key *seal.PrivateKey) {
	to, err := seal.NewPublicKey(ec.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := open(t, dir, Options{Recipient: to, MaxRecord: 12, MaxBytes: 800})
	put(t, s, entry(0), "whole")
	put(t, s, entry(1), "cut after twelve bytes")
	put(t, s, Entry{PayloadID: "k/c/t/0/7", Record: 1<<64 - 1, Code: "x"}, "")
	_, _ = s.Put(t.Context(), entry(2), bytes.Repeat([]byte("n"), 900))
	_, _ = s.Put(t.Context(), entry(3), bytes.Repeat([]byte("n"), 900))
	if err := s.Sync(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.segments[0])
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for text := base64.StdEncoding.EncodeToString(b); text != ""; text = text[min(100, len(text)):] {
		lines.WriteString(text[:min(100, len(text))] + "\n")
	}
	ar := &txtar.Archive{
		Comment: []byte("A segment in the first format, in base64, and the entries it holds:\nwhole, cut at a limit of 12 bytes, empty, and of a full quarantine.\n"),
		Files:   []txtar.File{{Name: segment, Data: []byte(lines.String())}, {Name: "entries", Data: []byte(describe(t, s, key))}},
	}
	if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}
