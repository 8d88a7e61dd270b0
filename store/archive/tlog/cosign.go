package tlog

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosignType is the signature type of C2SP Ed25519 cosignatures.
const cosignType = 4

const skeyHead = "PRIVATE+KEY+"

var errCosignKey = errors.New("witness key is malformed")

// cosignKey is a witness's name and public key.
type cosignKey struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

// Cosigner signs checkpoints as a witness: with the time, as C2SP tlog-cosignature
// has it.
type Cosigner struct {
	cosignKey
	private ed25519.PrivateKey
}

// CosignVerifier verifies what a Cosigner signs.
type CosignVerifier struct{ cosignKey }

func newCosignKey(name string, public ed25519.PublicKey) cosignKey {
	h := sha256.Sum256(append([]byte(name+"\n\x04"), public...))
	return cosignKey{name, binary.BigEndian.Uint32(h[:]), public}
}

// GenerateCosigner makes a key and returns it as text, to be kept secret.
func GenerateCosigner(name string) (string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s+%08x+%s", skeyHead, name, newCosignKey(name, public).hash,
		base64.StdEncoding.EncodeToString(append([]byte{cosignType}, private.Seed()...))), nil
}

// parseKey reads <name>+<hash>+<base64 of the type and size bytes>.
func parseKey(text string, size int) (name string, hash uint64, key []byte, err error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "+")
	id, blob, ok2 := strings.Cut(rest, "+")
	hash, err = strconv.ParseUint(id, 16, 32)
	key, err2 := base64.StdEncoding.DecodeString(blob)
	if !ok || !ok2 || err != nil || err2 != nil || name == "" || len(key) != 1+size || key[0] != cosignType {
		return "", 0, nil, errCosignKey
	}
	return name, hash, key[1:], nil
}

// NewCosigner reads the text of GenerateCosigner.
func NewCosigner(text string) (*Cosigner, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), skeyHead)
	name, hash, seed, err := parseKey(rest, ed25519.SeedSize)
	if !ok || err != nil {
		return nil, errCosignKey
	}
	private := ed25519.NewKeyFromSeed(seed)
	k := newCosignKey(name, private.Public().(ed25519.PublicKey))
	if uint64(k.hash) != hash {
		return nil, errCosignKey
	}
	return &Cosigner{k, private}, nil
}

// NewCosignVerifier reads a witness's public key.
func NewCosignVerifier(text string) (*CosignVerifier, error) {
	name, hash, public, err := parseKey(text, ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	k := newCosignKey(name, public)
	if uint64(k.hash) != hash {
		return nil, errCosignKey
	}
	return &CosignVerifier{k}, nil
}

// Public is the public key's text.
func (k cosignKey) Public() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.hash, base64.StdEncoding.EncodeToString(append([]byte{cosignType}, k.public...)))
}

// Name implements note.Signer and note.Verifier.
func (k cosignKey) Name() string { return k.name }

// KeyHash implements note.Signer and note.Verifier.
func (k cosignKey) KeyHash() uint32 { return k.hash }

func cosigned(at uint64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// Sign implements note.Signer.
func (c *Cosigner) Sign(msg []byte) ([]byte, error) {
	at := uint64(time.Now().Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(c.private, cosigned(at, msg))...), nil
}

// Verify implements note.Verifier.
func (v *CosignVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(v.public, cosigned(at, msg), sig[8:])
}

var (
	_ note.Signer   = (*Cosigner)(nil)
	_ note.Verifier = (*CosignVerifier)(nil)
)
