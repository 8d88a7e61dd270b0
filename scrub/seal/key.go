package seal

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const maxKeyFile = 16 << 10

// PublicKey is what records are sealed to.
type PublicKey struct {
	key hpke.PublicKey
	id  [keyIDLen]byte
}

// ID names the key in 16 hexadecimal digits.
func (k *PublicKey) ID() string { return hex.EncodeToString(k.id[:]) }

// PrivateKey opens what was sealed to its public half. Nothing prints it: the
// key lies behind two pointers, see Keyring in package token.
type PrivateKey struct {
	key *hpke.PrivateKey
	id  [keyIDLen]byte
}

// ID names the key, as the public half does.
func (k *PrivateKey) ID() string { return hex.EncodeToString(k.id[:]) }

// Format prints the key's name only.
func (k PrivateKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[private key %s]", k.ID()) }

// NewPublicKey takes a P-256 key.
func NewPublicKey(pub *ecdh.PublicKey) (*PublicKey, error) {
	id, err := keyID(pub)
	if err != nil {
		return nil, err
	}
	key, err := hpke.NewDHKEMPublicKey(pub)
	if err != nil {
		return nil, errors.New("taking public key: hpke does not know its kind")
	}
	return &PublicKey{key, id}, nil
}

// NewPrivateKey takes a P-256 key, or one in a KMS that does the key exchange
// and returns only the shared secret.
func NewPrivateKey(priv ecdh.KeyExchanger) (*PrivateKey, error) {
	id, err := keyID(priv.PublicKey())
	if err != nil {
		return nil, err
	}
	key, err := hpke.NewDHKEMPrivateKey(priv)
	if err != nil {
		return nil, errors.New("taking private key: hpke does not know its kind")
	}
	return &PrivateKey{&key, id}, nil
}

func keyID(pub *ecdh.PublicKey) (id [keyIDLen]byte, err error) {
	if pub.Curve() != ecdh.P256() {
		return id, errors.New("the key is not on the curve P-256")
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return id, fmt.Errorf("encoding public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return [keyIDLen]byte(sum[:]), nil
}

// GenerateKey makes a key pair in two PEM files: PKCS #8 with mode 0600 and
// SubjectPublicKeyInfo with mode 0644. It overwrites neither: the error is
// fs.ErrExist if one is there. Move the private one away from this host.
func GenerateKey(pubPath, privPath string) (*PublicKey, error) {
	priv, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating key: %w", err)
	}
	privDER, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, fmt.Errorf("encoding private key: %w", err)
	}
	defer clear(privDER)
	pubDER, err := x509.MarshalPKIXPublicKey(priv.PublicKey())
	if err != nil {
		return nil, fmt.Errorf("encoding public key: %w", err)
	}
	// The private half first: a public key alone would seal what nobody can open.
	if err := writeKey(privPath, "PRIVATE KEY", privDER, 0o600); err != nil {
		return nil, err
	}
	if err := writeKey(pubPath, "PUBLIC KEY", pubDER, 0o644); err != nil {
		return nil, errors.Join(err, os.Remove(privPath))
	}
	return NewPublicKey(priv.PublicKey())
}

func writeKey(path, kind string, der []byte, mode fs.FileMode) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	defer clear(text)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("writing key: %w", err)
	}
	_, err = f.Write(text)
	if e := f.Chmod(mode); err == nil { // the umask may have taken bits off
		err = e
	}
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("writing key: %w", err)
	}
	return nil
}

// ReadPublicKey reads a PEM file with a P-256 SubjectPublicKeyInfo.
func ReadPublicKey(path string) (*PublicKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening public key: %w", err)
	}
	defer f.Close()
	der, err := readPEM(f, "PUBLIC KEY")
	if err != nil {
		return nil, fmt.Errorf("reading public key %s: %w", path, err)
	}
	if parsed, err := x509.ParsePKIXPublicKey(der); err == nil {
		if k, ok := parsed.(interface {
			ECDH() (*ecdh.PublicKey, error)
		}); ok {
			if pub, err := k.ECDH(); err == nil {
				return NewPublicKey(pub)
			}
		}
	}
	return nil, fmt.Errorf("reading public key %s: not a P-256 public key", path)
}

// ReadPrivateKey reads a PEM file with a P-256 key in PKCS #8. It refuses a
// file that anybody but its owner may read or write.
func ReadPrivateKey(path string) (*PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening private key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening private key: %w", err)
	}
	if perm := info.Mode().Perm(); !info.Mode().IsRegular() || perm&0o077 != 0 {
		return nil, fmt.Errorf("opening private key %s: mode is %04o, want a regular file that only its owner can read (chmod 600)", path, perm)
	}
	der, err := readPEM(f, "PRIVATE KEY")
	if err != nil {
		return nil, fmt.Errorf("reading private key %s: %w", path, err)
	}
	defer clear(der)
	if parsed, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if k, ok := parsed.(interface {
			ECDH() (*ecdh.PrivateKey, error)
		}); ok {
			if priv, err := k.ECDH(); err == nil {
				return NewPrivateKey(priv)
			}
		}
	}
	return nil, fmt.Errorf("reading private key %s: not a P-256 private key", path)
}

func readPEM(r io.Reader, kind string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFile))
	if err != nil {
		return nil, err
	}
	defer clear(text)
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("no %s block in PEM", kind)
	}
	return block.Bytes, nil
}
