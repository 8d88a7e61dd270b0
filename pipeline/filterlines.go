package pipeline

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/link"
)

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
// that were replaced (bytes of text) and the scrubbed text. What is not of its
// format is scrubbed as plain text: whoever asks for spans wants those that are
// there. Only what cannot be scrubbed is one span, a tombstone.
//
// Records stand alone but for those of flow logs, which name nobody: there the
// address of a session or a patient on an earlier line is replaced, whatever the
// times of the two.
func (f *Filter) Lines(ctx context.Context, r io.Reader, w io.Writer) error {
	tk, err := f.init(link.InFlows)
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
	f.decode(f.source(format), raw)
	text, ms, code := f.engine.Filter(&f.rec, nil)
	if code != "" {
		out.Spans = append(out.Spans, span{0, uint32(len(raw)), "tombstone"})
		out.Text = tombstone(raw[0] == '{' || raw[0] == '[', code)
		return out
	}
	for i := range ms {
		out.Spans = append(out.Spans, span{ms[i].Start, ms[i].End, ms[i].Name()})
	}
	out.Text = string(text)
	return out
}

// source returns the source of that name, or the one of plain text.
func (f *Filter) source(name string) ingest.Source {
	if s, ok := f.sources[name]; ok {
		return s
	}
	s, ok := all.ByFormat(name)
	if !ok {
		s, _ = all.ByName(all.Fallback)
	}
	if f.sources == nil {
		f.sources = map[string]ingest.Source{}
	}
	if len(f.sources) < 1000 { // names come from the input
		f.sources[name] = s
	}
	return s
}

// decode fills f.rec with raw as a record of src, or as one field of plain text
// if it is none.
func (f *Filter) decode(src ingest.Source, raw []byte) {
	in := intake{decoder: src.NewDecoder(ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits})}
	f.rec.Reset(src.Name(), schemas.Events, raw)
	if in.decode(raw, &f.rec) == nil {
		return
	}
	f.rec.Reset(all.Fallback, schemas.Events, raw)
	f.rec.Add(0, len(raw), schemas.Field{Treat: schemas.Scan}, ingest.Plain)
}
