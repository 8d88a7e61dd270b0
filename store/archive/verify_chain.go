package archive

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// chains checks that the objects of each payload follow each other, in the order
// in which they were sealed, which is the order of records but for rare cases: what
// comes too early waits. It keeps the payloads that are not finished.
type chains struct {
	open     map[string]*Sealed
	early    map[string][]*Sealed
	holes    []hole
	lastDate string
}

// hole is where an object does not follow the one sealed before it.
type hole struct {
	before, after *Sealed
	wrong         string
}

func (c *chains) take(s *Sealed, r *Report) {
	if c.open == nil {
		c.open, c.early = map[string]*Sealed{}, map[string][]*Sealed{}
	}
	at := strings.LastIndexByte(s.Key, '/') + 1
	payload, name := s.Key[:at], s.Key[at:]
	stream := len(name) == offsetDigits+len(suffix) // named by its offset
	if !stream && name != fmt.Sprintf("%012d%s", s.Start, suffix) || !strings.HasPrefix(s.Key, root) {
		r.add(BadLog, s.Key, "its key is not that of its first record")
		return
	}
	before := c.open[payload]
	if before == nil && s.Start > 0 || before != nil && before.SHA256 != s.Previous {
		c.early[payload] = append(c.early[payload], s)
		return
	}
	c.step(payload, before, s, r)
}

// step notes s as its payload's next object and says what is wrong with that.
func (c *chains) step(payload string, before, s *Sealed, r *Report) {
	if before == nil {
		r.Payloads++
		before = &Sealed{}
	}
	if wrong := s.follows(before); wrong != "" {
		c.holes = append(c.holes, hole{before, s, wrong})
	}
	if s.Final {
		delete(c.open, payload)
	} else {
		c.open[payload] = s
	}
}

// fill reports the holes that the objects in loose, whole but not sealed, do not
// fill. Who goes on where another process died may be sealed before what that
// process stored; the hash of the object before says what that was.
func (c *chains) fill(loose map[Hash]*Sealed, r *Report) {
	for _, h := range c.holes {
		first := h.after
		for range len(loose) {
			if o := loose[first.Previous]; o != nil && first.follows(o) == "" {
				first = o
			}
		}
		if first == h.after || first.follows(h.before) != "" {
			r.add(Broken, h.after.Key, h.wrong)
		}
	}
}

// end checks those that came early and counts what is not finished.
func (c *chains) end(r *Report) {
	for _, payload := range slices.Sorted(maps.Keys(c.early)) {
		early := c.early[payload]
		slices.SortFunc(early, func(a, b *Sealed) int { return cmp.Compare(a.Start, b.Start) })
		for _, s := range early {
			c.step(payload, c.open[payload], s, r)
		}
	}
	r.Unfinished = len(c.open)
}

// follows says what is wrong with s as the object after before, which is empty if
// there is none.
func (s *Sealed) follows(before *Sealed) string {
	switch {
	case s.Start > before.End:
		return fmt.Sprintf("records %d to %d are missing before it", before.End, s.Start-1)
	case s.Start < before.End:
		return "it overlaps the object before it"
	case before.Final:
		return "it comes after its payload's last object"
	case s.Previous != before.SHA256:
		return "it names another object as the one before it"
	}
	return ""
}
