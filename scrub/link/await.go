package link

import "net/netip"

// mostAwaiting is how many addresses wait for a trace id at most, 24 MiB.
const mostAwaiting = 1 << 20

// await is an address whose record does not say whose it is, but has a trace id:
// another record of the same request may say it.
type await struct {
	trace, household uint64
	ms               int64
}

// Await keeps the address of a record with this trace id and the time ms until
// Settle. false means that there is no room: whoever asks must look at the record
// again when the round's trace ids are noted.
func (j *Judge) Await(id []byte, addr netip.Addr, ms int64) bool {
	if !j.tracing() || !addr.IsValid() || j.exempts(addr) {
		return true
	}
	k := j.trace(id)
	if k == 0 {
		return true
	}
	if j.window.awaited.Load()+int64(len(j.awaiting)) >= mostAwaiting {
		return false
	}
	j.awaiting = append(j.awaiting, await{k, household(addr), ms})
	return true
}

// Hand gives the window what the judge keeps; see Await.
func (j *Judge) Hand() {
	if len(j.awaiting) == 0 {
		return
	}
	w := j.window
	w.tracing.Lock()
	w.awaiting = append(w.awaiting, j.awaiting...)
	w.awaited.Store(int64(len(w.awaiting)))
	w.tracing.Unlock()
	j.awaiting = j.awaiting[:0]
}

// Settle notes the addresses that wait and whose trace id was noted in this round,
// and forgets the others. Nobody may hand over meanwhile.
func (w *Window) Settle() {
	t := w.traces.Load()
	j := Judge{window: w}
	for _, a := range w.awaiting {
		if t != nil && t.has(a.trace) {
			j.noteHousehold(a.household, a.ms)
		}
	}
	w.awaiting = w.awaiting[:0]
	w.awaited.Store(0)
}
