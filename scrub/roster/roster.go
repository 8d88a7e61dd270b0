package roster

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Roster is an open file. It does not change and may be used by many goroutines,
// each with a Scanner of its own. No format verb prints what it holds: its keys
// are behind two pointers.
type Roster struct{ s *state }

type state struct {
	hash   hasher
	mac    []byte
	roles  roleFilter
	tables [numSections]table
	index  index

	idLeads, phoneLeads leads
	idShapes            shapes
	pureLens, mixedLens uint32          // bit n: there are ids of n digits, of n letters and digits
	prefixes            uint32          // bit n: n letters stand before the digits of some
	runs                uint64          // bit n: n digits in a row may be an id or a telephone number
	dense               [idMax + 1]bool // numbers of so many digits are often one of the roster

	info Info
	mem  *memory
}

// Format prints nothing that a roster holds.
func (Roster) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[roster]")) }

// Info says what a roster is, without a value of it.
type Info struct {
	Hash     string             `json:"hash"`   // names the file; stands in the policy hash
	KeyID    string             `json:"key_id"` // of the key it was made with
	Created  time.Time          `json:"created"`
	Patients uint64             `json:"patients"`
	Entries  map[string]uint64  `json:"entries"`         // as given, by kind
	Distinct map[string]uint64  `json:"distinct"`        // as kept, by section
	Unusable map[string]uint64  `json:"unusable"`        // values that no entry could be made of, by kind
	Dense    map[string]float64 `json:"dense,omitempty"` // share of all numbers of so many digits that are entries
	Bytes    int64              `json:"bytes"`           // of memory
}

// index is the end of the body: where everything stands in it.
type index struct {
	Patients     uint64            `json:"patients"`
	Entries      map[string]uint64 `json:"entries"`
	Distinct     map[string]uint64 `json:"distinct"`
	Unusable     map[string]uint64 `json:"unusable"`
	Lengths      []uint64          `json:"lengths"`       // ids of so many digits
	Tails        bool              `json:"tails"`         // letters stand behind digits of some ids
	Prefixes     uint32            `json:"prefixes"`      // bit n: n letters stand before the digits of ids
	MixedLengths []uint64          `json:"mixed_lengths"` // ids of so many letters and digits
	Sets         uint32            `json:"sets"`          // bit n: there are names of n words
	Streets      uint32            `json:"streets"`       // bit n: there are streets of n words
	Words        extent            `json:"words"`
	Sections     []sectionIndex    `json:"sections"`
	IDLeads      []byte            `json:"id_leads"`
	PhoneLeads   []byte            `json:"phone_leads"`
	Shapes       []byte            `json:"shapes"`
}

type extent struct {
	Offset uint64 `json:"offset"`
	Bytes  uint64 `json:"bytes"`
}

type sectionIndex struct {
	Name  string      `json:"name"`
	Parts []partIndex `json:"parts"`
}

type partIndex struct {
	Seed     uint64 `json:"seed"`
	Segment  uint32 `json:"segment"`
	Segments uint32 `json:"segments"`
	Offset   uint64 `json:"offset"`
}

// Open reads the roster at path, made under key (32 bytes, see
// token.Keyring.Derive). The error wraps fs.ErrNotExist, ErrKey, ErrDamaged or
// ErrVersion.
func Open(path string, key []byte) (*Roster, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the roster: %w", err)
	}
	defer func() { _ = f.Close() }()
	h, k, m, name, err := openBody(f, key)
	if err != nil {
		return nil, fmt.Errorf("opening the roster %s: %w", path, err)
	}
	s, err := parseBody(m.b)
	if err != nil {
		m.free()
		return nil, fmt.Errorf("opening the roster %s: %w", path, err)
	}
	s.hash, s.mac, s.mem = k.hash, k.mac, m
	s.info = Info{
		Hash: name, KeyID: KeyID(key), Created: time.Unix(h.created, 0).UTC(), Patients: s.index.Patients,
		Entries: s.index.Entries, Distinct: s.index.Distinct, Unusable: s.index.Unusable,
		Dense: dense(s.index.Lengths), Bytes: int64(len(m.b)) + int64(8*len(s.roles.blocks)),
	}
	r := &Roster{s}
	runtime.AddCleanup(r, func(m *memory) { m.free() }, m)
	return r, nil
}

// Info describes the roster. The caller must not change its maps.
func (r *Roster) Info() Info { return r.s.info }

// Hash names the roster: two files never have the same.
func (r *Roster) Hash() string { return r.s.info.Hash }

