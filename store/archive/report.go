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
	BadHead      ProblemKind = "head"         // missing, malformed or not signed by the key
	BadLog       ProblemKind = "log"          // not the lines that the head signs
	Missing      ProblemKind = "missing"      // sealed, but not there
	Changed      ProblemKind = "changed"      // not the bytes that were sealed
	Disagreement ProblemKind = "disagreement" // content, footer and log entry differ
	Broken       ProblemKind = "chain"        // a payload's objects, or a source's, do not follow each other
	Twice        ProblemKind = "twice"        // sealed more than once
	Foreign      ProblemKind = "foreign"      // in the archive's folder, but none of its files
	BadReceipt   ProblemKind = "receipt"      // a scrub receipt is not signed, or not what its object says
	// Kinds that mean unknown.
	Unsealed   ProblemKind = "unsealed"   // whole, but not covered by the head: a process died or is at work
	Unreadable ProblemKind = "unreadable" // reading failed
	NoReceipt  ProblemKind = "no_receipt" // sealed, but not receipted yet: a process died or is at work
	NoKey      ProblemKind = "no_key"     // the public key is missing or malformed
	NoArchive  ProblemKind = "no_archive" // there is no archive in the folder
)

// Problem is one thing that Verify found.
type Problem struct {
	Kind   ProblemKind `json:"kind"`
	Key    string      `json:"key,omitempty"` // object or file, relative to the archive
	Detail string      `json:"detail"`
}

// Report is what Verify found. Counts are of sealed objects that are as they
// should be.
type Report struct {
	Status     Status    `json:"status"`
	Objects    int       `json:"objects"`
	Payloads   int       `json:"payloads"`
	Unfinished int       `json:"unfinished"` // payloads whose last object is not there yet
	Rows       uint64    `json:"rows"`
	Events     uint64    `json:"events"`
	Tombstones uint64    `json:"tombstones"`
	Problems   []Problem `json:"problems"`
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
	case Unsealed, Unreadable, NoReceipt, NoKey, NoArchive:
		if r.Status == OK {
			r.Status = Unknown
		}
	default:
		r.Status = Tampered
	}
}
