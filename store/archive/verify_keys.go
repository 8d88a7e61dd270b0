package archive

import (
	"encoding/json"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// keyHistory is the keys that signed a log, each with the number of the leaf that
// says so. The first is in force from the start.
type keyHistory []keyInForce

type keyInForce struct {
	from   uint64
	public string
	note.Verifier
}

// keyAt is the key that signs what begins with leaf n.
func (k keyHistory) keyAt(n uint64) note.Verifier {
	for i := len(k) - 1; i > 0; i-- {
		if k[i].from < n {
			return k[i].Verifier
		}
	}
	return k[0].Verifier
}

// signers are the keys that must have signed the checkpoint of size leaves: the
// one in force, and right behind a key's leaf the one before as well.
func (k keyHistory) signers(size uint64) []note.Verifier {
	by := []note.Verifier{k.keyAt(size)}
	for i := 1; i < len(k); i++ {
		if k[i].from+1 == size {
			by = append(by, k[i-1].Verifier)
		}
	}
	return by
}

// follow takes in a key's leaf. It is false if the keys before are not known yet:
// whoever gave us the key in force finds those before it in the leaves.
func (k *keyHistory) follow(l *Leaf) bool {
	var c keyChange
	if json.Unmarshal(l.Record, &c) != nil || (*k)[len(*k)-1].public != c.Old {
		return false
	}
	v, err := parsePublicKey(c.New)
	if err != nil || v.Name() != (*k)[0].Name() {
		return false
	}
	*k = append(*k, keyInForce{l.N, c.New, v})
	return true
}

// historyOf is the keys that the key leaves tell of, of which given must be one.
func historyOf(given keyInForce, leaves []*Leaf) (keyHistory, bool) {
	var first keyChange
	if json.Unmarshal(leaves[0].Record, &first) != nil {
		return nil, false
	}
	v, err := parsePublicKey(first.Old)
	if err != nil || v.Name() != given.Name() {
		return nil, false
	}
	k := keyHistory{{public: first.Old, Verifier: v}}
	for _, l := range leaves {
		if !k.follow(l) {
			return nil, false
		}
	}
	return k, slices.ContainsFunc(k, func(e keyInForce) bool { return e.public == given.public })
}
