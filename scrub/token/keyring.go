package token

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	keySize = 32
	salt    = "scrubline/v1"
)

// ErrClosed is returned by everything that needs keys after Close.
var ErrClosed = errors.New("keyring is closed")

// Keyring holds the master keys, in memory only. Its methods may be called from
// many goroutines. Its zero value is not usable.
//
// No format verb, encoder or logger prints a key: the type has its own Format
// and MarshalJSON, and for a keyring in another type's unexported field, where
// methods are not called, the keys lie behind two pointers. One is not enough:
// a verb that doesn't fit a pointer, such as %s, prints what it points to.
type Keyring struct{ s *ring }

type ring struct {
	mu       sync.RWMutex
	path     string
	versions []*version // ascending, never empty while open
}

type version struct {
	ID      uint32    `json:"id"`
	Created time.Time `json:"created"`
	Key     []byte    `json:"key"`
}

// Format prints no key.
func (Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[keyring]")) }

// MarshalJSON prints no key.
func (Keyring) MarshalJSON() ([]byte, error) { return []byte(`"[keyring]"`), nil }

// Current returns the key version of new tokens, 0 after Close.
func (k *Keyring) Current() uint32 {
	k.s.mu.RLock()
	defer k.s.mu.RUnlock()
	if len(k.s.versions) == 0 {
		return 0
	}
	return k.s.versions[len(k.s.versions)-1].ID
}

// Versions lists all kept key versions, ascending.
func (k *Keyring) Versions() []uint32 {
	k.s.mu.RLock()
	defer k.s.mu.RUnlock()
	ids := make([]uint32, 0, len(k.s.versions))
	for _, v := range k.s.versions {
		ids = append(ids, v.ID)
	}
	return ids
}

// Rotate makes a new key version, writes the file and returns the version.
// Older versions stay, for searches. A tokenizer takes the new version up when
// its Refresh is called.
func (k *Keyring) Rotate() (uint32, error) {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if len(k.s.versions) == 0 {
		return 0, ErrClosed
	}
	last := k.s.versions[len(k.s.versions)-1].ID
	if last == 1<<32-1 {
		return 0, errors.New("rotating keyring: no key versions left")
	}
	next := append(k.s.versions[:len(k.s.versions):len(k.s.versions)], newVersion(last+1))
	if err := replaceFile(k.s.path, next); err != nil {
		return 0, fmt.Errorf("rotating keyring: %w", err)
	}
	k.s.versions = next
	return last + 1, nil
}

// Close overwrites the master keys. Tokenizers go on until they are closed.
func (k *Keyring) Close() {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	wipe(k.s.versions)
	k.s.versions = nil
}

// Derive returns 32 bytes for another purpose than tokens (names of payloads,
// ids in the quarantine). They come from the oldest version, so that rotation
// doesn't change them and a second delivery still meets the first one's names.
// The caller overwrites them when done.
func (k *Keyring) Derive(purpose, tenant string) ([]byte, error) {
	k.s.mu.RLock()
	defer k.s.mu.RUnlock()
	if len(k.s.versions) == 0 {
		return nil, ErrClosed
	}
	return derive(k.s.versions[0].Key, "derive", purpose, tenant)
}

// tokenKey returns K of a key version, a type and a tenant.
func (k *Keyring) tokenKey(id uint32, typ Type, tenant string) ([]byte, error) {
	k.s.mu.RLock()
	defer k.s.mu.RUnlock()
	if len(k.s.versions) == 0 {
		return nil, ErrClosed
	}
	for _, v := range k.s.versions {
		if v.ID == id {
			return derive(v.Key, "token", typ.String(), tenant)
		}
	}
	return nil, fmt.Errorf("key version %d is not in the keyring", id)
}

// derive separates label, purpose and tenant by zero bytes; only the tenant,
// which comes last, can hold one, so no two triples give the same info.
func derive(master []byte, label, purpose, tenant string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, master, []byte(salt), label+"\x00"+purpose+"\x00"+tenant, keySize)
	if err != nil {
		return nil, fmt.Errorf("deriving key: %w", err)
	}
	return key, nil
}

func newVersion(id uint32) *version {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	return &version{ID: id, Created: time.Now().UTC().Truncate(time.Second), Key: key}
}

func wipe(vs []*version) {
	for _, v := range vs {
		if v != nil {
			clear(v.Key)
		}
	}
}
