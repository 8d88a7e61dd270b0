package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// proofFormat is the version of proof files.
const proofFormat = "scrubline-proof/1"

// tlogProofHead is the first line of a C2SP tlog-proof.
const tlogProofHead = "c2sp.org/tlog-proof@v1"

// ErrNotSealed says that no checkpoint covers an object yet.
var ErrNotSealed = errors.New("it is not sealed yet")

// Proof proves one row: that an object with this row was sealed. It is a file of
// its own: whoever has it and the public key needs nothing else, and learns nothing
// of the object's other rows but their hashes.
type Proof struct {
	Format string   `json:"format"`
	Row    ProofRow `json:"row"`
	Group  []Hash   `json:"group"`  // hashes of the row's group, its own among them
	Groups []Hash   `json:"groups"` // hashes of the object's groups
	Leaf   string   `json:"leaf"`   // the object's line in the seal log
	Log    string   `json:"log"`    // C2SP tlog-proof of the leaf, checkpoint and all
}

// ProofRow is what is proved of a row.
type ProofRow struct {
	Record uint64 `json:"record"`
	Kind   uint64 `json:"row_kind"`
	Time   uint64 `json:"event_time"`       // Unix milliseconds
	Native string `json:"native,omitempty"` // the scrubbed record
	Bytes  []byte `json:"bytes,omitempty"`  // the scrubbed record, if it is not UTF-8
}

func (r *ProofRow) native() []byte {
	if r.Bytes != nil {
		return r.Bytes
	}
	return []byte(r.Native)
}

// Prove returns the proof of the row of a record in a batch, named as in the
// column batch. ErrNotSealed if no checkpoint covers it, object.ErrNotExist if
// there is no such row.
func (r *Reader) Prove(ctx context.Context, batch string, record uint64) (*Proof, error) {
	if object.CheckKey(batch) != nil || !strings.HasPrefix(batch, root) {
		return nil, fmt.Errorf("proving a row: %s is no batch: %w", batch, object.ErrNotExist)
	}
	key, err := newestOf(ctx, r.store, batch)
	if err != nil {
		return nil, fmt.Errorf("proving a row: %w", err)
	}
	p := &Proof{Format: proofFormat}
	if err := r.proveRow(ctx, key, record, p); err != nil {
		return nil, fmt.Errorf("proving a row: %w", err)
	}
	if err := r.proveLeaf(ctx, key, p); err != nil {
		return nil, fmt.Errorf("proving a row: %w", err)
	}
	return p, nil
}

func (r *Reader) proveRow(ctx context.Context, key string, record uint64, p *Proof) error {
	c, b := newCodec(), event.NewBatch(0)
	o, err := read(ctx, r.store, c, key, b)
	if err != nil {
		return err
	}
	if record < b.Start || record >= o.End {
		return fmt.Errorf("%s has the records %d to before %d: %w", key, b.Start, o.End, object.ErrNotExist)
	}
	if c.rows.hash(b) != o.RowsRoot {
		return fmt.Errorf("%w: object %s: the rows are not as the footer says", ErrDamaged, key)
	}
	i := int(record - b.Start)
	p.Row = ProofRow{Record: record, Kind: b.Nums(schemas.RowKind)[i], Time: b.Nums(schemas.EventTime)[i]}
	if native := b.Str(schemas.Native).At(i); utf8.Valid(native) {
		p.Row.Native = string(native)
	} else {
		p.Row.Bytes = bytes.Clone(native)
	}
	first := i - i%rowGroup
	p.Group = hashes(c.rows.rows[first*sha256.Size : min((first+rowGroup)*sha256.Size, len(c.rows.rows))])
	p.Groups = hashes(c.rows.groups)
	return nil
}

func hashes(b []byte) (out []Hash) {
	for ; len(b) > 0; b = b[sha256.Size:] {
		out = append(out, Hash(b[:sha256.Size]))
	}
	return out
}

func (r *Reader) proveLeaf(ctx context.Context, key string, p *Proof) error {
	n, err := r.leafOf(ctx, key)
	if err != nil {
		return err
	}
	r.mu.Lock()
	size, signed := r.last.Size, r.signed
	r.mu.Unlock()
	err = scan(ctx, r.store, n, n+1, size, func(l parsed) error { p.Leaf = string(l.line); return l.err })
	if err != nil {
		return err
	}
	path, err := tlog.ProveInclusion(func(t tlog.Tile) ([]byte, error) { return r.store.Get(ctx, tileKey(t), nil) }, n, size)
	if err != nil {
		return err
	}
	var log strings.Builder
	fmt.Fprintf(&log, "%s\nindex %d\n", tlogProofHead, n)
	for _, h := range path {
		fmt.Fprintln(&log, base64.StdEncoding.EncodeToString(h[:]))
	}
	log.WriteByte('\n')
	log.Write(signed)
	p.Log = log.String()
	return nil
}

