package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/parquet"
)

// The versions of the objects' footers. An object that stands for another has the
// second, so that readers which would count its records twice stop.
const (
	Format            = 1
	formatSuperseding = 2
)

// ErrDamaged says that the archive holds something this package did not write
// so: an object whose content does not agree with its footer, a chain with a
// hole, a seal log that its signature does not cover. The archive is left alone.
var ErrDamaged = errors.New("archive is damaged")

// Object is what the archive knows about one of its objects.
type Object struct {
	Key    string
	SHA256 Hash  // of the whole object
	Size   int64 // bytes
	Meta   event.Meta
	Rows   uint64
	End    uint64 // number of the record after the last: Meta.Start + Rows
	// Rows by what they stand for. Duplicates are events too.
	Events, Tombstones, Duplicates uint64
	// First and Last are the least and greatest event time, zero without rows.
	First, Last time.Time
	Previous    Hash // SHA256 of the payload's object before this one, zero for the first
	Supersedes  Hash // SHA256 of the object that this one stands for, if its generation is not 0
	Original    Hash // SHA256 of the first object of the batch, if its generation is not 0
	RowsRoot    Hash // proves single rows: see FORMAT.md
}

// Hash is a SHA-256, in text as 64 hexadecimal digits; the zero hash is "".
type Hash [32]byte

func (h Hash) String() string {
	if h == (Hash{}) {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

var errHash = errors.New("malformed hash")

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*h = Hash{}
		return nil
	}
	if len(b) != 2*len(h) {
		return errHash
	}
	if _, err := hex.Decode(h[:], b); err != nil {
		return errHash
	}
	return nil
}

// footer is the JSON text in an object's footer: see FORMAT.md.
type footer struct {
	Format     int               `json:"format"`
	Key        string            `json:"key"`
	Table      string            `json:"table"`
	Source     string            `json:"source"`
	Origin     string            `json:"origin"`
	Payload    string            `json:"payload"`
	Start      uint64            `json:"start"`
	End        uint64            `json:"end"`
	Final      bool              `json:"final"`
	Rows       uint64            `json:"rows"`
	Events     uint64            `json:"events"`
	Tombstones uint64            `json:"tombstones"`
	Duplicates uint64            `json:"duplicates"`
	First      int64             `json:"min_event_time"`
	Last       int64             `json:"max_event_time"`
	Ingested   time.Time         `json:"ingested"`
	Size       int64             `json:"payload_size"`
	Error      string            `json:"error"`
	Matches    map[string]uint64 `json:"matches"`
	Treated    map[string]uint64 `json:"treated,omitempty"`
	Policy     string            `json:"policy_hash"`
	KeyVersion uint32            `json:"key_version"`
	Scrubber   string            `json:"scrubber"`
	Stream     *event.Stretch    `json:"stream,omitempty"`
	Previous   Hash              `json:"previous"`
	Generation uint32            `json:"generation,omitempty"`
	Supersedes Hash              `json:"supersedes,omitzero"`
	Original   Hash              `json:"original,omitzero"`
	RowsRoot   Hash              `json:"rows_root"`
	Body       Hash              `json:"body_sha256"`
}

// link is the hash by which the payload's next object names this one.
func (o *Object) link() Hash {
	if o.Meta.Generation > 0 {
		return o.Original
	}
	return o.SHA256
}

// describe makes the footer of a batch. Of tied the hashes count that tie it to
// other objects.
func describe(b *event.Batch, tied *Object, body, rows Hash) *footer {
	f := &footer{
		Format: Format, Key: Key(&b.Meta), Table: b.Table.String(), Source: b.Source, Origin: b.Origin,
		Payload: b.PayloadID, Start: b.Start, End: b.Start + uint64(b.Rows()), Final: b.Final,
		Rows: uint64(b.Rows()), Ingested: b.Ingested.UTC(), Size: b.PayloadSize, Error: b.Error, Matches: b.Matches, Treated: b.Treated,
		Policy: b.PolicyHash, KeyVersion: b.KeyVersion, Scrubber: b.Scrubber, Stream: b.Stream, RowsRoot: rows, Body: body,
		Previous: tied.Previous, Generation: b.Generation, Supersedes: tied.Supersedes, Original: tied.Original,
	}
	if f.Generation > 0 {
		f.Format = formatSuperseding
	}
	count(b, f)
	return f
}

