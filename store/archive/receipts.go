package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

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

// Receipts calls each for every receipt of the archive in the folder dir, in
// their order, unchecked. It writes nothing.
func Receipts(ctx context.Context, dir string, each func(json.RawMessage) error) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(receiptFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the receipts: %w", err)
	}
	defer f.Close()
	for lines := newLines(f, 0); ctx.Err() == nil; {
		line, err := lines.next()
		if err != nil {
			return fmt.Errorf("reading the receipts: %w", err)
		}
		if line == nil {
			break
		}
		var l receiptLine
		if json.Unmarshal(line, &l) != nil {
			return fmt.Errorf("reading the receipts: %w: a line is no receipt", ErrDamaged)
		}
		if err := each(l.Receipt); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// VerifyReceipts checks the receipts of the archive in the folder dir: that the
// key, the text of archive.pub, signed each; that there is one for each line of
// the seal log; and that it says what the object's own footer says. Whether the
// seal log and the objects are as they were sealed is Verify's to tell. It writes
// nothing; the error is only ctx's.
func VerifyReceipts(ctx context.Context, dir, pubkey string) (ReceiptReport, error) {
	v := receiptCheck{store: &folder{dir}, ReceiptReport: ReceiptReport{Status: OK, Matches: map[string]uint64{}, Problems: []Problem{}}}
	verifier, err := note.NewVerifier(strings.TrimSpace(pubkey))
	if err != nil || verifier.Name() != origin {
		v.add(NoKey, "", "the public key is missing or malformed")
		return v.ReceiptReport, ctx.Err()
	}
	v.verifier = verifier
	// The receipts first: those that a running process adds meanwhile follow lines
	// that it adds to the log before.
	receipts, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(receiptFile)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.add(Unreadable, receiptFile, "the receipts can not be read")
		return v.ReceiptReport, ctx.Err()
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(logFile)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.add(NoArchive, "", "there is no seal log in the folder")
		return v.ReceiptReport, ctx.Err()
	case err != nil:
		v.add(Unreadable, logFile, "the seal log can not be read")
		return v.ReceiptReport, ctx.Err()
	}
	defer f.Close()
	v.lines(ctx, receipts, newLines(f, 0))
	return v.ReceiptReport, ctx.Err()
}

type receiptCheck struct {
	ReceiptReport
	store    *folder
	verifier note.Verifier
	buf      []byte
}

func (v *receiptCheck) add(kind ProblemKind, key, detail string) {
	r := Report{Status: v.Status, Problems: v.Problems}
	r.add(kind, key, detail)
	v.Status, v.Problems = r.Status, r.Problems
}

// lines compares each line of the log with its receipt.
func (v *receiptCheck) lines(ctx context.Context, receipts []byte, log *lines) {
	for n := uint64(0); ctx.Err() == nil; n++ {
		text, err := log.next()
		if err != nil {
			v.add(Unreadable, logFile, "the seal log can not be read")
			return
		}
		if text == nil {
			break
		}
		e, _, _ := parseLine(text, head{})
		receipt, rest, whole := bytes.Cut(receipts, []byte("\n"))
		if !whole {
			v.add(NoReceipt, e.Key, fmt.Sprintf("line %d of the seal log has no receipt: the next process that opens the archive writes it", n))
			return
		}
		receipts = rest
		if wrong := v.check(n, &e, receipt); wrong != "" {
			v.add(BadReceipt, e.Key, fmt.Sprintf("receipt %d: %s", n, wrong))
		}
	}
	if len(receipts) > 0 && ctx.Err() == nil {
		v.add(BadReceipt, receiptFile, "there are more receipts than objects in the seal log")
	}
}

// check says what is wrong with the receipt of the log's line n, e.
func (v *receiptCheck) check(n uint64, e *entry, line []byte) string {
	var l receiptLine
	var r Receipt
	if json.Unmarshal(line, &l) != nil || json.Unmarshal(l.Receipt, &r) != nil {
		return "it is malformed"
	}
	if !v.verifier.Verify(signed(l.Receipt), l.Signature) {
		return "it is not signed by the archive's key"
	}
	if r.N != n || r.Key != e.Key || r.SHA256 != e.SHA256 {
		return "it is not of the object in the seal log"
	}
	if object.CheckKey(e.Key) != nil || !strings.HasPrefix(e.Key, root) {
		return "the seal log names no object there"
	}
	data, err := v.store.get(e.Key, v.buf[:0])
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
