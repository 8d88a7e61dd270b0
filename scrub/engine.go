package scrub

import (
	"hash/maphash"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/classes"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
)

// Version is the scrubber's version, stored with every batch: it changes when
// the same record may come out differently.
const Version = "7"

// Options configure an Engine.
type Options struct {
	Tenant string
	Tokens *token.Tokenizer
	Link   link.Policy
	Window *link.Window // of the tenant, shared by all engines; nil: records stand alone
	Limits ingest.Limits
	Policy *policy.Policy // nil: the built-in one
	Roster *roster.Roster // the organisation's own patients; nil: none
	Rules  string         // hash of Policy and Roster; engines with the same believe each other's Noted
}

// Engine scrubs records, one after the other, for one goroutine.
type Engine struct {
	ruling
	opt      Options
	judge    *link.Judge
	keys     *keyCache
	patients *roster.Scanner // of opt.Roster, made when first used
	clean    *cleanCache
	words    *wordCache
	levels   []level

	// Of the record in hand.
	matches []Match
	repl    []byte // the replacements, one after the other
	out     []byte // the scrubbed record
	addrs   []address
	marks   []mark // what FHIR's structure says of the record
	table   table  // see inTable
	traces  []int  // indexes of the fields that hold a trace id
	loose   bool   // see EndNotes
	noting  bool   // the record is only looked at
	noted   bool   // Note was given the record in this round
	plain   bool   // what was found is all, and may be kept: see Noted
	bare    int    // addresses that are fields
	names   int    // labels that stand for keys
	fields  int    // messages whose fields have their places, one inside the other
	effort  int    // bytes that may still be tried as base64
	inflate int    // bytes that may still come out of gzip
	session bool   // the record names a session
	user    bool   // the record names a user of the public
	patient bool   // the record names a patient
	reached bool   // the record has how to reach somebody: a telephone, a street

	blocks   []classes.Block // of the texts in hand, one inside the other
	text     []byte          // scratch for a column's text
	counts   []uint64
	treated  []uint64 // counts by treatment, see Treated
	fallback uint64   // event time of records that have none
	inForce  uint64   // hash of opt.Rules
	slow     bool     // look at each byte, not at candidates: for tests
}

// level is the memory of one nesting level of encodings.
type level struct {
	marks  []mark
	buf    [3]buffer
	fields []ingest.Field
	walk   *jsonwalk.Walker
	gzip   inflater
}

// New returns an engine.
func New(opt Options) *Engine {
	if opt.Limits == (ingest.Limits{}) {
		opt.Limits = ingest.DefaultLimits
	}
	customs := opt.Policy.Customs()
	return &Engine{opt: opt, inForce: maphash.String(sumSeed, opt.Rules), ruling: ruling{finder: opt.Policy.Finder()}, counts: make([]uint64, len(recognizer.All)+len(customs)), treated: make([]uint64, (len(recognizer.All)+len(customs))*treatments), judge: link.NewJudge(opt.Link, opt.Window), keys: newKeyCache(), clean: newCleanCache(), words: new(wordCache), levels: make([]level, maxNesting+1)}
}

// Record scrubs rec and appends exactly one row to out: an event, a header or,
// if it could not be scrubbed, a tombstone. code is "" or the tombstone's. noted is
// what Note found in the payload's records, nil if it was not asked.
func (e *Engine) Record(rec *ingest.Record, noted *Noted, out *event.Batch) (code ingest.Code) {
	raw := rec.Reveal()
	if e.out, code = e.scrub(rec, raw, noted, e.out[:0]); code == "" {
		code = e.addRow(rec, raw, out)
	}
	if code != "" {
		e.Tombstone(rec, code, out)
		return code
	}
	e.count()
	return ""
}

// Filter scrubs rec and appends the scrubbed record to dst; with a code nothing
// is appended. The matches are valid until the engine's next call.
func (e *Engine) Filter(rec *ingest.Record, dst []byte) ([]byte, []Match, ingest.Code) {
	out, code := e.scrub(rec, rec.Reveal(), nil, dst)
	if code != "" {
		return dst, nil, code
	}
	e.count()
	return out, e.matches, ""
}

// Counts returns how often each recognizer's match was replaced in the records
// that came out since the engine was made, indexed by recognizer.Kind; behind
// those the policy's own recognizers in their order.
func (e *Engine) Counts() []uint64 { return e.counts }

