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

	"github.com/scrubline/scrubline/scrub/durable"
)

// originPrefix is what the name of a signing key, and so the first line of every
// checkpoint, starts with. What follows is the archive's own.
const originPrefix = "scrubline-archive/"

// nextKeyFile holds the key that a rotation goes to until the log says so.
const nextKeyFile = KeyFile + ".next"

// errKey says no more: what is wrong with a key file must not print it.
var errKey = errors.New("signing key is malformed")

// errRotated says that this process does not have the key in force.
var errRotated = errors.New("the archive's signing key was changed elsewhere: put the key in force in " + KeyFile)

// keyPair is a signing key and its public half.
type keyPair struct {
	note.Signer
	verifier note.Verifier
	public   string // as in PubFile
}

// parsePublicKey reads the text of PubFile.
func parsePublicKey(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(text))
	if err != nil || !strings.HasPrefix(v.Name(), originPrefix) {
		return nil, errors.New("public key is missing or malformed")
	}
	return v, nil
}

// openKey reads the signing key of a data folder. If there is none it makes
// one, unless sealed: an archive that was sealed with another key must not go on
// with a new one in silence.
func openKey(data string, sealed bool) (*keyPair, error) {
	name := filepath.Join(data, KeyFile)
	k, err := readKey(name)
	if errors.Is(err, fs.ErrNotExist) {
		if sealed {
			return nil, fmt.Errorf("reading signing key of a sealed archive: %w", err)
		}
		if err = os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, fmt.Errorf("making signing key: %w", err)
		}
		k, err = makeKey(name, originPrefix+strings.ToLower(rand.Text()[:16]))
	}
	if err != nil {
		return nil, fmt.Errorf("reading signing key: %w", err)
	}
	if err := durable.Create(filepath.Join(data, PubFile), []byte(k.public+"\n"), 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("writing public key: %w", err)
	}
	return k, nil
}

// makeKey makes a key file. If another process was quicker, its key is the key.
func makeKey(name, origin string) (*keyPair, error) {
	made, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	if err = durable.Create(name, []byte(made+"\n"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKey(name)
}

func readKey(name string) (*keyPair, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others: its mode must be 0600", name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(string(b))
	signer, err := note.NewSigner(text)
	if err != nil || !strings.HasPrefix(signer.Name(), originPrefix) {
		return nil, errKey
	}
	public, err := publicKey(text)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, errKey
	}
	return &keyPair{signer, verifier, public}, nil
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
	vkey, err := note.NewEd25519VerifierKey(parts[2], pub)
	if err != nil {
		return "", errKey
	}
	return vkey, nil
}
