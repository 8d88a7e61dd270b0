package ingesttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// runner does what the engine does with the raw entries of one payload.
type runner struct {
	name  string
	table schemas.Table
	dec   ingest.Decoder
	rec   ingest.Record
}

func newRunner(src ingest.Source, t schemas.Table, o ingest.Origin, opt ingest.Options) *runner {
	return &runner{name: src.Name(), table: t, dec: src.NewDecoder(o, opt)}
}

// tableOf reads the table from the source's schema; a source without one makes
// events.
func tableOf(src ingest.Source) schemas.Table {
	s, err := schemas.LoadSource(src.Name())
	if err != nil {
		return schemas.Events
	}
	return s.Table
}

func (r *runner) decode(raw []byte) error {
	r.rec.Reset(r.name, r.table, raw)
	return r.dec.Decode(raw, &r.rec)
}

// check returns the first breach of what Decoder and Record promise.
func check(rec *ingest.Record, raw []byte, err error) error {
	if err != nil {
		var re *ingest.RecordError
		if !errors.As(err, &re) {
			return fmt.Errorf("decoding ended with an error that is no RecordError: %T", err)
		}
		if re.Code == "" || re.At >= 0 && re.At > len(raw) {
			return fmt.Errorf("error points outside the record: %w", re)
		}
		return nil
	}
	spans := make([][2]uint32, 0, len(rec.Fields))
	for i, f := range rec.Fields {
		if f.Start > f.End || int(f.End) > len(raw) {
			return fmt.Errorf("field %d has the span [%d,%d) in %d bytes", i, f.Start, f.End, len(raw))
		}
		if f.KeyStart > f.KeyEnd || int(f.KeyEnd) > len(raw) {
			return fmt.Errorf("field %d has the key span [%d,%d) in %d bytes", i, f.KeyStart, f.KeyEnd, len(raw))
		}
		if f.Alias && f.Column == schemas.None {
			return fmt.Errorf("field %d is an alias without a column", i)
		}
		if !f.Alias {
			spans = append(spans, [2]uint32{f.Start, f.End})
		}
	}
	slices.SortFunc(spans, func(a, b [2]uint32) int { return int(int64(a[0]) - int64(b[0])) })
	for i := 1; i < len(spans); i++ {
		if spans[i][0] < spans[i-1][1] {
			return fmt.Errorf("fields [%d,%d) and [%d,%d) overlap", spans[i-1][0], spans[i-1][1], spans[i][0], spans[i][1])
		}
	}
	return nil
}

// Fuzz is a fuzz target: whatever the bytes, Sniff and Decode neither panic nor
// change their input, every error is a RecordError and the fields keep their
// contract. The caller adds seeds with f.Add([]byte) first.
func Fuzz(f *testing.F, src ingest.Source, opt ingest.Options, cut func([]byte) [][]byte) {
	table := tableOf(src)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		if score, _ := src.Sniff(ingest.Origin{}, data); score < 0 || score > 100 {
			t.Fatalf("sniffing gave %d", score)
		}
		r := newRunner(src, table, ingest.Origin{}, opt)
		for i, raw := range cut(data) {
			err := r.decode(raw)
			if err := check(&r.rec, raw, err); err != nil {
				t.Fatalf("record %d: %v", i, err)
			}
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the payload was changed")
		}
	})
}

// NoAllocs fails unless decoding the payload again, by the same decoder, costs
// no allocation. Errors cost none either, so a decoder needs a set of them.
func NoAllocs(t *testing.T, src ingest.Source, opt ingest.Options, payload []byte, cut func([]byte) [][]byte) {
	t.Helper()
	raws := cut(payload)
	r := newRunner(src, tableOf(src), ingest.Origin{}, opt)
	run := func() {
		for _, raw := range raws {
			_ = r.decode(raw)
		}
	}
	run()
	if n := testing.AllocsPerRun(50, run); n != 0 {
		t.Errorf("decoding %d records costs %v allocations, want none", len(raws), n)
	}
}
