package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/scrubline/scrubline/store/archive/tlog"
)

// position is what a leaf must fit: the state of the log behind its last leaf.
// Sealing and verifying walk the log with it.
type position struct {
	n     uint64
	at    time.Time
	last  map[string]Hash // last object of each source
	today Day             // of at's day so far
	key   string          // public key in force, "" until a key leaf says
}

func (p *position) clone() position {
	c := *p
	c.last, c.today = maps.Clone(p.last), p.today.clone()
	return c
}

// keyChange is the record of a key leaf.
type keyChange struct {
	Old string `json:"old"` // public keys
	New string `json:"new"`
}

// take checks that l is the next leaf and steps behind it. root is the tree's
// root before the leaf.
func (p *position) take(l *Leaf, root func() tlog.Hash) error {
	if l.N != p.n {
		return fmt.Errorf("leaf %d has the number %d", p.n, l.N)
	}
	if l.Time.Before(p.at) {
		return fmt.Errorf("leaf %d is older than the one before it", p.n)
	}
	if l.Kind != KindDay && p.dayOver(l.Time) {
		return fmt.Errorf("leaf %d is of another day, which no leaf says", p.n)
	}
	switch l.Kind {
	case KindObject, KindSupersede:
		if l.Object.SourcePrevious != p.last[l.Object.Source] {
			return fmt.Errorf("leaf %d does not name the source's object before it", p.n)
		}
		if p.last == nil {
			p.last = map[string]Hash{}
		}
		p.last[l.Object.Source] = l.Object.SHA256
	case KindDay:
		want, err := json.Marshal(p.today.over(p.n, root()))
		if err != nil || !bytes.Equal(want, l.Record) {
			return fmt.Errorf("leaf %d does not count its day right", p.n)
		}
		p.today = Day{}
	case KindKey:
		var c keyChange
		if json.Unmarshal(l.Record, &c) != nil || c.New == "" || p.key != "" && c.Old != p.key {
			return fmt.Errorf("leaf %d does not follow the key before it", p.n)
		}
		p.key = c.New
	}
	p.today.add(l)
	p.n, p.at = p.n+1, l.Time
	return nil
}

// dayOver says whether a leaf at t needs a day leaf before it.
func (p *position) dayOver(t time.Time) bool { return p.n > 0 && dateOf(t) != p.today.Date }

// dayLeaf makes the leaf that says that the day is over.
func (p *position) dayLeaf(root tlog.Hash) (*Leaf, error) {
	record, err := json.Marshal(p.today.over(p.n, root))
	return &Leaf{Kind: KindDay, Record: record}, err
}
