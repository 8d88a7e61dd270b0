package quarantine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// Entry says which record the bytes are.
type Entry struct {
	PayloadID string // name of the payload in the archive, up to 255 of A–Z a–z 0–9 . _ / -
	Record    uint64 // number of the record in the payload
	Code      string // why it is a tombstone: a code, never text of the record
	Origin    string // where the payload came from; sealed, at most 64 KiB - 1
	Time      time.Time
	Cut       bool // the reader gave up inside the record: raw is only its start
}

// Item is what can be said of an entry without the private key.
type Item struct {
	ID        string // 32 hexadecimal digits
	PayloadID string
	Record    uint64
	Code      string
	Time      time.Time // to the millisecond
	Size      uint64    // of the bytes given to Put
	Hash      [32]byte  // keyed hash of the bytes given to Put
	Cut       bool      // only the start of the record was kept
	Kept      bool      // false: the quarantine was full, only size and hash are here
	Replayed  bool      // its record is an event now; set by List only
}

const (
	flagCut     = 1
	flagOmitted = 2

	idLen     = 16
	headFixed = 1 + idLen + 8 + 8 + 8 + sha256.Size + 1 + 1 // flags to the two length bytes
	maxCode   = 64
	maxHead   = headFixed + maxCode + 255
)

type id [idLen]byte

var errEntry = errors.New("putting in quarantine: the entry's payload id, code or origin is not of the documented form")

// valid refuses what could carry text of a record in clear.
func (e *Entry) valid() bool {
	if e.Code == "" || len(e.Code) > maxCode || e.PayloadID == "" || len(e.PayloadID) > 255 || len(e.Origin) > 1<<16-1 {
		return false
	}
	for _, c := range []byte(e.Code) {
		if c != '_' && c-'a' > 'z'-'a' && c-'0' > 9 {
			return false
		}
	}
	for _, c := range []byte(e.PayloadID) {
		if c|0x20-'a' > 'z'-'a' && c-'0' > 9 && c != '.' && c != '_' && c != '/' && c != '-' {
			return false
		}
	}
	return true
}

// names computes ids and hashes.
type names struct{ key *[]byte } // in a Store two pointers deep: see Keyring in package token

func (n names) id(payload string, record uint64) id {
	mac := hmac.New(sha256.New, *n.key)
	mac.Write(append(binary.LittleEndian.AppendUint64([]byte("i"), record), payload...))
	return id(mac.Sum(nil)[:idLen])
}

func (n names) hash(raw []byte) [sha256.Size]byte {
	mac := hmac.New(sha256.New, *n.key)
	mac.Write([]byte("r"))
	mac.Write(raw)
	return [sha256.Size]byte(mac.Sum(nil))
}

func appendHead(dst []byte, id id, e *Entry, flags byte, size int, hash [sha256.Size]byte) []byte {
	le := binary.LittleEndian
	dst = append(append(dst, flags), id[:]...)
	dst = le.AppendUint64(dst, e.Record)
	dst = le.AppendUint64(dst, uint64(e.Time.UnixMilli()))
	dst = le.AppendUint64(dst, uint64(size))
	dst = append(dst, hash[:]...)
	dst = append(append(dst, byte(len(e.Code))), e.Code...)
	return append(append(dst, byte(len(e.PayloadID))), e.PayloadID...)
}

// parseHead reads what appendHead wrote; ok is false if it is not that.
func parseHead(b []byte) (id id, it Item, ok bool) {
	if len(b) < headFixed {
		return id, it, false
	}
	le := binary.LittleEndian
	it.Cut, it.Kept = b[0]&flagCut != 0, b[0]&flagOmitted == 0
	copy(id[:], b[1:])
	b = b[1+idLen:]
	it.ID = hex.EncodeToString(id[:])
	it.Record, it.Time, it.Size = le.Uint64(b), time.UnixMilli(int64(le.Uint64(b[8:]))).UTC(), le.Uint64(b[16:])
	copy(it.Hash[:], b[24:])
	b = b[24+sha256.Size:]
	n := int(b[0])
	if n > maxCode || len(b) < 1+n+1 {
		return id, it, false
	}
	it.Code, b = string(b[1:1+n]), b[1+n:]
	n = int(b[0])
	if len(b) != 1+n {
		return id, it, false
	}
	it.PayloadID = string(b[1:])
	e := Entry{PayloadID: it.PayloadID, Code: it.Code}
	return id, it, e.valid()
}
