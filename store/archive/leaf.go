package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Kind says what a leaf of the seal log is about.
type Kind string

// Kinds of leaves. The archive writes the first four itself, Record the others.
const (
	KindObject    Kind = "object"    // an object was stored
	KindSupersede Kind = "supersede" // an object was stored that stands for another
	KindDay       Kind = "day"       // a UTC day is over: its leaves, counted
	KindKey       Kind = "key"       // the signing key is another one from here on

	KindGap      Kind = "gap"      // records that a source no longer had when we came
	KindHold     Kind = "hold"     // a legal hold was placed
	KindRelease  Kind = "release"  // a legal hold was lifted
	KindVerdicts Kind = "verdicts" // what CloudTrail's digests say of source objects
	KindQueries  Kind = "queries"  // a digest of who asked what
	KindPolicy   Kind = "policy"   // the scrubbing policy in force changed
	KindAccess   Kind = "access"   // who may ask what changed
	KindReveal   Kind = "reveal"   // a quarantined record was decrypted
)

// recordable are the kinds that Record takes.
var recordable = map[Kind]bool{
	KindGap: true, KindHold: true, KindRelease: true,
	KindVerdicts: true, KindQueries: true, KindPolicy: true, KindAccess: true, KindReveal: true,
}

// Leaf is one line of the seal log. FORMAT.md says what its members mean.
type Leaf struct {
	N      uint64          `json:"n"`
	Kind   Kind            `json:"kind"`
	Time   time.Time       `json:"time"` // by the sealer's clock, in seconds; never before the leaf before
	Object *Sealed         `json:"object,omitempty"`
	Record json.RawMessage `json:"record,omitempty"`
}

// Sealed is what the log says of an object.
type Sealed struct {
	Key            string     `json:"key"`
	SHA256         Hash       `json:"sha256"`
	Size           int64      `json:"size"`
	Source         string     `json:"source"`
	Start          uint64     `json:"start"`
	End            uint64     `json:"end"`
	Rows           uint64     `json:"rows"`
	Tombstones     uint64     `json:"tombstones"`
	Final          bool       `json:"final"`
	Previous       Hash       `json:"previous"`            // the payload's object before
	Supersedes     Hash       `json:"supersedes,omitzero"` // the object that it stands for
	SourcePrevious Hash       `json:"source_previous"`     // the source's object before, in the log
	RowsRoot       Hash       `json:"rows_root"`
	Lock           string     `json:"lock,omitempty"` // COMPLIANCE or GOVERNANCE
	LockedUntil    *time.Time `json:"locked_until,omitempty"`
}

// sealedOf is what an object says of itself. The log adds what it knows.
func sealedOf(o *Object) Sealed {
	return Sealed{
		Key: o.Key, SHA256: o.SHA256, Size: o.Size, Source: o.Meta.Source, Start: o.Meta.Start, End: o.End,
		Rows: o.Rows, Tombstones: o.Tombstones, Final: o.Meta.Final, Previous: o.Previous, Supersedes: o.Supersedes, RowsRoot: o.RowsRoot,
	}
}

// leaf is the leaf that seals the object.
func (s *Sealed) leaf() *Leaf {
	if s.Supersedes != (Hash{}) {
		return &Leaf{Kind: KindSupersede, Object: s}
	}
	return &Leaf{Kind: KindObject, Object: s}
}

// lockNames are S3's words for the modes.
var lockNames = map[object.Mode]string{object.Governance: "GOVERNANCE", object.Compliance: "COMPLIANCE"}

// setLock notes the lock that the store reports.
func (s *Sealed) setLock(i object.Info) {
	if i.Mode == object.Unlocked {
		return
	}
	until := i.LockedUntil.UTC().Truncate(time.Second)
	s.Lock, s.LockedUntil = lockNames[i.Mode], &until
}

var errLeaf = errors.New("leaf is not in canonical form")

// line is the leaf's bytes in the log: JSON, members in order, no spaces.
func (l *Leaf) line() ([]byte, error) { return json.Marshal(l) }

// parseLeaf reads a line, which must be what line writes.
func parseLeaf(line []byte) (*Leaf, error) {
	l := new(Leaf)
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if dec.Decode(l) != nil || (l.Object == nil) != (len(l.Record) > 0) || (l.Object == nil) != (l.Kind != KindObject && l.Kind != KindSupersede) ||
		l.Object != nil && l.Object.leaf().Kind != l.Kind {
		return nil, errLeaf
	}
	if canonical, err := l.line(); err != nil || !bytes.Equal(canonical, line) {
		return nil, errLeaf
	}
	return l, nil
}
