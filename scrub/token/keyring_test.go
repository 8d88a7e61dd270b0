package token

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
)

func TestKeyringSurvivesReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := OpenKeyring(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("opening what is not there: %v", err)
	}
	ring, err := CreateKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := ring.Rotate(); v != 2 || err != nil {
		t.Fatal(v, err)
	}
	again, err := OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(again.Versions()) != "[1 2]" || again.Current() != 2 {
		t.Errorf("versions %v, current %d", again.Versions(), again.Current())
	}
	a, _ := ring.Derive("quarantine", "x")
	b, _ := again.Derive("quarantine", "x")
	c, _ := again.Derive("quarantine", "y")
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("derived keys do not follow purpose and tenant alone")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestRotationKeepsDerivedKeys(t *testing.T) {
	ring, err := CreateKeyring(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := ring.Derive("payload", "x")
	if _, err := ring.Rotate(); err != nil {
		t.Fatal(err)
	}
	if after, _ := ring.Derive("payload", "x"); !bytes.Equal(before, after) {
		t.Error("rotation changed the names of payloads")
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var made sync.Map
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := CreateKeyring(path); err == nil {
				made.Store(i, true)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d of 8 made the keyring", n)
	}
}

func TestOpenRefusesWhatOthersCanRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := CreateKeyring(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o610, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeyring(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if _, err := OpenKeyring(filepath.Dir(path)); err == nil {
		t.Error("opened a folder")
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	good := strings.Repeat("QUFB", 10) + "QUE="
	f := func(content, want string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenKeyring(path)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "QUFB") || strings.Contains(err.Error(), "c3VyZS") {
			t.Errorf("%.40s: %v", content, err)
		}
	}
	f("", "not a keyring")
	f("{}", "no key")
	f(`{"versions":[{"id":1,"key":"c3VyZS!"}]}`, "not a keyring")
	f(`{"versions":[{"id":1,"key":"c3VyZS4="}]}`, "does not have 32 bytes")
	f(`{"versions":[null]}`, "do not ascend")
	f(`{"versions":[{"id":0,"key":"`+good+`"}]}`, "do not ascend")
	f(`{"versions":[{"id":2,"key":"`+good+`"},{"id":2,"key":"`+good+`"}]}`, "do not ascend")
	f(strings.Repeat(" ", maxKeyFile+1), "too long")
}

func TestKeysAndValuesAreNeverPrinted(t *testing.T) {
	ring := fixedRing()
	tok, err := New(ring, "mercy")
	if err != nil {
		t.Fatal(err)
	}
	const value = "canary-value-77"
	tok.Append(nil, Session, []byte(value))
	type holder struct {
		ring  Keyring
		tok   Tokenizer
		ringP *Keyring
		tokP  *Tokenizer
	}
	h := holder{*ring, *tok, ring, tok}
	var log bytes.Buffer
	logger := zerolog.New(&log)
	for name, v := range map[string]any{"ring": ring, "ring value": *ring, "tokenizer": tok, "tokenizer value": *tok, "holder": h, "pointer": &h} {
		js, _ := json.Marshal(v)
		log.Reset()
		logger.Info().Interface("x", v).Any("y", []any{v}).Str("z", fmt.Sprint(v)).Err(fmt.Errorf("doing: %v", v)).Send()
		for _, text := range []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s %x %q %d", v, v, v, v), string(js), log.String()} {
			for _, secret := range secrets(ring, value) {
				if strings.Contains(text, secret) {
					t.Errorf("%s prints a secret: %.80s", name, text)
				}
			}
		}
	}
	// The check can fail: without the pointer the key is printed.
	if leak := fmt.Sprintf("%v", struct{ v version }{*ring.s.versions[0]}); !strings.Contains(leak, secrets(ring, value)[0]) {
		t.Errorf("the test would not see a key in %s", leak)
	}
}

// secrets lists spellings of parts of the first key and of a value.
func secrets(ring *Keyring, value string) []string {
	key := ring.s.versions[0].Key
	return []string{"10 11 12 13 14", "0xa, 0xb, 0xc", hex.EncodeToString(key[8:16]), base64.StdEncoding.EncodeToString(key)[:20], string(key[4:12]), value, hex.EncodeToString([]byte(value))}
}

func TestCloseOverwritesKeysAndValues(t *testing.T) {
	ring := fixedRing()
	tok, err := New(ring, "mercy")
	if err != nil {
		t.Fatal(err)
	}
	tok.Append(nil, Session, []byte("canary"))
	keys := ring.s.versions
	ring.Close()
	tok.Close()
	for _, v := range keys {
		if !bytes.Equal(v.Key, make([]byte, keySize)) {
			t.Errorf("key %d is still in memory", v.ID)
		}
	}
	for _, set := range tok.s.cache.sets {
		for _, s := range set {
			if s.typ != 0 || bytes.Contains(s.value[:], []byte("canary")) {
				t.Fatal("a value is still in the cache")
			}
		}
	}
	if _, err := ring.Derive("x", ""); !errors.Is(err, ErrClosed) || ring.Current() != 0 {
		t.Errorf("after close: %v", err)
	}
	if _, err := ring.Rotate(); !errors.Is(err, ErrClosed) {
		t.Errorf("rotating after close: %v", err)
	}
	if got := NewLookup(ring, "mercy").Candidates("ip", "::1"); got != nil {
		t.Errorf("candidates after close: %v", got)
	}
}

// FIPS-only mode is a setting of the process, so the vectors run in another one.
func TestVectorsInFIPSOnlyMode(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestVectorsFollowTheDocumentedFormat$", "-test.v")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestVectors")) {
		t.Errorf("%v\n%s", err, out)
	}
}
