package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// secretSize is how many random bytes a secret has: 256 bits cannot be guessed, so
// that one SHA-256 of them is as good as a slow hash, which exists to make guessing
// passwords dear, and costs each request nothing.
const secretSize = 32

// NewSecret returns 256 random bits in hex.
func NewSecret() string {
	var b [secretSize]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}

// Hash is what is kept of a secret: it opens no door.
type Hash [sha256.Size]byte

// HashOf returns a secret's hash.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }
