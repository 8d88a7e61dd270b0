package scrub

import (
	"hash/maphash"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/token"
)

// Clean is what Note says of a record in which there is nothing to replace but,
// perhaps, addresses: a hash of its bytes. 0 says nothing. Record then need not
// search the record again. The hash holds the rules in force too, and is keyed, so
// nothing passes that was not searched by them.
type Clean uint64

var cleanSeed = maphash.MakeSeed()

func (e *Engine) sum(raw []byte) Clean { return Clean(max(1, maphash.Bytes(cleanSeed, raw)^e.inForce)) }

// skim is look for a record that Note found plain: what is left to do is what
// depends on other records.
func (e *Engine) skim(rec *ingest.Record, raw []byte) {
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if f.Alias || f.Start == f.End {
			continue
		}
		e.trace(f, i)
		if f.Treat == schemas.Address {
			e.bareAddress(raw, f)
		}
	}
	e.separate(rec, raw)
	e.arrange()
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
