package roster

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// Errors of Open.
var (
	ErrKey     = errors.New("the roster was made with another key")
	ErrDamaged = errors.New("the roster is damaged or no roster")
	ErrVersion = errors.New("the roster's format is of another version of scrubline")
)

const (
	keySize  = 32
	saltSize = 16
)

// keyID names a key without telling anything of it.
func keyID(key []byte) (id [8]byte) {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte("scrubline roster key id"))
	copy(id[:], m.Sum(nil))
	return id
}

// KeyID is the name under which a file knows its key, in hexadecimal.
func KeyID(key []byte) string {
	id := keyID(key)
	return hex.EncodeToString(id[:])
}

// keys are derived from the key and the file's salt: no two files share one.
type keys struct {
	seal cipher.AEAD
	hash hasher
	mac  []byte
}

func deriveKeys(key, salt []byte) (k keys, err error) {
	if len(key) != keySize {
		return k, fmt.Errorf("the roster's key has %d bytes, want %d", len(key), keySize)
	}
	part := func(purpose string) []byte {
		b, e := hkdf.Key(sha256.New, key, salt, "scrubline roster "+purpose, keySize)
		if e != nil && err == nil {
			err = fmt.Errorf("deriving the roster's keys: %w", e)
		}
		return b
	}
	seal, fast := part("seal"), part("hash")
	k.mac = part("mac")
	if err != nil {
		return k, err
	}
	defer clear(seal)
	defer clear(fast)
	k.hash = newHasher(fast)
	block, err := aes.NewCipher(seal)
	if err != nil {
		return k, fmt.Errorf("making the roster's cipher: %w", err)
	}
	if k.seal, err = cipher.NewGCM(block); err != nil {
		return k, fmt.Errorf("making the roster's cipher: %w", err)
	}
	return k, nil
}

// hmacs computes the bits of HMACs that cells hold. It is for one goroutine.
type hmacs struct {
	mac   hash.Hash
	input []byte
	sum   [sha256.Size]byte
}

func newHMACs(key []byte) *hmacs {
	return &hmacs{mac: hmac.New(sha256.New, key), input: make([]byte, 0, 512)}
}

// start begins the input of an entry of a kind; what follows is appended to it.
func (h *hmacs) start(k Kind) []byte { return append(h.input[:0], byte(k)) }

// bits returns those of the input, which start began.
func (h *hmacs) bits(input []byte) uint16 {
	h.input = input
	h.mac.Reset()
	_, _ = h.mac.Write(input) // never fails
	h.mac.Sum(h.sum[:0])
	return (uint16(h.sum[0]) | uint16(h.sum[1])<<8) & macMask
}