// leafOf returns the number of an object's leaf. It keeps the keys of the log, 40
// bytes a leaf, and reads on when one is missing.
func (r *Reader) leafOf(ctx context.Context, key string) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if n, ok := r.index[short(key)]; ok {
			return n, nil
		}
		if r.read == r.last.Size {
			before := r.last.Size
			if err := r.refresh(ctx); err != nil {
				return 0, err
			}
			if r.last.Size == before {
				return 0, ErrNotSealed
			}
		}
		err := each(ctx, r.store, r.read, r.last.Size, r.last.Size, func(l *Leaf) error {
			if l.Object != nil {
				r.index[short(l.Object.Key)] = l.N
			}
			r.read = l.N + 1
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
}

// ProofReport is what CheckProof found.
type ProofReport struct {
	Status  Status    `json:"status"`
	Origin  string    `json:"origin,omitempty"` // the archive's name
	Leaves  uint64    `json:"leaves,omitempty"` // of the log that the checkpoint signs
	Leaf    *Leaf     `json:"leaf,omitempty"`
	Row     *ProofRow `json:"row,omitempty"`
	Problem string    `json:"problem,omitempty"`
}

// ExitCode is the command's exit code: 0 ok, 1 tampered, 2 unknown.
func (r *ProofReport) ExitCode() int { return (&Report{Status: r.Status}).ExitCode() }

// CheckProof checks a proof file against a public key, the text of archive.pub, the
// one that signed the proof's checkpoint. It reads nothing else.
func CheckProof(file []byte, pubkey string) ProofReport {
	v, err := parsePublicKey(pubkey)
	if err != nil {
		return ProofReport{Status: Unknown, Problem: err.Error()}
	}
	bad := func(problem string) ProofReport { return ProofReport{Status: Tampered, Problem: problem} }
	var p Proof
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.DisallowUnknownFields()
	if dec.Decode(&p) != nil || p.Format != proofFormat {
		return ProofReport{Status: Unknown, Problem: "this is no proof"}
	}
	leaf, err := parseLeaf([]byte(p.Leaf))
	if err != nil || leaf.Object == nil {
		return bad("the leaf is malformed")
	}
	if wrong := p.row(leaf.Object); wrong != "" {
		return bad(wrong)
	}
	index, path, signed, err := parseTlogProof(p.Log)
	if err != nil || index != leaf.N {
		return bad("the log's proof is malformed")
	}
	c, err := tlog.ParseCheckpoint([]byte(signed), v)
	if err != nil {
		return bad(err.Error())
	}
	if tlog.CheckInclusion(tlog.LeafHash([]byte(p.Leaf)), index, c.Size, path, c.Root) != nil {
		return bad("the leaf is not in the log that the checkpoint signs")
	}
	return ProofReport{Status: OK, Origin: c.Origin, Leaves: c.Size, Leaf: leaf, Row: &p.Row}
}

// row checks that the object has the row.
func (p *Proof) row(o *Sealed) string {
	if p.Row.Record < o.Start || p.Row.Record >= o.End || p.Row.Kind > 255 {
		return "the object does not have the record"
	}
	i := p.Row.Record - o.Start
	group, in := i/rowGroup, i%rowGroup
	if group >= uint64(len(p.Groups)) || in >= uint64(len(p.Group)) {
		return "hashes of rows are missing"
	}
	h := sha256.New()
	writeRow(h, p.Row.Record, p.Row.Kind, p.Row.Time, p.Row.native())
	if Hash(h.Sum(nil)) != p.Group[in] {
		return "the row is not the one that was archived"
	}
	h.Reset()
	writeGroup(h, joined(p.Group))
	if Hash(h.Sum(nil)) != p.Groups[group] {
		return "the row's group is not of the object"
	}
	h.Reset()
	writeRoot(h, o.Rows, joined(p.Groups))
	if Hash(h.Sum(nil)) != o.RowsRoot {
		return "the rows are not those of the sealed object"
	}
	return ""
}

func joined(hashes []Hash) (b []byte) {
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// parseTlogProof reads a C2SP tlog-proof.
func parseTlogProof(text string) (index uint64, path []tlog.Hash, signed string, err error) {
	head, signed, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != tlogProofHead {
		return 0, nil, "", tlog.ErrMalformed
	}
	if _, err := fmt.Sscanf(lines[1], "index %d", &index); err != nil || lines[1] != fmt.Sprintf("index %d", index) {
		return 0, nil, "", tlog.ErrMalformed
	}
	for _, line := range lines[2:] {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(b) != len(tlog.Hash{}) {
			return 0, nil, "", tlog.ErrMalformed
		}
		path = append(path, tlog.Hash(b))
	}
	return index, path, signed, nil
}
