package reports

import (
	"context"
	"time"
)

// Archive is what a report may know about the archive. Its methods are called
// from one goroutine.
type Archive interface {
	// Checkpoint returns the newest signed statement of what is in the archive.
	Checkpoint(ctx context.Context) (Checkpoint, error)
	// Objects calls each for every object under the checkpoint, in the order of
	// their keys. The object is the callee's until it returns.
	Objects(ctx context.Context, each func(*Object) error) error
	// Holds returns the legal holds that the log has up to the checkpoint, released
	// ones included, in the order in which they were placed.
	Holds(ctx context.Context) ([]Hold, error)
	// Verify checks the archive as an outsider would.
	Verify(ctx context.Context) (Verification, error)
	// Sign makes a C2SP signed note of text with the archive's key.
	Sign(text string) ([]byte, error)
	// PublicKey is the verifier key that goes with Sign, as text.
	PublicKey() string
}

// Checkpoint is a signed statement of what is in the archive.
type Checkpoint struct {
	Note   []byte // as it was signed
	Size   uint64 // entries of the log that it covers
	Root   string // hash over them, as in the note, base64
	Signed bool   // the signature was checked and is good
}

// Object is an archived batch.
type Object struct {
	Key        string // below the archive's folder
	Batch      string // whose rows it holds
	Table      string
	Source     string
	Origin     string
	SHA256     string
	Size       int64 // bytes
	Rows       uint64
	Events     uint64
	Tombstones uint64
	Duplicates uint64 // events that their source delivered before; among Events
	First      time.Time
	Last       time.Time
	Ingested   time.Time
	Final      bool   // its payload ends with it
	Error      string // code that ended its payload early
	Policy     string // hash of the policy in force
	Scrubber   string
	KeyVersion uint32            // of tokens
	Matches    map[string]uint64 // by recognizer
	Treated    map[string]uint64 // by recognizer/treatment

	LockedUntil time.Time // zero: no retention is enforced by the store
	LockMode    string    // COMPLIANCE, GOVERNANCE, or "" for none
	Hold        bool      // a legal hold lies on it
}

// Hold is a legal hold.
type Hold struct {
	Name     string
	Matter   string
	By       string
	Placed   time.Time
	Released time.Time // zero: it is in force
	Reason   string    // of the release
	Objects  uint64    // that it keeps
}

// Verification is what checking the archive found.
type Verification struct {
	Mode   string // Full or SignatureOnly
	Status string // ok, tampered, unknown
	Checks []VerifiedCheck
	// Problems by object key or file name; empty if all is well.
	Problems []Problem
}

// Modes of verification.
const (
	Full          = "full"           // every object was read and is as it was sealed
	SignatureOnly = "signature only" // the checkpoint's signature
)

// VerifiedCheck is one thing that was checked: how many there are, and whether
// they are as they should be.
type VerifiedCheck struct {
	Name   string // "objects re-hashed"
	Status string // ok, failed, not tested
	Count  uint64
	Detail string
}

// Problem is something that is not as it was signed, or could not be checked.
type Problem struct {
	Kind   string
	Key    string
	Detail string
}
