package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/object"
)

// receiptHead is what a signed receipt starts with, so that nothing else that the
// key signs can pass for one.
const receiptHead = "scrubline-receipt\n"

// Receipt says what the scrubber did to the records of one object, and under
// which rules. It follows from the object's footer alone: the same object has the
// same receipt, whoever writes it and however often.
type Receipt struct {
	N          uint64            `json:"n"` // the object's leaf in the seal log
	Key        string            `json:"key"`
	SHA256     Hash              `json:"sha256"` // of the object
	Table      string            `json:"table"`
	Source     string            `json:"source"`
	Start      uint64            `json:"start"`
	End        uint64            `json:"end"`
	Rows       uint64            `json:"rows"`
	Events     uint64            `json:"events"`
	Tombstones uint64            `json:"tombstones"`
	Matches    map[string]uint64 `json:"matches"` // by recognizer
	Treated    map[string]uint64 `json:"treated,omitempty"`
	Policy     string            `json:"policy_hash"`
	KeyVersion uint32            `json:"key_version"`
	Scrubber   string            `json:"scrubber"`
	Ingested   time.Time         `json:"ingested"`
	Error      string            `json:"error"`
}

func receiptOf(n uint64, o *Object) Receipt {
	return Receipt{
		N: n, Key: o.Key, SHA256: o.SHA256, Table: o.Meta.Table.String(), Source: o.Meta.Source,
		Start: o.Meta.Start, End: o.End, Rows: o.Rows, Events: o.Events, Tombstones: o.Tombstones,
		Matches: o.Meta.Matches, Treated: o.Meta.Treated, Policy: o.Meta.PolicyHash,
		KeyVersion: o.Meta.KeyVersion, Scrubber: o.Meta.Scrubber, Ingested: o.Meta.Ingested.UTC(), Error: o.Meta.Error,
	}
}

// receiptLine is a line of the receipts' file. What is signed is receiptHead and
// the bytes of the first member as they stand.
type receiptLine struct {
	Receipt   json.RawMessage `json:"receipt"`
	Signature []byte          `json:"signature"` // Ed25519
}

func signed(receipt []byte) []byte { return append([]byte(receiptHead), receipt...) }

func appendReceipt(buf []byte, r Receipt, by note.Signer) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sig, err := by.Sign(signed(text))
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(receiptLine{text, sig})
	if err != nil {
		return nil, err
	}
	return append(append(buf, line...), '\n'), nil
}

// receipts makes the receipts of the objects that leaves are about, nil if there
// are none. objects are those at hand, by key; the others are read. If one is
// missing or damaged there are no receipts: verifying says so.
func (l *sealLog) receipts(ctx context.Context, leaves []*Leaf, objects map[string]*Object) (buf []byte, err error) {
	for _, leaf := range leaves {
		if leaf.Object == nil {
			continue
		}
		o := objects[leaf.Object.Key]
		if o == nil {
			found, err := l.look(ctx, leaf.Object.Key)
			if errors.Is(err, ErrDamaged) || errors.Is(err, object.ErrNotExist) || errors.Is(err, object.ErrKey) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			o = &found
		}
		if buf, err = appendReceipt(buf, receiptOf(leaf.N, o), l.key); err != nil {
			return nil, fmt.Errorf("signing a receipt: %w", err)
		}
	}
	return buf, nil
}
