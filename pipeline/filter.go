package pipeline

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/layout"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
)

// Filter scrubs bytes to bytes of the same format, without archive or store.
type Filter struct {
	Keys    *token.Keyring
	Tenant  string
	Format  string    // source to use, "" to recognise it
	Name    string    // of the input, for sources that look at names
	Matches io.Writer // if set, gets a JSON line a match

	engine  *scrub.Engine
	rec     ingest.Record
	matches *json.Encoder
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

func (f *Filter) init() (*token.Tokenizer, error) {
	tk, err := token.New(f.Keys, f.Tenant)
	if err != nil {
		return nil, fmt.Errorf("loading token keys: %w", err)
	}
	f.engine = scrub.New(scrub.Options{Tenant: f.Tenant, Tokens: tk, Link: link.Default()})
	if f.Matches != nil {
		f.matches = json.NewEncoder(f.Matches)
	}
	return tk, nil
}

// Run copies r to w, scrubbed. What cannot be decoded or scrubbed is replaced by
// a tombstone in its place; their number is returned. Errors hold no content.
func (f *Filter) Run(ctx context.Context, r io.Reader, w io.Writer) (tombstones int, err error) {
	tk, err := f.init()
	if err != nil {
		return 0, err
	}
	defer tk.Close()
	cfg := &Config{Format: f.Format, Options: ingest.Options{Limits: ingest.DefaultLimits}, plain: true}
	o := ingest.Origin{Name: f.Name, Time: time.Now()}
	o.Account, o.Region, o.Service, _ = layout.Parse(f.Name)
	p := &ingest.Payload{Origin: o, Size: -1, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	var in intake
	if _, perr := in.open(ctx, cfg, p); perr != nil {
		return 1, fmt.Errorf("reading the input: %w", perr)
	}
	out := bufio.NewWriterSize(w, 256<<10)
	var buf []byte
	for n := uint64(0); ; n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return tombstones, ctx.Err()
		}
		gap, raw, err := in.framer.Next()
		if _, e := out.Write(f.gap(gap)); e != nil {
			return tombstones, writing(e)
		}
		if err == io.EOF {
			break
		}
		var perr *ingest.PayloadError
		if errors.As(err, &perr) {
			return tombstones + 1, errors.Join(fmt.Errorf("reading the input: %w", perr), out.Flush())
		}
		f.rec.Reset(in.source, in.table, raw)
		f.rec.Ordinal = n
		if err == nil {
			err = in.decode(raw, &f.rec)
		}
		var code ingest.Code
		var ms []scrub.Match
		var re *ingest.RecordError
		if errors.As(err, &re) {
			code = re.Code
		} else {
			buf, ms, code = f.engine.Filter(&f.rec, buf[:0])
		}
		if code != "" {
			tombstones++
			buf = append(buf[:0], tombstone(raw, code)...)
		} else if f.matches != nil {
			if err := f.list(n, ms); err != nil {
				return tombstones, err
			}
		}
		if _, err := out.Write(buf); err != nil {
			return tombstones, writing(err)
		}
	}
	if err := out.Flush(); err != nil {
		return tombstones, writing(err)
	}
	return tombstones, nil
}

func writing(err error) error { return fmt.Errorf("writing the output: %w", err) }

func (f *Filter) list(n uint64, ms []scrub.Match) error {
	for i := range ms {
		m := &ms[i]
		if err := f.matches.Encode(matchLine{n, m.Start, m.End, m.Kind.String(), string(m.Kind.Info().Letter), m.Treat.String()}); err != nil {
			return fmt.Errorf("writing the matches: %w", err)
		}
	}
	return nil
}

// gap returns what may stand between records: punctuation passes, text is
// scrubbed like any other.
func (f *Filter) gap(b []byte) []byte {
	for _, c := range b {
		if !strings.ContainsRune("{}[],: \t\r\n\"", rune(c)) {
			f.rec.Reset(all.Fallback, schemas.Events, b)
			f.rec.Add(0, len(b), schemas.Field{Treat: schemas.Scan}, ingest.Plain)
			out, _, code := f.engine.Filter(&f.rec, nil)
			if code != "" {
				return nil
			}
			return out
		}
	}
	return b
}

// tombstone stands for a record in a filter's output; JSON stays JSON.
func tombstone(raw []byte, code ingest.Code) string {
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return `{"phi_tombstone":"` + string(code) + `"}`
	}
	return "[phi-tombstone " + string(code) + "]"
}

type lineIn struct {
	ID     string `json:"id"`
	Format string `json:"format"`
	Text   string `json:"text"`
}

type lineOut struct {
	ID    string `json:"id"`
	Spans []span `json:"spans"`
	Text  string `json:"text"`
}

type span struct {
	Start uint32 `json:"start"`
	End   uint32 `json:"end"`
	Type  string `json:"type"`
}

// Lines answers lines {"id","format","text"}, each one record, with the spans
// that were replaced (bytes of text) and the scrubbed text.
func (f *Filter) Lines(ctx context.Context, r io.Reader, w io.Writer) error {
	tk, err := f.init()
	if err != nil {
		return err
	}
	defer tk.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(r, 256<<10))
	bw := bufio.NewWriterSize(w, 256<<10)
	enc := json.NewEncoder(bw)
	enc.SetEscapeHTML(false)
	for n := 1; ; n++ {
		var in lineIn
		if err := dec.Decode(&in); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("reading line %d of the input: not a JSON object with id, format and text", n)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := enc.Encode(f.line(&in)); err != nil {
			return writing(err)
		}
	}
	if err := bw.Flush(); err != nil {
		return writing(err)
	}
	return nil
}

func (f *Filter) line(in *lineIn) lineOut {
	raw := []byte(in.Text)
	out := lineOut{ID: in.ID, Spans: []span{}}
	if len(raw) == 0 {
		return out
	}
	format := in.Format
	if f.Format != "" {
		format = f.Format
	}
	src, ok := all.ByName(format)
	if !ok {
		src, _ = all.ByName(all.Fallback)
	}
	f.rec.Reset(src.Name(), schemas.Events, raw)
	code := ingest.Code("")
	var ms []scrub.Match
	var text []byte
	if err := src.NewDecoder(ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits}).Decode(raw, &f.rec); err != nil {
		code = ingest.CodeSyntax
	} else {
		text, ms, code = f.engine.Filter(&f.rec, nil)
	}
	if code != "" {
		out.Spans = append(out.Spans, span{0, uint32(len(raw)), "tombstone"})
		out.Text = tombstone(raw, code)
		return out
	}
	for i := range ms {
		out.Spans = append(out.Spans, span{ms[i].Start, ms[i].End, ms[i].Kind.String()})
	}
	out.Text = string(text)
	return out
}
