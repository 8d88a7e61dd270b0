package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/store/archive/object"
)

// ReceiptReport is what VerifyReceipts found. Counts are of receipts that are as
// they should be.
type ReceiptReport struct {
	Status     Status            `json:"status"`
	Receipts   int               `json:"receipts"`
	Rows       uint64            `json:"rows"`
	Tombstones uint64            `json:"tombstones"`
	Matches    map[string]uint64 `json:"matches"` // by recognizer
	Problems   []Problem         `json:"problems"`
}

// ExitCode is the command's exit code: 0 ok, 1 tampered, 2 unknown.
func (r *ReceiptReport) ExitCode() int { return (&Report{Status: r.Status}).ExitCode() }

// Receipts calls each for every receipt of an archive, in their order, unchecked.
func Receipts(ctx context.Context, s object.Store, each func(json.RawMessage) error) error {
	return s.List(ctx, receiptRoot, func(i object.Info) error {
		b, err := s.Get(ctx, i.Key, nil)
		if err != nil {
			return fmt.Errorf("reading the receipts: %w", err)
		}
		for line := range bytes.Lines(b) {
			var l receiptLine
			if json.Unmarshal(line, &l) != nil {
				return fmt.Errorf("reading the receipts: %w: a line of %s is no receipt", ErrDamaged, i.Key)
			}
			if err := each(l.Receipt); err != nil {
				return err
			}
		}
		return nil
	})
}

// VerifyReceipts checks the receipts of an archive: that the key, the text of
// archive.pub, signed each; that there is one for each object in the seal log; and
// that it says what the object's own footer says. Whether the seal log and the
// objects are as they were sealed is Verify's to tell. It writes nothing; the error
// is only ctx's.
func VerifyReceipts(ctx context.Context, s object.Store, pubkey string) (ReceiptReport, error) {
	v := receiptCheck{store: s, ReceiptReport: ReceiptReport{Status: OK, Matches: map[string]uint64{}, Problems: []Problem{}}}
	v.run(ctx, pubkey)
	return v.ReceiptReport, ctx.Err()
}

type receiptCheck struct {
	ReceiptReport
	store object.Store
	keys  keyHistory
	buf   []byte
	files []uint64 // first leaves of the claims that have receipts
	file  uint64   // in hand
	lines []byte   // of it, those that were not looked at
}

func (v *receiptCheck) run(ctx context.Context, pubkey string) {
	if _, err := parsePublicKey(pubkey); err != nil {
		v.add(NoKey, "", err.Error())
		return
	}
	log, err := NewReader(ctx, v.store)
	if errors.Is(err, object.ErrNotExist) {
		v.add(NoArchive, "", "there is no seal log")
		return
	}
	if err == nil {
		v.keys, err = log.keys(ctx, pubkey)
	}
	if err != nil {
		v.add(BadCheckpoint, checkpointRoot, err.Error())
		return
	}
	err = v.store.List(ctx, receiptRoot, func(i object.Info) error {
		if n, ok := numberIn(i.Key, receiptRoot); ok && n < log.last.Size {
			v.files = append(v.files, n)
		}
		return nil
	})
	if err == nil {
		err = log.Leaves(ctx, 0, log.last.Size, func(l *Leaf) error { return v.leaf(ctx, l) })
	}
	if err != nil {
		v.add(Unreadable, receiptRoot, err.Error())
		return
	}
	v.leftOver()
}

func (v *receiptCheck) add(kind ProblemKind, key, detail string) {
	r := Report{Status: v.Status, Problems: v.Problems}
	r.add(kind, key, detail)
	v.Status, v.Problems = r.Status, r.Problems
}

func (v *receiptCheck) leftOver() {
	if len(v.lines) > 0 {
		v.add(BadReceipt, receiptKey(v.file), "there are more receipts than objects in the seal log")
	}
}

// leaf compares a leaf with its receipt.
func (v *receiptCheck) leaf(ctx context.Context, l *Leaf) error {
	for len(v.files) > 0 && v.files[0] <= l.N {
		v.leftOver()
		var err error
		if v.lines, err = v.store.Get(ctx, receiptKey(v.files[0]), nil); err != nil {
			return err
		}
		v.file, v.files = v.files[0], v.files[1:]
	}
	if l.Object == nil {
		return nil
	}
	line, rest, whole := bytes.Cut(v.lines, []byte("\n"))
	if !whole {
		v.add(BadReceipt, l.Object.Key, fmt.Sprintf("leaf %d of the seal log has no receipt", l.N))
		return nil
	}
	v.lines = rest
	if wrong := v.check(ctx, l, line); wrong != "" {
		v.add(BadReceipt, l.Object.Key, fmt.Sprintf("receipt %d: %s", l.N, wrong))
	}
	return nil
}

// check says what is wrong with the receipt of a leaf.
func (v *receiptCheck) check(ctx context.Context, leaf *Leaf, line []byte) string {
	n, e := leaf.N, leaf.Object
	var l receiptLine
	var r Receipt
	if json.Unmarshal(line, &l) != nil || json.Unmarshal(l.Receipt, &r) != nil {
		return "it is malformed"
	}
	if !v.keys.keyAt(v.file).Verify(signed(l.Receipt), l.Signature) {
		return "it is not signed by the archive's key"
	}
	if r.N != n || r.Key != e.Key || r.SHA256 != e.SHA256 {
		return "it is not of the object in the seal log"
	}
	if object.CheckKey(e.Key) != nil || !strings.HasPrefix(e.Key, root) {
		return "the seal log names no object there"
	}
	data, err := v.store.Get(ctx, e.Key, v.buf[:0])
	v.buf = data
	if err != nil {
		return "its object is not there or can not be read"
	}
	if sum(data) != r.SHA256 {
		return "its object is not the one that was sealed"
	}
	o, _, err := inspect(e.Key, data)
	if err != nil {
		return err.Error()
	}
	want, err := json.Marshal(receiptOf(n, &o))
	if err != nil || !bytes.Equal(want, l.Receipt) {
		return "it does not say what the object's footer says"
	}
	v.Receipts++
	v.Rows += o.Rows
	v.Tombstones += o.Tombstones
	for k, m := range r.Matches {
		v.Matches[k] += m
	}
	return ""
}
