package archive

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/store/archive/tlog"
)

// Day is the manifest of a UTC day: which leaves were sealed in it, and what they
// add up to. It is a leaf of the next day and a signed object of its own.
type Day struct {
	Date    string               `json:"date"`  // 2026-03-04
	First   uint64               `json:"first"` // its leaves: First to before End
	End     uint64               `json:"end"`
	Root    Hash                 `json:"root"` // of the log of End leaves
	Objects uint64               `json:"objects"`
	Rows    uint64               `json:"rows"`
	Sources map[string]DaySource `json:"sources"`
}

// DaySource is a source's part of a day.
type DaySource struct {
	Objects    uint64 `json:"objects"`
	Rows       uint64 `json:"rows"`
	Tombstones uint64 `json:"tombstones"`
}

func dateOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// add counts a leaf. The first leaf says which day it is.
func (d *Day) add(l *Leaf) {
	if d.Date == "" {
		*d = Day{Date: dateOf(l.Time), First: l.N, Sources: map[string]DaySource{}}
	}
	if l.Object == nil {
		return
	}
	s := d.Sources[l.Object.Source]
	s.Objects++
	s.Rows += l.Object.Rows
	s.Tombstones += l.Object.Tombstones
	d.Sources[l.Object.Source] = s
	d.Objects++
	d.Rows += l.Object.Rows
}

func (d *Day) clone() Day {
	c := *d
	c.Sources = maps.Clone(d.Sources)
	return c
}

// over is the manifest of a day that ends before leaf n.
func (d *Day) over(n uint64, root tlog.Hash) Day {
	c := *d
	c.End, c.Root = n, Hash(root)
	return c
}

// dayHead is the first line of a day's manifest, so that nothing else that the
// key signs can pass for one.
const dayHead = "scrubline-day"

// dayText is what is signed of a manifest.
func dayText(origin string, record json.RawMessage) string {
	return fmt.Sprintf("%s\n%s\n%s\n", dayHead, origin, record)
}

func signDay(origin string, record json.RawMessage, by note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: dayText(origin, record)}, by)
}
