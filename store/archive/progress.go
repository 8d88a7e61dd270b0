package archive

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Sample says which objects are read: the zero Sample is all of them.
type Sample struct {
	part, of uint64  // the part-th of so many parts, from 1
	share    float64 // or this share of them, by chance
	seed     uint64
}

var errSample = errors.New("a sample is n/t, the n-th of t parts, or x%")

// ParseSample reads n/t, or x% with a seed that chooses which.
func ParseSample(text string, seed uint64) (Sample, error) {
	if p, ok := strings.CutSuffix(text, "%"); ok {
		x, err := strconv.ParseFloat(p, 64)
		if err != nil || !(x >= 0 && x <= 100) {
			return Sample{}, errSample
		}
		return Sample{share: max(x/100, math.SmallestNonzeroFloat64), seed: seed}, nil
	}
	n, t, ok := strings.Cut(text, "/")
	part, err := strconv.ParseUint(n, 10, 32)
	of, err2 := strconv.ParseUint(t, 10, 32)
	if !ok || err != nil || err2 != nil || part < 1 || part > of {
		return Sample{}, errSample
	}
	return Sample{part: part, of: of}, nil
}

func (s Sample) takes(key [16]byte) bool {
	switch {
	case s.of > 0:
		return order(key)%s.of == s.part-1
	case s.share > 0:
		h := sha256.Sum256(fmt.Appendf(key[:], "%d", s.seed))
		return float64(order([16]byte(h[:16])))/math.MaxUint64 < s.share
	}
	return true
}

// Progress is how far Verify came with reading objects, in the order of their
// keys, and what it found there. It is for Resume.
type Progress struct {
	Origin     string    `json:"origin"`
	Leaves     uint64    `json:"leaves"` // of the log then
	Root       Hash      `json:"root"`
	Key        string    `json:"key"` // objects up to this one are done
	Objects    int       `json:"objects"`
	Rows       uint64    `json:"rows"`
	Events     uint64    `json:"events"`
	Tombstones uint64    `json:"tombstones"`
	Locks      int       `json:"locks"`
	Problems   []Problem `json:"problems"` // of objects
}

// aboutObjects are the kinds of problems that reading an object finds.
var aboutObjects = map[ProblemKind]bool{Changed: true, Disagreement: true, BadLock: true, Missing: true}

func (v *verification) progress(key string) *Progress {
	p := &Progress{
		Origin: v.Origin, Leaves: v.Leaves, Root: v.Root, Key: key, Objects: v.Objects, Rows: v.Rows,
		Events: v.Events, Tombstones: v.Tombstones, Locks: v.Locks, Problems: []Problem{},
	}
	for _, x := range v.Problems {
		if aboutObjects[x.Kind] {
			p.Problems = append(p.Problems, x)
		}
	}
	return p
}

// resume takes over what an earlier Verify found. It is false if that was of
// another archive.
func (v *verification) resume() bool {
	p := v.Resume
	if p == nil {
		return true
	}
	if p.Origin != v.Origin || p.Leaves > v.Leaves || p.Leaves > 0 && v.rootAt != p.Root {
		v.add(BadCheckpoint, "", fmt.Sprintf("the log's first %d leaves are not those that the earlier verification saw", p.Leaves))
		return false
	}
	v.Objects, v.Rows, v.Events, v.Tombstones, v.Locks = p.Objects, p.Rows, p.Events, p.Tombstones, p.Locks
	for _, x := range p.Problems {
		v.add(x.Kind, x.Key, x.Detail)
	}
	return true
}
