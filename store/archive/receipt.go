package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Files of the receipts, below the archive's folder.
const (
	receiptFolder = "receipts"
	receiptFile   = receiptFolder + "/log"
)

// receiptHead is what a signed receipt starts with, so that nothing else that the
// key signs can pass for one.
const receiptHead = "scrubline-receipt\n"

// Receipt says what the scrubber did to the records of one object, and under
// which rules. It follows from the object's footer alone: the same object has the
// same receipt, whoever writes it and however often.
type Receipt struct {
	N          uint64            `json:"n"` // the object's line in the seal log
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

// receiptLog brings the receipts' file up to the seal log: line n is the receipt
// of the log's line n. It is called under the log's lock, so any process writes
// what any other left undone, and what a dead one wrote twice or half is cut off.
type receiptLog struct {
	size    uint64 // receipts there are
	offset  int64  // their bytes
	entries uint64 // lines of the seal log read
	read    int64  // their bytes
}

// catchUp writes the receipts of the objects in the log that have none. look
// describes a stored object. If one is missing or damaged there are no receipts
// from it on: verifying says so.
func (r *receiptLog) catchUp(log *sealLog, look func(key string) (Object, error)) error {
	name := filepath.Join(log.dir, filepath.FromSlash(receiptFile))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := r.found(f, log.state.size); err != nil {
		return err
	}
	for r.size < log.state.size {
		buf, n, err := r.missing(log, look)
		if err == nil && n > 0 {
			_, err = f.WriteAt(buf, r.offset)
		}
		if err == nil && n > 0 {
			err = f.Sync()
		}
		if err != nil {
			*r = receiptLog{}
			return fmt.Errorf("writing receipts: %w", err)
		}
		if n == 0 {
			return nil
		}
		r.size, r.offset = r.size+n, r.offset+int64(len(buf))
	}
	return nil
}

// found reads on to the end of the receipts, most at most, and cuts off the rest.
func (r *receiptLog) found(f *os.File, most uint64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if r.size > most || r.offset > info.Size() {
		*r = receiptLog{}
	}
	for lines := newLines(f, r.offset); r.size < most; r.size++ {
		line, err := lines.next()
		if err != nil {
			return err
		}
		if line == nil {
			break
		}
		r.offset = lines.offset
	}
	if info.Size() == r.offset {
		return nil
	}
	return f.Truncate(r.offset)
}

// missing makes the receipts of the log's lines from r.size on, not many more than
// fill a mebibyte, and says how many.
func (r *receiptLog) missing(log *sealLog, look func(key string) (Object, error)) (buf []byte, n uint64, err error) {
	f, err := os.Open(filepath.Join(log.dir, filepath.FromSlash(logFile)))
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	lines := newLines(f, r.read)
	for r.entries < log.state.size && len(buf) < 1<<20 {
		line, err := lines.next()
		if err != nil || line == nil {
			return buf, n, err
		}
		if r.entries >= r.size {
			e, _, _ := parseLine(line, head{})
			o, err := look(e.Key)
			if errors.Is(err, ErrDamaged) || errors.Is(err, object.ErrNotExist) || errors.Is(err, object.ErrKey) {
				return buf, n, nil
			}
			if err != nil {
				return nil, 0, err
			}
			if buf, err = appendReceipt(buf, receiptOf(r.entries, &o), log.signer); err != nil {
				return nil, 0, fmt.Errorf("signing: %w", err)
			}
			n++
		}
		r.entries, r.read = r.entries+1, lines.offset
	}
	return buf, n, nil
}
