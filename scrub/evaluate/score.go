package evaluate

import "strings"

// Score adds up how records were scrubbed. The zero value is ready. Not safe for
// use by many goroutines.
type Score struct {
	// Miss, if set, is told of each span that leaked and each replaced span
	// that touches no annotated one.
	Miss func(Miss)

	classes  map[string]*Caught
	types    map[string]*Caught
	formats  map[string]*Format
	beyond   Caught
	right    int // replaced spans that touch an annotated one
	wrong    int // replaced spans that touch none
	records  Share
	negative Share
	excess   Share // letters and digits replaced, and those of them outside all spans
	tokens   [16]Share
	seen     int

	gold, cover []byte // of the record in hand
	need        []int
}

// Miss is something the scrubber did wrong.
type Miss struct {
	ID     string `json:"id"`
	Format string `json:"format"`
	What   string `json:"what"` // "leaked" or "false"
	Type   string `json:"type"` // the span's type, or the recognizer's name
	Letter string `json:"safe_harbor,omitempty"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Left   int    `json:"left,omitempty"` // letters and digits that leaked
}

// Caught counts annotated spans.
type Caught struct {
	Spans  int `json:"spans"`
	Caught int `json:"caught"`
	Half   int `json:"half_caught"` // half of the bytes that must go are gone, or more
}

// Share counts some among all.
type Share struct {
	All  int `json:"all"`
	Some int `json:"some"`
}

// Format is what a format's records scored. False spans are those of its
// negatives too.
type Format struct {
	Caught
	False int `json:"false_spans"`
}

const (
	phi      = 1 // gold: the byte is PHI
	optional = 2
)

// Add scores a record by what was replaced in it. negative says that it comes
// from the file of records without PHI.
func (s *Score) Add(r *Record, done []Replaced, negative bool) {
	if s.classes == nil {
		s.classes, s.types, s.formats = map[string]*Caught{}, map[string]*Caught{}, map[string]*Format{}
	}
	s.seen++
	text := []byte(r.Text)
	s.mark(r, len(text), done)
	format := of(s.formats, r.Format)
	s.leaks(r, text, format)
	dirty := false
	for _, d := range done {
		from, to := max(0, d.Start), min(len(text), d.End)
		if from >= to {
			continue
		}
		switch seg := string(s.gold[from:to]); {
		case strings.IndexByte(seg, phi) >= 0:
			s.right++
		case strings.IndexByte(seg, optional) >= 0:
		default:
			s.wrong++
			format.False++
			dirty = true
			s.miss(Miss{ID: r.ID, Format: r.Format, What: "false", Type: d.Type, Start: from, End: to})
		}
	}
	for i, c := range text {
		if s.cover[i] != 0 && word(c) {
			s.excess.All++
			if s.gold[i] == 0 {
				s.excess.Some++
			}
		}
	}
	if negative {
		s.negative.add(dirty)
	}
	if isLog(r.Format) {
		s.kept(text)
	}
}

// mark fills gold and cover.
func (s *Score) mark(r *Record, n int, done []Replaced) {
	s.gold, s.cover = append(s.gold[:0], make([]byte, n)...), append(s.cover[:0], make([]byte, n)...)
	for _, g := range r.Spans {
		v := byte(phi)
		if g.Optional {
			v = optional
		}
		for i := g.Start; i < g.End; i++ {
			s.gold[i] = v
		}
	}
	for _, d := range done {
		for i := max(0, d.Start); i < min(n, d.End); i++ {
			s.cover[i] = 1
		}
	}
}

// leaks counts the annotated spans.
func (s *Score) leaks(r *Record, text []byte, format *Format) {
	holds, leaked := false, false
	for i := range r.Spans {
		g := &r.Spans[i]
		s.need = required(text, g, s.need[:0])
		if len(s.need) == 0 {
			continue
		}
		gone := 0
		for _, at := range s.need {
			gone += int(s.cover[at])
		}
		if g.Encoding == beyond {
			s.beyond.add(gone, len(s.need))
			continue
		}
		if g.Optional {
			continue
		}
		holds = true
		of(s.classes, g.Letter).add(gone, len(s.need))
		of(s.types, g.Type).add(gone, len(s.need))
		format.add(gone, len(s.need))
		if left := len(s.need) - gone; left > 0 {
			leaked = true
			s.miss(Miss{r.ID, r.Format, "leaked", g.Type, g.Letter, g.Start, g.End, left})
		}
	}
	if holds {
		s.records.add(leaked)
	}
}

// kept counts the analyst tokens that hold no PHI.
func (s *Score) kept(text []byte) {
	for k := range kinds {
		kinds[k].each(text, func(start, end int) {
			if strings.Trim(string(s.gold[start:end]), "\x00") != "" {
				return
			}
			s.tokens[k].add(strings.IndexByte(string(s.cover[start:end]), 1) >= 0)
		})
	}
}

func (s *Score) miss(m Miss) {
	if s.Miss != nil {
		s.Miss(m)
	}
}

func (c *Caught) add(gone, need int) {
	c.Spans++
	if gone == need {
		c.Caught++
	}
	if 2*gone >= need {
		c.Half++
	}
}

func (s *Share) add(some bool) {
	s.All++
	if some {
		s.Some++
	}
}

func of[T any](m map[string]*T, key string) *T {
	v := m[key]
	if v == nil {
		v = new(T)
		m[key] = v
	}
	return v
}

// isLog says that a format is of logs: in messages, claims and prose nobody
// searches for ARNs.
func isLog(format string) bool {
	switch format {
	case "hl7", "hl7v2", "x12", "fhir", "narrative":
		return false
	}
	return true
}