// parseBody finds its way in a body, of which nothing is believed.
func parseBody(b []byte) (*state, error) {
	if len(b) < 8 {
		return nil, ErrDamaged
	}
	n, body := binary.LittleEndian.Uint64(b[len(b)-8:]), b[:len(b)-8]
	if n > uint64(len(body)) {
		return nil, ErrDamaged
	}
	s := &state{}
	if json.Unmarshal(body[uint64(len(body))-n:], &s.index) != nil {
		return nil, ErrDamaged
	}
	body = body[:uint64(len(body))-n]
	x := &s.index
	words, err := x.Words.of(body)
	if err != nil {
		return nil, err
	}
	if s.roles, err = readRoleFilter(words); err != nil {
		return nil, err
	}
	if len(x.Sections) != int(numSections) {
		return nil, fmt.Errorf("%w: it has %d sections", ErrDamaged, len(x.Sections))
	}
	for i := range x.Sections {
		if s.tables[i], err = x.Sections[i].table(body); err != nil {
			return nil, err
		}
	}
	if !s.idLeads.read(x.IDLeads) || !s.phoneLeads.read(x.PhoneLeads) || len(x.Shapes) != 8*len(s.idShapes) {
		return nil, ErrDamaged
	}
	if len(x.Lengths) != len(s.dense) || len(x.MixedLengths) != len(s.dense) {
		return nil, ErrDamaged
	}
	s.prefixes = x.Prefixes
	for n := range s.dense {
		s.dense[n] = share(x.Lengths, n) > denseShare
		if x.Lengths[n] > 0 {
			s.pureLens |= 1 << n
		}
		if x.MixedLengths[n] > 0 {
			s.mixedLens |= 1 << n
		}
	}
	for n := digitMin; n < 64; n++ {
		// Zeros may stand before an id.
		if s.pureLens&(1<<min(n+1, 31)-1) != 0 && n <= idMax || n >= 9 && n <= 15 && len(s.tables[phones].parts) > 0 {
			s.runs |= 1 << n
		}
	}
	for i := range s.idShapes {
		s.idShapes[i] = binary.LittleEndian.Uint64(x.Shapes[8*i:])
	}
	return s, nil
}

func (e extent) of(b []byte) ([]byte, error) {
	if e.Offset > uint64(len(b)) || e.Bytes > uint64(len(b))-e.Offset {
		return nil, ErrDamaged
	}
	return b[e.Offset : e.Offset+e.Bytes], nil
}

func (x *sectionIndex) table(body []byte) (t table, err error) {
	n := len(x.Parts)
	if n&(n-1) != 0 || n > 1<<spillBits {
		return t, fmt.Errorf("%w: %s has %d parts", ErrDamaged, x.Name, n)
	}
	t.shift = 64
	for 1<<(64-t.shift) < n {
		t.shift--
	}
	for _, p := range x.Parts {
		cells := (uint64(p.Segments) + 2) * uint64(p.Segment)
		if p.Segment == 0 || p.Segment&(p.Segment-1) != 0 || p.Segments == 0 || p.Segments > 1<<30 || cells > 1<<30 {
			return t, ErrDamaged
		}
		c, err := extent{p.Offset, cells*cellBytes + 1}.of(body)
		if err != nil {
			return t, err
		}
		t.parts = append(t.parts, part{p.Seed, p.Segment, p.Segments, c})
	}
	return t, nil
}

func (l *leads) bytes() []byte {
	var b []byte
	for i := range l {
		for _, w := range l[i] {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	return b
}

func (l *leads) read(b []byte) bool {
	if len(b) != 8*len(l)*len(l[0]) {
		return false
	}
	for i := range l {
		for j := range l[i] {
			l[i][j] = binary.LittleEndian.Uint64(b)
			b = b[8:]
		}
	}
	return true
}

// denseShare is the share of all numbers of so many digits above which what is
// found by the number alone is often some other number.
const denseShare = 0.01

func dense(lengths []uint64) map[string]float64 {
	m := map[string]float64{}
	for n := range lengths {
		if x := share(lengths, n); n >= digitMin && x > denseShare {
			m[fmt.Sprintf("%d digits", n)] = x
		}
	}
	return m
}

// share is that of the numbers of n digits that are ids.
func share(lengths []uint64, n int) float64 {
	return min(1, float64(lengths[n])/(9*math.Pow10(n-1)))
}

// Sparse says that numbers of so many digits are seldom a patient's by chance: the
// roster has one in a hundred of them at most.
func (r *Roster) Sparse(digits int) bool {
	return digits >= freeMin && digits < len(r.s.dense) && !r.s.dense[digits]
}

// Lookup says as what the roster knows a value, as somebody would write it; the
// answer is empty if it does not.
func (r *Roster) Lookup(value []byte) []recognizer.Kind {
	s := NewScanner(r)
	var out []recognizer.Kind
	for _, h := range s.Scan(append([]byte("patient: "), value...)) { // short numbers must be announced
		if h.To > len("patient: ") && !slices.Contains(out, h.Kind) {
			out = append(out, h.Kind)
		}
	}
	return out
}