// Counted is the name of the recognizer that Counts()[i] is of.
func (e *Engine) Counted(i int) string {
	if i < len(recognizer.All) {
		return recognizer.Kind(i).String()
	}
	return e.opt.Policy.Customs()[i-len(recognizer.All)].Name
}

func (e *Engine) count() {
	for i := range e.matches {
		m := &e.matches[i]
		at := int(m.Kind)
		if m.Custom != nil {
			at = len(recognizer.All) + m.Custom.Number()
		}
		e.counts[at]++
		e.treated[at*treatments+int(m.Treat)]++
	}
}

// scrub finds the record's matches and appends the scrubbed record to dst. A
// panic in a recognizer costs the record, not the process, and what it says,
// which may quote the record, never travels.
func (e *Engine) scrub(rec *ingest.Record, raw []byte, noted *Noted, dst []byte) (out []byte, code ingest.Code) {
	defer func() {
		if recover() != nil {
			code = ingest.CodeScrub
		}
	}()
	e.start(rec, raw)
	if e.noted = e.recall(noted, rec, raw); !e.noted {
		if code = e.look(rec, raw); code != "" {
			return dst, code
		}
	}
	e.separate(rec, raw)
	e.arrange()
	out = e.rewrite(dst, raw)
	if leaks(out[len(dst):]) && e.leaksBeside() {
		return dst, ingest.CodeEgress
	}
	return out, ""
}

// start gets ready for a record.
func (e *Engine) start(rec *ingest.Record, raw []byte) {
	e.matches, e.repl, e.addrs, e.traces = e.matches[:0], e.repl[:0], e.addrs[:0], e.traces[:0]
	e.session, e.user, e.patient, e.reached, e.names, e.fields = false, false, false, false, 0, 0
	e.effort = effortFloor + effortFactor*len(raw)
	e.inflate = min(inflateMost, inflateFloor+inflateFactor*len(raw))
	e.marks, e.blocks = e.marks[:0], e.blocks[:0]
	e.bare, e.table.of, e.noted = 0, nil, false
	e.rule(rec, raw)
}

// look collects the record's matches, but for those that follow from other
// records. A field that lies outside the record, or
// a record that takes too much effort, is not guessed about.
func (e *Engine) look(rec *ingest.Record, raw []byte) ingest.Code {
	unsure := e.unsure
	ruled, unnamed := false, -1 // the field that first speaks of somebody
	if len(raw) > 0 && raw[0] == '{' && !ofAWS(rec.Source) && hasResource(raw) {
		e.marks = fhirMarks(raw, e.marks)
	}
	marks := e.marks
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if int(f.End) > len(raw) || f.Start > f.End {
			return ingest.CodeScrub
		}
		if f.Alias || f.Start == f.End {
			continue
		}
		if e.field = f.Rule; f.Rule != 0 {
			if ruled = true; e.ruled(raw, f) {
				continue
			}
		}
		for len(marks) > 0 && marks[0].start < f.Start {
			marks = marks[1:]
		}
		if len(marks) > 0 && marks[0].start == f.Start && f.Treat == schemas.Scan {
			v := e.view(raw, f)
			e.apply(marks[0], &v)
			continue
		}
		if e.treat(raw, f, i); unnamed < 0 && e.someone() {
			unnamed = i
		}
	}
	if unnamed > 0 && len(e.marks) == 0 {
		e.resume(rec, raw, unnamed)
	}
	if e.effort < 0 {
		return ingest.CodeScrub
	}
	e.again(rec, raw)
	e.plain = !ruled && len(e.spared) == 0 && e.unsure == unsure && len(e.marks) == 0
	return ""
}

// rewrite appends raw with its matches replaced.
func (e *Engine) rewrite(dst, raw []byte) []byte {
	pos := uint32(0)
	for i := range e.matches {
		m := &e.matches[i]
		dst = append(dst, raw[pos:m.Start]...)
		dst = append(dst, e.repl[m.quote:m.to]...)
		dst = append(dst, e.repl[m.quote:m.from]...)
		pos = m.End
	}
	return append(dst, raw[pos:]...)
}

// ofAWS says that a source is AWS's own log: its records are no FHIR resources,
// though one may stand in a string of theirs.
func ofAWS(source string) bool { return len(source) > 4 && source[:4] == "aws_" }
