package event

// Stretch says which part of a stream a batch is: of a Kafka partition the
// offsets from From up to To. Records are numbered on through the whole stream,
// from 0; offsets count messages, with holes (aborted transactions, markers,
// compacted messages), and a message may hold any number of records. A message
// is never cut: its records are in one batch.
type Stretch struct {
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Before uint64 `json:"before"` // From of the stretch before this one, 0 for the first
	Epoch  int32  `json:"epoch"`  // of the leader that wrote the last message, -1 if unknown
	// Gap, if not 0, says that the offsets from From up to it were gone before
	// they were read. The batch's first row stands for them, a tombstone.
	Gap  uint64 `json:"gap,omitempty"`
	Runs []Run  `json:"messages,omitempty"`
}

// Run is a first offset, a number of messages that follow each other without a
// hole, and how many records each of them has.
type Run [3]uint64

// Add adds a message behind those that are there.
func (s *Stretch) Add(offset, records uint64) {
	s.To = offset + 1
	if n := len(s.Runs); n > 0 {
		if r := &s.Runs[n-1]; r[0]+r[1] == offset && r[2] == records {
			r[1]++
			return
		}
	}
	s.Runs = append(s.Runs, Run{offset, 1, records})
}

// Messages returns how many messages there are.
func (s *Stretch) Messages() uint64 {
	n := uint64(0)
	for _, r := range s.Runs {
		n += r[1]
	}
	return n
}

// Agrees says whether s describes so many rows and its offsets go up.
func (s *Stretch) Agrees(rows uint64) bool {
	at, n := s.From, uint64(0)
	if s.Gap > 0 {
		if s.Gap <= at {
			return false
		}
		at, n = s.Gap, 1
	}
	for _, r := range s.Runs {
		if r[0] < at || r[1] == 0 {
			return false
		}
		at = r[0] + r[1]
		n += r[1] * r[2]
	}
	return n == rows && at <= s.To && s.From < s.To
}
