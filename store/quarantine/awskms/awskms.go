// Package awskms gets the quarantine's data keys from AWS KMS: GenerateDataKey for each
// file, whose wrapped form lies in the file's header, and Decrypt to open one. The key
// that wraps them never leaves KMS, and its policy says who may decrypt: the host that
// seals needs kms:GenerateDataKey only.
package awskms

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/scrubline/scrubline/scrub/seal"
)

// bound is the encryption context of every data key: CloudTrail shows it with each
// use, and a key's policy can ask for it.
func bound() map[string]string { return map[string]string{"scrubline": "quarantine"} }

// Pauses between tries while KMS does not answer: doubled from the first to the last,
// then a random half.
const (
	pause     = 250 * time.Millisecond
	lastPause = 15 * time.Second
)

// Key is a symmetric key in KMS. It implements seal.KMS.
type Key struct {
	Client *kms.Client
	ID     string // id, ARN or alias
	// Waiting, if set, is called when KMS does not answer, with why: until it does, or
	// ctx ends, whoever seals waits.
	Waiting func(error)
}

// DataKey implements seal.KMS. While KMS is down it waits: nothing may be kept that is
// not encrypted, and nothing may be dropped. What another try does not change (no such
// key, no permission, disabled) is an error at once.
func (k *Key) DataKey(ctx context.Context) (plain, wrapped []byte, name string, err error) {
	for wait := pause; ; wait = min(2*wait, lastPause) {
		out, err := k.Client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
			KeyId: &k.ID, KeySpec: types.DataKeySpecAes256, EncryptionContext: bound(),
		})
		switch {
		case err == nil && len(out.Plaintext) == 32:
			return out.Plaintext, out.CiphertextBlob, aws.ToString(out.KeyId), nil
		case err == nil:
			return nil, nil, "", errors.New("getting a data key from KMS: it is not 32 bytes long")
		case ctx.Err() != nil || hopeless(err):
			return nil, nil, "", fmt.Errorf("getting a data key from KMS: %w", err)
		}
		if k.Waiting != nil {
			k.Waiting(err)
		}
		t := time.NewTimer(wait/2 + rand.N(wait/2))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, nil, "", fmt.Errorf("getting a data key from KMS: %w", err)
		}
	}
}

// Unwrap implements seal.KMS.
func (k *Key) Unwrap(ctx context.Context, name string, wrapped []byte) ([]byte, error) {
	out, err := k.Client.Decrypt(ctx, &kms.DecryptInput{KeyId: &name, CiphertextBlob: wrapped, EncryptionContext: bound()})
	switch {
	case err == nil:
		return out.Plaintext, nil
	case is[*types.InvalidCiphertextException](err):
		return nil, seal.ErrDamaged
	case is[*types.NotFoundException](err), is[*types.IncorrectKeyException](err):
		return nil, seal.ErrOtherKey
	}
	return nil, fmt.Errorf("unwrapping a data key by KMS: %w", err)
}

// hopeless says whether another try gives the same answer.
func hopeless(err error) bool {
	var a interface{ ErrorCode() string }
	if errors.As(err, &a) {
		switch a.ErrorCode() {
		case "AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId", "ValidationException":
			return true
		}
	}
	return is[*types.NotFoundException](err) || is[*types.DisabledException](err) || is[*types.KMSInvalidStateException](err) ||
		is[*types.InvalidKeyUsageException](err)
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
