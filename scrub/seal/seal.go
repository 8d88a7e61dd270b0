// Package seal encrypts records that could not be scrubbed to a public key, so
// that the host that seals them cannot open them: the private half can lie
// elsewhere, on paper, on another machine or in a KMS.
//
// # Format
//
// A sealer has one data key, for one file. The file starts with its header:
//
//	"SLSEAL1\n"   8 bytes
//	key id        8 bytes, the first of SHA-256(recipient's SubjectPublicKeyInfo)
//	wrapped key   113 bytes: HPKE (RFC 9180, base mode) of the 32 byte data key:
//	              the encapsulated key (65), then the ciphertext (48)
//
// or, if a KMS wrapped the data key:
//
//	"SLSEAL2\n"   8 bytes
//	u16, u16      lengths of what follows, little-endian
//	key name      of the key that wrapped it: an ARN
//	wrapped key   as the KMS gave it
//
// HPKE is DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM with the first 16
// bytes of the header as info. Then each message is
//
//	nonce 12 random bytes, ciphertext, tag 16 bytes
//
// of AES-256-GCM under the data key, with associated data of the caller's
// choice, which must be the same to open it.
//
// All of it is FIPS-approved and runs under GODEBUG=fips140=only; X25519, and
// with it age, does not.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
)

const (
	magic     = "SLSEAL1\n"
	infoLen   = len(magic) + keyIDLen
	keyIDLen  = 8
	dataKey   = 32
	pointLen  = 65 // uncompressed point of P-256
	tagLen    = 16
	nonceLen  = 12
	HeaderLen = infoLen + pointLen + dataKey + tagLen // of a file that was sealed to a public key
	Overhead  = nonceLen + tagLen                     // of a message
)

var (
	// ErrOtherKey says that a file was sealed to another public key.
	ErrOtherKey = errors.New("sealed to another key")
	// ErrDamaged says that sealed bytes or what they are bound to were changed.
	ErrDamaged = errors.New("sealed bytes are damaged or not where they belong")
)

// Sealer seals the messages of one file. Its methods may be called from many
// goroutines. It cannot open what it sealed.
type Sealer struct {
	header []byte
	aead   *cipher.AEAD // behind a pointer: see Keyring in package token
}

// NewSealer makes a data key for one file and wraps it to the recipient. A
// file must end before 2^32 messages (NIST SP 800-38D on random nonces).
func NewSealer(to *PublicKey) (*Sealer, error) {
	key := make([]byte, dataKey)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	defer clear(key)
	header := append([]byte(magic), to.id[:]...)
	wrapped, err := hpke.Seal(to.key, hpke.HKDFSHA256(), hpke.AES256GCM(), header, key)
	if err != nil {
		return nil, fmt.Errorf("wrapping data key: %w", err)
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &Sealer{append(header, wrapped...), aead}, nil
}

// Header returns the bytes that the file must start with. They stay
// the sealer's.
func (s *Sealer) Header() []byte { return s.header }

// Seal appends plaintext, encrypted and bound to aad, to dst: Overhead bytes
// more than plaintext. dst and plaintext must not overlap.
func (s *Sealer) Seal(dst, plaintext, aad []byte) []byte {
	return (*s.aead).Seal(dst, nil, plaintext, aad)
}

// Opener opens the messages of one file.
type Opener struct{ aead *cipher.AEAD }

// NewOpener unwraps the data key in a file's header. The error is ErrOtherKey
// if the file was sealed to another key, ErrDamaged if the header was changed.
func NewOpener(key *PrivateKey, header []byte) (*Opener, error) {
	if len(header) != HeaderLen || string(header[:len(magic)]) != magic {
		return nil, ErrDamaged
	}
	if [keyIDLen]byte(header[len(magic):]) != key.id {
		return nil, ErrOtherKey
	}
	data, err := hpke.Open(*key.key, hpke.HKDFSHA256(), hpke.AES256GCM(), header[:infoLen], header[infoLen:])
	if err != nil {
		return nil, ErrDamaged
	}
	defer clear(data)
	aead, err := newAEAD(data)
	if err != nil {
		return nil, err
	}
	return &Opener{aead}, nil
}

// Open appends the plaintext of a sealed message to dst. The error is
// ErrDamaged and nothing is appended if the message or aad is not what Seal saw.
func (o *Opener) Open(dst, sealed, aad []byte) ([]byte, error) {
	out, err := (*o.aead).Open(dst, nil, sealed, aad)
	if err != nil {
		return dst, ErrDamaged
	}
	return out, nil
}

// newAEAD returns AES-256-GCM that puts a random nonce in front by itself.
func newAEAD(key []byte) (*cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making data key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making data key: %w", err)
	}
	return &aead, nil
}
