package scrub

import (
	"hash/maphash"
	"slices"
	"sort"
	"unsafe"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Noted is what Note found in the records of a payload, so that Record, when it meets
// them, need not search them again: by their Ordinal, what there is to replace but
// for addresses. Each is told by a hash of its bytes and of the rules in force, which
// is keyed, so nothing passes that was not searched by them. The zero value knows of
// no record. It holds tokens and labels and where they go, never text of a record.
type Noted struct {
	sums    []uint64 // by Ordinal; 0 says nothing
	found   []found  // of those with matches, in their order
	matches []foundMatch
	repl    []byte
	addrs   []address
	last    int // of found, the one that was asked for last
}

// found is a record in which there is something to replace: its parts of Noted's
// slices end where it says, and start where its predecessor's end.
type found struct {
	ordinal                uint64
	matches, repl, addrs   uint32
	session, user, patient bool
}

// foundMatch is a Match of a built-in recognizer, without a pointer in it.
type foundMatch struct {
	start, end, quote, from, to uint32
	kind                        recognizer.Kind
	treat                       schemas.Treatment
}

// foundMost is how many matches of one record are kept: a record of many is rare, and
// what it takes to find them is little beside what it takes to keep them.
const foundMost = 64

var sumSeed = maphash.MakeSeed()

// sum tells a record, under the rules in force, from others.
func (e *Engine) sum(raw []byte) uint64 { return max(1, maphash.Bytes(sumSeed, raw)^e.inForce) }

// Size is how many bytes of memory n needs, about.
func (n *Noted) Size() int {
	return 8*len(n.sums) + len(n.found)*int(unsafe.Sizeof(found{})) + len(n.matches)*int(unsafe.Sizeof(foundMatch{})) +
		len(n.repl) + len(n.addrs)*int(unsafe.Sizeof(address{}))
}

// keep keeps what look found in a record.
func (n *Noted) keep(e *Engine, rec *ingest.Record, raw []byte) {
	if !e.plain || rec.Ordinal < uint64(len(n.sums)) {
		return
	}
	nobody := len(e.matches) == 0 && !e.session && !e.user && !e.patient && len(e.addrs) == e.bare
	if !nobody && (len(e.matches) > foundMost || slices.ContainsFunc(e.matches, func(m Match) bool { return m.Custom != nil })) {
		return
	}
	n.sums = append(n.sums, make([]uint64, rec.Ordinal-uint64(len(n.sums)))...)
	n.sums = append(n.sums, e.sum(raw))
	if nobody {
		return
	}
	for i := range e.matches {
		m := &e.matches[i]
		n.matches = append(n.matches, foundMatch{m.Start, m.End, m.quote, m.from, m.to, m.Kind, m.Treat})
	}
	n.repl = append(n.repl, e.repl...)
	n.addrs = append(n.addrs, e.addrs...)
	n.found = append(n.found, found{rec.Ordinal, uint32(len(n.matches)), uint32(len(n.repl)), uint32(len(n.addrs)), e.session, e.user, e.patient})
}

// of returns where in n.found a record is, or where it would be.
func (n *Noted) of(ordinal uint64) (i int, ok bool) {
	if i = n.last + 1; i >= len(n.found) || n.found[i].ordinal < ordinal || n.found[i-1].ordinal >= ordinal {
		i = sort.Search(len(n.found), func(i int) bool { return n.found[i].ordinal >= ordinal })
	}
	return i, i < len(n.found) && n.found[i].ordinal == ordinal
}

// recall is look for a record that n knows: what is left to do is what depends on other
// records. It says whether n does.
func (e *Engine) recall(n *Noted, rec *ingest.Record, raw []byte) bool {
	if n == nil || rec.Ordinal >= uint64(len(n.sums)) || n.sums[rec.Ordinal] == 0 || n.sums[rec.Ordinal] != e.sum(raw) {
		return false
	}
	i, ok := n.of(rec.Ordinal)
	if ok {
		n.last = i
		var from found
		if i > 0 {
			from = n.found[i-1]
		}
		to := &n.found[i]
		for _, m := range n.matches[from.matches:to.matches] {
			e.matches = append(e.matches, Match{Start: m.start, End: m.end, Kind: m.kind, Treat: m.treat, quote: m.quote, from: m.from, to: m.to})
		}
		e.repl = append(e.repl, n.repl[from.repl:to.repl]...)
		e.addrs = append(e.addrs, n.addrs[from.addrs:to.addrs]...)
		e.session, e.user, e.patient = to.session, to.user, to.patient
	}
	for k := range rec.Fields {
		f := &rec.Fields[k]
		if f.Alias || f.Start == f.End {
			continue
		}
		e.trace(f, k)
		if !ok && f.Treat == schemas.Address {
			e.bareAddress(raw, f)
		}
	}
	return true
}

// trace notes that the i-th field holds a trace id.
func (e *Engine) trace(f *ingest.Field, i int) {
	if f.Hint == schemas.TraceID && (f.Treat == schemas.Keep || f.Treat == schemas.Scan) {
		e.traces = append(e.traces, i)
	}
}

// bareAddress notes an address that a field is, and says whether it is one. No
// encoding changes one.
func (e *Engine) bareAddress(raw []byte, f *ingest.Field) bool {
	a, ok := token.ParseAddr(raw[f.Start:f.End])
	if ok {
		e.addrs = append(e.addrs, address{start: f.Start, end: f.End, addr: a.Unmap()})
		e.bare++
	}
	return ok
}
