package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/layout"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
)

// Filter scrubs bytes to bytes of the same format, without archive or store.
type Filter struct {
	Keys    *token.Keyring
	Tenant  string
	Format  string         // source to use, "" to recognise it
	Name    string         // of the input, for sources that look at names
	Matches io.Writer      // if set, gets a JSON line a match
	Policy  *policy.Policy // nil: the built-in one
	Roster  *roster.Roster // nil: none

	engine  *scrub.Engine
	intake  intake
	rec     ingest.Record
	out     []byte // what was not written yet
	matches *json.Encoder
	between []byte                   // the gap in hand, scrubbed
	sources map[string]ingest.Source // of Lines, by the name given
}

// matchLine is a line of Matches.
type matchLine struct {
	Record     uint64 `json:"record"`
	Start      uint32 `json:"start"`
	End        uint32 `json:"end"`
	Recognizer string `json:"recognizer"`
	SafeHarbor string `json:"safe_harbor"`
	Treatment  string `json:"treatment"`
}

// init makes the engine; across says in which records it looks at what others said.
func (f *Filter) init(across link.Across) (*token.Tokenizer, error) {
	tk, err := token.New(f.Keys, f.Tenant)
	if err != nil {
		return nil, fmt.Errorf("loading token keys: %w", err)
	}
	apart := f.Policy.Link()
	apart.Across = across
	f.engine = scrub.New(scrub.Options{
		Tenant: f.Tenant, Tokens: tk, Link: apart, Policy: f.Policy, Roster: f.Roster,
		Window: link.New(link.Options{Timeless: across == link.InFlows}),
	})
	if f.Matches != nil {
		f.matches = json.NewEncoder(f.Matches)
	}
	return tk, nil
}

// Run copies r to w, scrubbed: the same records in the same container, with the
// same ends of lines. What cannot be decoded or scrubbed is replaced by a
// tombstone in its place (an object where JSON is expected); their number is
// returned. Errors hold no content. After an error the output ends early.
func (f *Filter) Run(ctx context.Context, r io.Reader, w io.Writer) (tombstones int, err error) {
	tk, err := f.init(link.Everywhere)
	if err != nil {
		return 0, err
	}
	defer tk.Close()
	cfg := &Config{Format: f.Format, Options: ingest.Options{Limits: ingest.DefaultLimits}, plain: true}
	o := ingest.Origin{Name: f.Name, Time: time.Now()}
	o.Account, o.Region, o.Service, _ = layout.Parse(f.Name)
	p := &ingest.Payload{Origin: o, Size: -1, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	in := &f.intake
	if _, perr := in.open(ctx, cfg, p, &all.Choice{}); perr != nil {
		return 1, fmt.Errorf("reading the input: %w", perr)
	}
	out := f.out[:0]
	defer func() { f.out = out }()
	for n := uint64(0); ; n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return tombstones, ctx.Err()
		}
		gap, raw, err := in.framer.Next()
		out = append(out, f.gap(gap, in.json)...)
		if err == io.EOF {
			break
		}
		if perr := unreadable(err); perr != nil {
			_, e := w.Write(out)
			return tombstones + 1, errors.Join(fmt.Errorf("reading the input: %w", perr), e)
		}
		f.rec.Reset(in.source, in.table, raw)
		f.rec.Ordinal = n
		if err == nil {
			err = in.decode(raw, &f.rec)
		}
		var ms []scrub.Match
		code := undecoded(err)
		if code == "" {
			out, ms, code = f.engine.Filter(&f.rec, out)
		}
		if code != "" {
			tombstones++
			out = append(out, tombstone(in.json, code)...)
		} else if f.matches != nil {
			if err := f.list(n, ms); err != nil {
				return tombstones, err
			}
		}
		if len(out) >= outSize {
			if _, err := w.Write(out); err != nil {
				return tombstones, writing(err)
			}
			out = out[:0]
		}
	}
	if _, err := w.Write(out); err != nil {
		return tombstones, writing(err)
	}
	return tombstones, nil
}

// outSize is how many scrubbed bytes are written at a time, and some.
const outSize = 256 << 10

// unreadable returns what ended the payload, if that is what err says.
func unreadable(err error) *ingest.PayloadError {
	if err != nil { // errors.As takes memory of its own
		var perr *ingest.PayloadError
		if errors.As(err, &perr) {
			return perr
		}
	}
	return nil
}

// undecoded returns why a record was not framed or decoded, "" if it was.
func undecoded(err error) ingest.Code {
	if err != nil {
		var re *ingest.RecordError
		if errors.As(err, &re) {
			return re.Code
		}
	}
	return ""
}

func writing(err error) error { return fmt.Errorf("writing the output: %w", err) }

func (f *Filter) list(n uint64, ms []scrub.Match) error {
	for i := range ms {
		m := &ms[i]
		if err := f.matches.Encode(matchLine{n, m.Start, m.End, m.Name(), string(m.Letter()), m.Treat.String()}); err != nil {
			return fmt.Errorf("writing the matches: %w", err)
		}
	}
	return nil
}
