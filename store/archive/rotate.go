package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// RotateKey goes over to a new signing key and returns the public half. What
// waits is sealed first. A leaf says so; the checkpoint behind it is signed by
// both keys, so that whoever trusts the old one can trust the new one. The old
// key is gone then: what it signed stays good. Keep the new public key elsewhere
// too.
func (a *Archive) RotateKey(ctx context.Context) (public string, err error) {
	if err := a.Seal(ctx); err != nil {
		return "", err
	}
	l := a.log
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.key.public
	for err = a.follow(ctx); err == nil && l.key.public == old; err = a.follow(ctx) {
		var next *keyPair
		// One that a rotation made which died is as good as another.
		if next, err = makeKey(filepath.Join(l.data, nextKeyFile), l.key.Name()); err != nil {
			break
		}
		var record []byte
		if record, err = json.Marshal(keyChange{Old: old, New: next.public}); err != nil {
			break
		}
		if _, err = l.claim(ctx, []*Leaf{{Kind: KindKey, Record: record}}, nil); err != nil {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("changing the signing key: %w", err)
	}
	return l.key.public, nil
}
