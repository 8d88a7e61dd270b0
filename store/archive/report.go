package archive

// Status is what Verify concludes.
type Status string

const (
	OK       Status = "ok"
	Tampered Status = "tampered" // at least one thing is not as it was signed
	Unknown  Status = "unknown"  // something could not be checked, nothing is known to be wrong
)

// ProblemKind is a fixed set of names for scripts.
type ProblemKind string

const (
	// Kinds that mean tampered.
	BadCheckpoint ProblemKind = "checkpoint"   // missing, malformed or not signed by the key
	BadLog        ProblemKind = "log"          // not the leaves that the checkpoints sign, or not their tiles
	Missing       ProblemKind = "missing"      // sealed, but not there
	Changed       ProblemKind = "changed"      // not the bytes that were sealed
	Disagreement  ProblemKind = "disagreement" // content, footer and leaf differ
	Broken        ProblemKind = "chain"        // a payload's objects do not follow each other
	BadSupersede  ProblemKind = "supersede"    // stands for an object that is not there, or that says something else
	Twice         ProblemKind = "twice"        // sealed more than once
	Foreign       ProblemKind = "foreign"      // in the archive, but nothing of it
	Versions      ProblemKind = "versions"     // a second version or a delete marker
	BadLock       ProblemKind = "lock"         // not locked as it was when it was sealed
	BadReceipt    ProblemKind = "receipt"      // a scrub receipt is missing, not signed, or not what its object says
	BadWitness    ProblemKind = "witness"      // what a witness signed is not this log
	// Kinds that mean unknown.
	Unsealed   ProblemKind = "unsealed"   // whole, but not covered by a checkpoint: a process died or is at work
	Unreadable ProblemKind = "unreadable" // reading failed
	NoWitness  ProblemKind = "no_witness" // no checkpoint with the witness's signature
	NoKey      ProblemKind = "no_key"     // the public key is missing or malformed
	NoArchive  ProblemKind = "no_archive" // there is no archive
)

// Problem is one thing that Verify found.
type Problem struct {
	Kind   ProblemKind `json:"kind"`
	Key    string      `json:"key,omitempty"` // object or file, relative to the archive
	Detail string      `json:"detail"`
}

// Report is what Verify found. Counts are of what is as it should be.
type Report struct {
	Status      Status          `json:"status"`
	Origin      string          `json:"origin"` // the archive's name
	Leaves      uint64          `json:"leaves"` // of the log that the last checkpoint signs
	Root        Hash            `json:"root"`
	Checkpoints int             `json:"checkpoints"`
	Sealed      uint64          `json:"sealed"`     // objects in the log
	Records     map[Kind]uint64 `json:"records"`    // leaves of other kinds
	Objects     int             `json:"objects"`    // read, hashed and decoded
	Payloads    int             `json:"payloads"`   // in the log
	Unfinished  int             `json:"unfinished"` // payloads whose last object is not there yet
	Rows        uint64          `json:"rows"`       // of the objects read
	Events      uint64          `json:"events"`
	Tombstones  uint64          `json:"tombstones"`
	Locks       int             `json:"locks"`               // objects whose lock was checked, in a store that locks
	LogLocks    int             `json:"log_locks,omitempty"` // the same of the log's own files
	Witnessed   uint64          `json:"witnessed,omitempty"` // leaves that a witness signed for
	Problems    []Problem       `json:"problems"`
}

// ExitCode is the command's exit code: 0 ok, 1 tampered, 2 unknown.
func (r *Report) ExitCode() int {
	switch r.Status {
	case OK:
		return 0
	case Tampered:
		return 1
	}
	return 2
}

// add notes a problem and what it does to the status.
func (r *Report) add(kind ProblemKind, key, detail string) {
	r.Problems = append(r.Problems, Problem{kind, key, detail})
	switch kind {
	case Unsealed, Unreadable, NoWitness, NoKey, NoArchive:
		if r.Status == OK {
			r.Status = Unknown
		}
	default:
		r.Status = Tampered
	}
}