// count fills in what follows from the rows.
func count(b *event.Batch, f *footer) {
	flags, times := b.Nums(schemas.Flags), b.Nums(schemas.EventTime)
	f.Events, f.Tombstones, f.Duplicates, f.First, f.Last = 0, 0, 0, 0, 0
	for i, kind := range b.Nums(schemas.RowKind) {
		switch kind {
		case schemas.KindEvent:
			f.Events++
			if flags[i]&schemas.FlagDuplicate != 0 {
				f.Duplicates++
			}
		case schemas.KindTombstone:
			f.Tombstones++
		}
		if t := int64(times[i]); i == 0 {
			f.First, f.Last = t, t
		} else {
			f.First, f.Last = min(f.First, t), max(f.Last, t)
		}
	}
}

// inspect reads an object's footer and checks what can be checked without
// decoding rows: name, body hash and counts.
func inspect(key string, data []byte) (Object, *parquet.File, error) {
	file, err := parquet.Parse(data)
	if err != nil {
		return Object{}, nil, fmt.Errorf("%w: object %s: %w", ErrDamaged, key, err)
	}
	var f footer
	dec := json.NewDecoder(bytes.NewReader(file.Meta))
	dec.DisallowUnknownFields()
	if dec.Decode(&f) != nil || !f.versioned() {
		return Object{}, nil, fmt.Errorf("%w: object %s: unknown footer", ErrDamaged, key)
	}
	o := f.object(file.Sum, int64(len(data)))
	wrong := ""
	if f.Table != o.Meta.Table.String() {
		wrong = "unknown table"
	}
	switch {
	case o.Key != key || Key(&o.Meta) != key:
		wrong = "lies under another object's key"
	case f.Body != file.Body:
		wrong = "content does not have the footer's hash"
	case f.Rows != uint64(file.Rows) || f.End != f.Start+f.Rows:
		wrong = "footer disagrees with itself about rows"
	case f.Stream != nil && (!f.Stream.Agrees(f.Rows) || f.Final):
		wrong = "footer disagrees with itself about messages"
	}
	if wrong != "" {
		return Object{}, nil, fmt.Errorf("%w: object %s: %s", ErrDamaged, key, wrong)
	}
	return o, file, nil
}

// versioned says whether the footer has a known format and what belongs to it.
func (f *footer) versioned() bool {
	if f.Generation == 0 {
		return f.Format == Format && f.Supersedes == Hash{} && f.Original == Hash{}
	}
	return f.Format == formatSuperseding && f.Supersedes != Hash{} && f.Original != Hash{}
}

// object is what a footer says of its object.
func (f *footer) object(hash Hash, size int64) Object {
	o := Object{
		Key: f.Key, SHA256: hash, Size: size, Rows: f.Rows, End: f.End, Events: f.Events,
		Tombstones: f.Tombstones, Duplicates: f.Duplicates, Previous: f.Previous, RowsRoot: f.RowsRoot,
		Supersedes: f.Supersedes, Original: f.Original,
		Meta: event.Meta{
			Source: f.Source, Origin: f.Origin, PayloadID: f.Payload, Start: f.Start, Final: f.Final, Generation: f.Generation,
			PolicyHash: f.Policy, KeyVersion: f.KeyVersion, Scrubber: f.Scrubber, Ingested: f.Ingested,
			PayloadSize: f.Size, Error: f.Error, Matches: f.Matches, Treated: f.Treated, Stream: f.Stream,
		},
	}
	if f.Table == schemas.Flows.String() {
		o.Meta.Table = schemas.Flows
	}
	if f.Rows > 0 {
		o.First, o.Last = time.UnixMilli(f.First).UTC(), time.UnixMilli(f.Last).UTC()
	}
	return o
}
