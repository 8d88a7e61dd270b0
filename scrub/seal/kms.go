package seal

import "context"

// Recipient is whom files are sealed to: a PublicKey or a KMSKey.
type Recipient interface {
	// NewSealer makes a data key for one file.
	NewSealer(ctx context.Context) (*Sealer, error)
}

// Key opens what was sealed to its Recipient: a PrivateKey or a KMSKey.
type Key interface {
	// ID names the key.
	ID() string
	// NewOpener unwraps the data key in a file's header. The error is ErrOtherKey if
	// the file was sealed to another key, ErrDamaged if the header was changed.
	NewOpener(ctx context.Context, header []byte) (*Opener, error)
}

// NewSealer implements Recipient.
func (k *PublicKey) NewSealer(context.Context) (*Sealer, error) { return NewSealer(k) }

// NewOpener implements Key.
func (k *PrivateKey) NewOpener(_ context.Context, header []byte) (*Opener, error) {
	if _, _, ok := parseKMSHeader(header); ok {
		return nil, ErrOtherKey
	}
	return NewOpener(k, header)
}

// KMS makes and unwraps data keys, and keeps the key that wraps them.
type KMS interface {
	// DataKey returns a new key of 32 bytes, in clear and wrapped, and the name of the
	// key that wrapped it.
	DataKey(ctx context.Context) (plain, wrapped []byte, name string, err error)
	// Unwrap returns the data key. ErrOtherKey if it was wrapped by a key that the KMS
	// does not have or may not use, ErrDamaged if it was changed.
	Unwrap(ctx context.Context, name string, wrapped []byte) (plain []byte, err error)
}

// KMSKey is a key in a KMS as Recipient and Key. Whoever seals with it could open
// what it sealed as well, if the KMS lets it: the policy of the key says who may
// decrypt.
type KMSKey struct {
	KMS  KMS
	Name string // how the key is called here
}

// ID implements Key.
func (k *KMSKey) ID() string { return k.Name }

// NewSealer implements Recipient.
func (k *KMSKey) NewSealer(ctx context.Context) (*Sealer, error) {
	plain, wrapped, name, err := k.KMS.DataKey(ctx)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	header, err := kmsHeader(name, wrapped)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(plain)
	if err != nil {
		return nil, err
	}
	return &Sealer{header, aead}, nil
}

// NewOpener implements Key.
func (k *KMSKey) NewOpener(ctx context.Context, header []byte) (*Opener, error) {
	name, wrapped, ok := parseKMSHeader(header)
	if !ok {
		if len(header) == HeaderLen && string(header[:len(magic)]) == magic {
			return nil, ErrOtherKey
		}
		return nil, ErrDamaged
	}
	plain, err := k.KMS.Unwrap(ctx, name, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	aead, err := newAEAD(plain)
	if err != nil {
		return nil, err
	}
	return &Opener{aead}, nil
}

// Keys are several keys as one: each file is opened by the first it was sealed to.
type Keys []Key

// ID implements Key. It is the first one's.
func (k Keys) ID() string { return k[0].ID() }

// NewOpener implements Key.
func (k Keys) NewOpener(ctx context.Context, header []byte) (o *Opener, err error) {
	err = ErrOtherKey
	for _, one := range k {
		if o, err = one.NewOpener(ctx, header); err != ErrOtherKey {
			break
		}
	}
	return o, err
}
