package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"strconv"
)

// Tokenizer makes tokens for one tenant under one key version. It belongs to
// one worker: its methods must not be called from two goroutines at once. It
// holds raw values in memory (its cache) and prints none of them, as Keyring.
type Tokenizer struct{ s *state }

type state struct {
	ring    *Keyring
	tenant  string
	version uint32
	macs    [numTypes]hash.Hash
	prefix  [numTypes][]byte // t1.<type>.<key version>.
	cache   *cache
	sum     [sha256.Size]byte
}

// New returns a tokenizer under the ring's current key version. The error is
// ErrClosed if the ring is closed.
func New(ring *Keyring, tenant string) (*Tokenizer, error) {
	t := &Tokenizer{&state{ring: ring, tenant: tenant, cache: newCache()}}
	if err := t.load(ring.Current()); err != nil {
		return nil, err
	}
	return t, nil
}

// load takes up a key version whole or, on an error, not at all: a token must
// never have one version's name and another's body.
func (t *Tokenizer) load(version uint32) error {
	var macs [numTypes]hash.Hash
	for typ := Type(1); typ < numTypes; typ++ {
		mac, err := newMAC(t.s.ring, version, typ, t.s.tenant)
		if err != nil {
			return fmt.Errorf("making tokenizer: %w", err)
		}
		macs[typ] = mac
	}
	for typ := Type(1); typ < numTypes; typ++ {
		t.s.prefix[typ] = appendPrefix(nil, typ, version)
	}
	t.s.macs, t.s.version = macs, version
	t.s.cache.clear()
	return nil
}

func newMAC(ring *Keyring, version uint32, typ Type, tenant string) (hash.Hash, error) {
	key, err := ring.tokenKey(version, typ, tenant)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	clear(key)
	return mac, nil
}

func appendPrefix(dst []byte, typ Type, version uint32) []byte {
	dst = append(append(append(dst, mark...), typ.String()...), '.')
	return append(strconv.AppendUint(dst, uint64(version), 10), '.')
}

// Version returns the key version of the tokens.
func (t *Tokenizer) Version() uint32 { return t.s.version }

// Refresh takes up the ring's current key version and tells whether it changed.
// It is called between batches, so that a batch has one key version.
func (t *Tokenizer) Refresh() (changed bool, err error) {
	now := t.s.ring.Current()
	if now == t.s.version {
		return false, nil
	}
	if err := t.load(now); err != nil {
		return false, err
	}
	return true, nil
}

// Append appends the token of a canonical value, at most MaxLen bytes. It does
// not keep canonical and does not allocate if dst has room. typ must be one of
// the declared types and t not closed.
func (t *Tokenizer) Append(dst []byte, typ Type, canonical []byte) []byte {
	s := t.s
	dst = append(dst, s.prefix[typ]...)
	body, fill := s.cache.find(typ, canonical)
	if body != nil {
		return append(dst, body[:]...)
	}
	mac := s.macs[typ]
	mac.Reset()
	_, _ = mac.Write(canonical) // never fails
	mac.Sum(s.sum[:0])
	dst = appendBody(dst, &s.sum)
	if fill != nil {
		fill.put(typ, canonical, dst[len(dst)-bodyLen:])
	}
	return dst
}

// AppendRaw is Append of the canonical form of raw.
func (t *Tokenizer) AppendRaw(dst []byte, typ Type, raw []byte) []byte {
	c := t.s.cache
	c.scratch = Canonical(typ, c.scratch[:0], raw)
	return t.Append(dst, typ, c.scratch)
}

// Close overwrites the cached values and drops the keys; t makes no more tokens.
func (t *Tokenizer) Close() {
	t.s.cache.clear()
	clear(t.s.sum[:])
	clear(t.s.macs[:])
}

// Format prints neither keys nor values.
func (Tokenizer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[tokenizer]")) }

// MarshalJSON prints neither keys nor values.
func (Tokenizer) MarshalJSON() ([]byte, error) { return []byte(`"[tokenizer]"`), nil }
