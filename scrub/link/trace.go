package link

import (
	"bytes"
	"hash/maphash"
)

// mostTraces is how many trace ids a round keeps; with more every one counts.
const mostTraces = 3 << 20

// StartRound begins to remember the trace ids of records that say who somebody
// is, and forgets those of the round before. Until it is called none is kept.
//
// A trace id ties the records of one request: who it says in one and the address
// in another. There are too many of them to keep for days; a round is what the
// pipeline looks through before it makes rows.
func (w *Window) StartRound() {
	w.awaiting = w.awaiting[:0]
	w.awaited.Store(0)
	w.traces.Store(newTable(0, w.times))
}

// HasTraces tells whether a trace id was noted in this round. Nobody may note one
// meanwhile.
func (w *Window) HasTraces() bool {
	t := w.traces.Load()
	return t != nil && (t.n > 0 || t.full)
}

func (w *Window) noteTrace(k uint64) {
	w.tracing.Lock()
	defer w.tracing.Unlock()
	t := w.traces.Load()
	if t.has(k) {
		return
	}
	if t.n >= mostTraces {
		w.traces.Store(fullTable())
	} else if !t.add(k) {
		t = t.grown()
		t.add(k)
		w.traces.Store(t)
	}
}

// NoteTrace notes the trace id of a record that says who somebody is.
func (j *Judge) NoteTrace(id []byte) {
	if !j.tracing() {
		return
	}
	if k := j.trace(id); k != 0 && !j.window.traces.Load().has(k) {
		j.window.noteTrace(k)
	}
}

// Traced tells whether a record with this trace id says who somebody is.
func (j *Judge) Traced(id []byte) bool {
	if !j.tracing() {
		return false
	}
	k := j.trace(id)
	return k != 0 && j.window.traces.Load().has(k)
}

func (j *Judge) tracing() bool {
	return j.window != nil && j.policy.Across == Everywhere && j.window.traces.Load() != nil
}

// trace is a trace id however it is written, or 0 for what is too short for one:
// AWS writes Root=1-67891233-abcdef012345678912345678 and adds other parts, W3C
// the same digits as 00-67891233abcdef012345678912345678-<span>-01.
func (j *Judge) trace(id []byte) uint64 {
	if i := bytes.Index(id, []byte("Root=")); i >= 0 {
		id = id[i+len("Root="):]
	}
	if i := bytes.IndexByte(id, ';'); i >= 0 {
		id = id[:i]
	}
	d := j.digits[:0]
	for _, c := range id {
		if c == '-' {
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		d = append(d, c)
	}
	j.digits = d
	switch {
	case len(d) == 33 && d[0] == '1':
		d = d[1:]
	case len(d) == 52 && d[0] == '0' && d[1] == '0':
		d = d[2:34]
	case len(d) < 8:
		return 0
	}
	return max(1, maphash.Bytes(j.window.seed, d))
}
