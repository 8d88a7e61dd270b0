package archive

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// origin is the name of the signing key and the first line of every head.
const origin = "scrubline-archive"

// errKey says no more: what is wrong with a key file must not print it.
var errKey = errors.New("signing key is malformed")

// openKey reads the signing key of a data folder. If there is none it makes
// one, unless sealed: an archive that was sealed with another key must not go on
// with a new one in silence.
func openKey(data string, sealed bool) (note.Signer, note.Verifier, error) {
	name := filepath.Join(data, KeyFile)
	text, err := readKey(name)
	if errors.Is(err, fs.ErrNotExist) {
		if sealed {
			return nil, nil, fmt.Errorf("reading signing key of a sealed archive: %w", err)
		}
		var made string
		if made, _, err = note.GenerateKey(rand.Reader, origin); err != nil {
			return nil, nil, fmt.Errorf("making signing key: %w", err)
		}
		if err = os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, nil, fmt.Errorf("making signing key: %w", err)
		}
		// If another process was quicker, its key is the key.
		if err = create(name, []byte(made+"\n"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, nil, fmt.Errorf("making signing key: %w", err)
		}
		text, err = readKey(name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading signing key: %w", err)
	}
	signer, err := note.NewSigner(text)
	if err != nil || signer.Name() != origin {
		return nil, nil, errKey
	}
	pub, err := publicKey(text)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(pub)
	if err != nil {
		return nil, nil, errKey
	}
	pubName := filepath.Join(data, PubFile)
	if err := create(pubName, []byte(pub+"\n"), 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, nil, fmt.Errorf("writing public key: %w", err)
	}
	return signer, verifier, nil
}

func readKey(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others: its mode must be 0600", name)
	}
	b, err := os.ReadFile(name)
	return strings.TrimSpace(string(b)), err
}

// publicKey derives the text form of the public key from a signing key
// PRIVATE+KEY+<name>+<hash>+<base64 of the algorithm, 1, and the seed>.
func publicKey(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	if len(parts) != 5 {
		return "", errKey
	}
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize || seed[0] != 1 {
		return "", errKey
	}
	pub := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil {
		return "", errKey
	}
	return vkey, nil
}

// create writes a file that must not exist, whole or not at all, and durable.
func create(name string, data []byte, mode fs.FileMode) error {
	return place(name, data, mode, func(temp string) error {
		defer os.Remove(temp)
		return os.Link(temp, name)
	})
}

// replace writes a file over another, whole or not at all, and durable.
func replace(name string, data []byte, mode fs.FileMode) error {
	return place(name, data, mode, func(temp string) error { return os.Rename(temp, name) })
}

func place(name string, data []byte, mode fs.FileMode, move func(temp string) error) error {
	temp := name + "." + rand.Text() + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = move(temp)
	}
	if err != nil {
		os.Remove(temp)
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
