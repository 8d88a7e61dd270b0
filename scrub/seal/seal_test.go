package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newKeys(t testing.TB) (*PublicKey, *PrivateKey) {
	t.Helper()
	dir := t.TempDir()
	pub, priv := filepath.Join(dir, "pub.pem"), filepath.Join(dir, "priv.pem")
	if _, err := GenerateKey(pub, priv); err != nil {
		t.Fatal(err)
	}
	to, err := ReadPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ReadPrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	return to, key
}

func newPair(t testing.TB) (*Sealer, *Opener) {
	t.Helper()
	to, key := newKeys(t)
	s, err := NewSealer(to)
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpener(key, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestOpenGivesWhatWasSealed(t *testing.T) {
	s, o := newPair(t)
	rapid.Check(t, func(t *rapid.T) {
		plain, aad := rapid.SliceOf(rapid.Byte()).Draw(t, "plain"), rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		sealed := s.Seal([]byte("dst"), plain, aad)
		if len(sealed) != 3+len(plain)+Overhead || string(sealed[:3]) != "dst" {
			t.Fatalf("sealed %d bytes to %d", len(plain), len(sealed))
		}
		if got, err := o.Open([]byte("x"), sealed[3:], aad); err != nil || string(got) != "x"+string(plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if again := s.Seal(nil, plain, aad); bytes.Equal(again, sealed[3:]) {
			t.Fatal("sealed twice alike")
		}
	})
}

func TestAnyChangedBitIsNoticed(t *testing.T) {
	to, key := newKeys(t)
	s, err := NewSealer(to)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Header()) != HeaderLen {
		t.Fatalf("header of %d bytes", len(s.Header()))
	}
	o, err := NewOpener(key, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	plain, aad := []byte("a canary of a patient"), []byte("payload 7, record 3")
	sealed := s.Seal(nil, plain, aad)
	flip := func(b []byte, f func([]byte) error) {
		for i := range b {
			b[i] ^= 0x10
			if err := f(b); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrOtherKey) {
				t.Errorf("byte %d changed: %v", i, err)
			} else if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells: %v", err)
			}
			b[i] ^= 0x10
		}
	}
	flip(sealed, func(b []byte) error { _, err := o.Open(nil, b, aad); return err })
	flip(aad, func(b []byte) error { _, err := o.Open(nil, sealed, b); return err })
	flip(s.Header(), func(b []byte) error { _, err := NewOpener(key, b); return err })
	for n := range len(sealed) {
		if got, err := o.Open(nil, sealed[:n], aad); !errors.Is(err, ErrDamaged) || len(got) > 0 {
			t.Errorf("cut to %d: %v", n, err)
		}
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	to, _ := newKeys(t)
	_, other := newKeys(t)
	s, err := NewSealer(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewOpener(other, s.Header()); !errors.Is(err, ErrOtherKey) {
		t.Errorf("opening with another key: %v", err)
	}
	forged := append([]byte(nil), s.Header()...)
	copy(forged[len(magic):], other.id[:])
	if _, err := NewOpener(other, forged); !errors.Is(err, ErrDamaged) {
		t.Errorf("opening with another key and a forged name: %v", err)
	}
	second, err := NewSealer(to)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(second.Header(), s.Header()) {
		t.Error("two files share a data key")
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	pub, priv := filepath.Join(dir, "pub"), filepath.Join(dir, "priv")
	made, err := GenerateKey(pub, priv)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{pub: 0o644, priv: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
	key, err := ReadPrivateKey(priv)
	if err != nil || key.ID() != made.ID() {
		t.Fatalf("names %s and %s, %v", key.ID(), made.ID(), err)
	}
	if _, err := GenerateKey(filepath.Join(dir, "new"), priv); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a private key: %v", err)
	}
	if _, err := GenerateKey(pub, filepath.Join(dir, "new")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a public key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a pair was left: %v", err)
	}
	if _, err := ReadPublicKey(priv); err == nil {
		t.Error("a private key was taken for a public one")
	}
	if _, err := ReadPrivateKey(pub); err == nil {
		t.Error("a public key was taken for a private one")
	}
	if err := os.Chmod(priv, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivateKey(priv); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a private key that others can read: %v", err)
	}
}

func TestPrivateKeyIsNeverPrinted(t *testing.T) {
	dir := t.TempDir()
	if _, err := GenerateKey(filepath.Join(dir, "pub"), filepath.Join(dir, "priv")); err != nil {
		t.Fatal(err)
	}
	key, err := ReadPrivateKey(filepath.Join(dir, "priv"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := (*key.key).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		p *PrivateKey
		v PrivateKey
	}
	for _, v := range []any{key, *key, holder{key, *key}, &holder{key, *key}} {
		js, _ := json.Marshal(v)
		text := fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) + string(js)
		for _, s := range []string{string(secret[4:12]), fmt.Sprintf("%x", secret[4:12]), strings.Trim(fmt.Sprint(secret[4:12]), "[]")} {
			if strings.Contains(text, s) {
				t.Errorf("printed: %.200s", text)
			}
		}
	}
}

// FIPS-only mode is a setting of the process, so the round trip runs in another one.
func TestSealsInFIPSOnlyMode(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestAnotherKeyOpensNothing$|^TestAnyChangedBitIsNoticed$", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(out, []byte("--- PASS: ")) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}
