package canary

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// Prefix starts the origin of every row that a round made: canary/<format>, and
// canary/result of what was found.
const Prefix = "canary/"

// Round is one planting: each value of some new identities in one encoding, in one
// record of one format. For one goroutine.
type Round struct {
	At    time.Time
	plots []*Plot
}

// Plot is a round's part of one format, and one payload.
type Plot struct {
	Format  string // as in Planting
	Records int
	text    string
	id      string
	search  *Search
}

// NewRound plants so many identities, ten values each. The same seed and time make
// the same round.
func NewRound(identities int, seed uint64, at time.Time) *Round {
	r := rand.New(rand.NewPCG(seed, uint64(at.UnixNano())))
	records, values := map[string][]string{}, map[string][]Value{}
	for _, id := range Identities(identities, r.Uint64()) {
		for _, v := range id {
			p, e := &places[r.IntN(len(places))], Encodings[r.IntN(len(Encodings))]
			for !p.fits(e, v) {
				p, e = &places[r.IntN(len(places))], Encodings[r.IntN(len(Encodings))]
			}
			t := p.plant(v, e, r.Uint64()>>16, at)
			records[t.Format] = append(records[t.Format], t.Record)
			values[t.Format] = append(values[t.Format], v)
		}
	}
	out := &Round{At: at}
	for format, lines := range records {
		out.plots = append(out.plots, &Plot{
			Format: format, Records: len(lines), text: join(format, lines),
			id: fmt.Sprintf("canary %s %d %x", format, at.UnixNano(), seed), search: NewSearch(values[format]),
		})
	}
	slices.SortFunc(out.plots, func(a, b *Plot) int { return bytes.Compare([]byte(a.Format), []byte(b.Format)) })
	return out
}

// Plots are the round's parts, one a format.
func (r *Round) Plots() []*Plot { return r.plots }

// Payload is what the pipeline gets.
func (p *Plot) Payload(at time.Time) ingest.Payload { return payload(p.Format, p.id, p.text, at) }

// Finding is a payload of an application's events about what was found, as Report is:
// rules run over them. id tells it from others.
func Finding(id, text string, at time.Time) ingest.Payload { return payload("result", id, text, at) }

func payload(name, id, text string, at time.Time) ingest.Payload {
	return ingest.Payload{
		Origin: ingest.Origin{Name: Prefix + name, Time: at}, Scheme: schemas.CanaryScheme, Identity: id, Size: int64(len(text)),
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte(text))), nil
		},
	}
}

// Values is how many values the plot holds.
func (p *Plot) Values() int { return len(p.search.values) }

// Look looks for the plot's values in text that was stored.
func (p *Plot) Look(where string, text []byte) { p.search.Look(where, text) }

// LookBatch looks for them in all columns of a batch.
func (p *Plot) LookBatch(b *event.Batch) {
	for _, c := range b.Columns() {
		if b.Unset(c) {
			continue
		}
		for row := range b.Rows() {
			switch c.Info().Kind {
			case schemas.KString:
				p.Look("archive", b.Str(c).At(row))
			case schemas.KDict:
				p.Look("archive", []byte(b.Dict(c).At(row)))
			case schemas.KStrings:
				from, to := b.Strs(c).Row(row)
				for i := from; i < to; i++ {
					p.Look("archive", b.Strs(c).Items.At(i))
				}
			}
		}
	}
}

// Result is what became of a plot. It holds no value, only kinds.
type Result struct {
	Format  string         `json:"format"` // of the records: alb, app, cloudtrail, waf
	Source  string         `json:"source"` // that the pipeline took them for
	Records uint64         `json:"records"`
	Events  uint64         `json:"events"`
	Values  int            `json:"values"`
	Leaked  int            `json:"leaked"`
	Kinds   map[string]int `json:"kinds,omitempty"` // of the leaked
	Status  string         `json:"status"`          // pass or miss
}

// What a plot's Status says.
const (
	Pass = "pass"
	Miss = "miss" // a value was found in what was stored, or a record was not
)

// Result sums the plot up. stored is how many rows the archive has of it, and
// visible how many ClickHouse shows.
func (p *Plot) Result(source string, events, stored, visible uint64) Result {
	r := Result{Format: p.Format, Source: source, Records: uint64(p.Records), Events: events, Values: p.Values(), Leaked: p.search.Found(), Status: Pass}
	for i := range p.search.found {
		if r.Kinds == nil {
			r.Kinds = map[string]int{}
		}
		r.Kinds[p.search.values[i].Kind]++
	}
	if r.Leaked > 0 || stored != r.Records || visible != r.Records {
		r.Status = Miss
	}
	return r
}

// Report is the payload of a round's results: an event of an application for each,
// which rules and queries find by its message.
func (r *Round) Report(results []Result) ingest.Payload {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for i := range results {
		level := "info"
		if results[i].Status != Pass {
			level = "error"
		}
		_ = enc.Encode(struct { // to memory: never fails
			Time    time.Time `json:"time"`
			Level   string    `json:"level"`
			Service string    `json:"service"`
			Message string    `json:"message"`
			Canary  *Result   `json:"canary"`
		}{r.At, level, "scrubline", "canary " + results[i].Status, &results[i]})
	}
	return payload("result", fmt.Sprintf("canary result %d", r.At.UnixNano()), b.String(), r.At)
}
