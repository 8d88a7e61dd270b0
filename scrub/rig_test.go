package scrub

import (
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/alb"
	"github.com/scrubline/scrubline/ingest/app"
	"github.com/scrubline/scrubline/ingest/cloudtrail"
	"github.com/scrubline/scrubline/ingest/vpcflow"
	"github.com/scrubline/scrubline/ingest/waf"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/token"
)

var update = flag.Bool("update", false, "rewrite golden files")

var written = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// rig is an engine behind the real decoder of a source, as the pipeline has it.
type rig struct {
	src    ingest.Source
	table  schemas.Table
	dec    ingest.Decoder
	rec    ingest.Record
	engine *Engine
	batch  *event.Batch
	out    []byte
}

func sources() map[string]ingest.Source {
	return map[string]ingest.Source{"cloudtrail": cloudtrail.New(), "alb": alb.New(), "nlb": alb.NewNLB(), "clb": alb.NewCLB(), "waf": waf.New(), "vpcflow": vpcflow.New(), "app": app.New()}
}

func newKeys(t testing.TB) *token.Keyring {
	t.Helper()
	ring, err := token.CreateKeyring(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.Close)
	return ring
}

func newEngine(t testing.TB, ring *token.Keyring, tenant string) *Engine {
	t.Helper()
	tk, err := token.New(ring, tenant)
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Tenant: tenant, Tokens: tk, Link: link.Default()})
}

func newRig(t testing.TB, format string, e *Engine) *rig {
	t.Helper()
	src := sources()[format]
	if src == nil {
		t.Fatalf("no source %s", format)
	}
	r := &rig{src: src, engine: e, dec: src.NewDecoder(ingest.Origin{Time: written}, ingest.Options{Limits: ingest.DefaultLimits})}
	if s, err := schemas.LoadSource(src.Name()); err == nil {
		r.table = s.Table
	}
	r.newBatch()
	return r
}

func (r *rig) newBatch() {
	if r.batch == nil {
		r.batch = event.NewBatch(r.table)
	}
	r.batch.Reset(event.Meta{Table: r.table, Source: r.src.Name(), Origin: "test", PayloadID: "f/0", Ingested: written})
	r.engine.StartBatch(r.batch, uint64(written.UnixMilli()))
}

// decode fills r.rec; code says why it could not.
func (r *rig) decode(raw []byte) ingest.Code {
	r.rec.Reset(r.src.Name(), r.table, raw)
	if err := r.dec.Decode(raw, &r.rec); err != nil {
		return err.(*ingest.RecordError).Code
	}
	return ""
}

// filter gives what Engine.Filter makes of raw; the answer is the rig's.
func (r *rig) filter(raw []byte) ([]byte, []Match, ingest.Code) {
	if code := r.decode(raw); code != "" {
		return nil, nil, code
	}
	out, ms, code := r.engine.Filter(&r.rec, r.out[:0])
	r.out = out
	return out, ms, code
}

// record appends raw to the rig's batch.
func (r *rig) record(raw []byte) ingest.Code {
	if code := r.decode(raw); code != "" {
		r.engine.Tombstone(&r.rec, code, r.batch)
		return code
	}
	return r.engine.Record(&r.rec, nil, r.batch)
}

// texts returns the last row's text columns, by name.
func (r *rig) texts() map[schemas.Column]string {
	m := map[schemas.Column]string{}
	row := r.batch.Rows() - 1
	for _, c := range r.batch.Columns() {
		switch c.Info().Kind {
		case schemas.KString:
			m[c] = string(r.batch.Str(c).At(row))
		case schemas.KDict:
			m[c] = r.batch.Dict(c).At(row)
		case schemas.KStrings:
			from, to := r.batch.Strs(c).Row(row)
			for i := from; i < to; i++ {
				m[c] += string(r.batch.Strs(c).Items.At(i)) + " "
			}
		}
	}
	return m
}
