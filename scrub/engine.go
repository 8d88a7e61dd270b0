package scrub

import (
	"net/netip"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Version is the scrubber's version, stored with every batch: it changes when
// the same record may come out differently.
const Version = "1"

// Options configure an Engine.
type Options struct {
	Tenant string
	Tokens *token.Tokenizer
	Link   link.Policy
	Window *link.Window // of the tenant, shared by all engines; nil: records stand alone
	Limits ingest.Limits
}

// Engine scrubs records, one after the other, for one goroutine.
type Engine struct {
	opt     Options
	walk    *jsonwalk.Walker
	matches []Match
	repl    []byte // the replacements, one after the other
	text    []byte // scratch for a column's text
	out     []byte // scratch for the scrubbed record
	levels  []level
	addrs   []address
	keys    map[string]announcement
	quote   bool // the field in hand is an unquoted JSON value
	session bool // the record names a session
	user    bool // the record names a user of the public
	patient bool // the record names a patient
	counts  [len(recognizer.All)]uint64

	batchKey string // of the batch that rows go to
	fallback uint64 // event time of records that have none
}

// level is the memory of one nesting level of encodings.
type level struct {
	buf    [3]buffer
	fields []ingest.Field
	walk   *jsonwalk.Walker
}

// address is a network address in the record, replaced only if link says so.
type address struct {
	start, end uint32
	addr       netip.Addr
	column     schemas.Column
	quote      bool
}

type announcement struct {
	kind recognizer.Kind
	weak bool
}

// New returns an engine.
func New(opt Options) *Engine {
	if opt.Limits == (ingest.Limits{}) {
		opt.Limits = ingest.DefaultLimits
	}
	e := &Engine{opt: opt, keys: map[string]announcement{}, levels: make([]level, maxNesting+1)}
	return e
}

// Record scrubs rec and appends exactly one row to out: an event, a header or,
// if it could not be scrubbed, a tombstone. code is "" or the tombstone's.
func (e *Engine) Record(rec *ingest.Record, out *event.Batch) (code ingest.Code) {
	raw := rec.Reveal()
	if code = e.find(rec, raw); code == "" {
		e.out = e.rewrite(e.out[:0], raw)
		if leaks(e.out) {
			code = ingest.CodeEgress
		}
	}
	if code != "" {
		e.Tombstone(rec, code, out)
		return code
	}
	e.row(rec, raw, out)
	return ""
}

// Filter scrubs rec and appends the scrubbed record to dst. The matches are
// valid until the engine's next call.
func (e *Engine) Filter(rec *ingest.Record, dst []byte) ([]byte, []Match, ingest.Code) {
	raw := rec.Reveal()
	if code := e.find(rec, raw); code != "" {
		return dst, nil, code
	}
	e.out = e.rewrite(e.out[:0], raw)
	if leaks(e.out) {
		return dst, e.matches, ingest.CodeEgress
	}
	return append(dst, e.out...), e.matches, ""
}

// Counts returns how often each recognizer matched since the engine was made,
// indexed by recognizer.Kind.
func (e *Engine) Counts() []uint64 { return e.counts[:] }

// find collects the record's matches. A panic in a recognizer costs the record,
// not the process, and its text never travels.
func (e *Engine) find(rec *ingest.Record, raw []byte) (code ingest.Code) {
	defer func() {
		if recover() != nil {
			code = ingest.CodeScrub
		}
	}()
	e.matches, e.repl, e.addrs = e.matches[:0], e.repl[:0], e.addrs[:0]
	e.session, e.user, e.patient = false, false, false
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if int(f.End) > len(raw) || f.Start > f.End {
			return ingest.CodeScrub
		}
		if !f.Alias && f.Start < f.End {
			e.treat(rec, raw, f)
		}
	}
	e.link(rec)
	e.arrange()
	for i := range e.matches {
		e.counts[e.matches[i].Kind]++
	}
	return ""
}

// rewrite appends raw with its matches replaced.
func (e *Engine) rewrite(dst, raw []byte) []byte {
	pos := uint32(0)
	for i := range e.matches {
		m := &e.matches[i]
		dst = append(dst, raw[pos:m.Start]...)
		if m.quote {
			dst = append(dst, '"')
		}
		dst = append(dst, e.repl[m.from:m.to]...)
		if m.quote {
			dst = append(dst, '"')
		}
		pos = m.End
	}
	return append(dst, raw[pos:]...)
}
