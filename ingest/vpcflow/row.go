package vpcflow

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/schemas"
)

// row decodes a row of a Parquet file, written as a JSON object: the names with
// underscores, numbers as numbers, absent values null or "-".
func (d *decoder) row(raw []byte, rec *ingest.Record) (err error) {
	if d.walker == nil {
		d.walker = jsonwalk.New(d.depth)
	}
	d.leaves, err = d.walker.Walk(raw, d.source.rows, d.leaves[:0])
	if err != nil {
		return err
	}
	known := 0
	for i := range d.leaves {
		f := &d.leaves[i]
		c, ok := column{}, false
		if f.KeyEnd > f.KeyStart && f.Hint != schemas.MapKey {
			c, ok = d.source.lookup(raw[f.KeyStart:f.KeyEnd])
		}
		if !ok {
			rec.Fields = append(rec.Fields, *f)
			continue
		}
		known++
		before := len(rec.Fields)
		d.value(&c, raw, int(f.Start), int(f.End), f.Enc, rec)
		if len(rec.Fields) > before {
			added := &rec.Fields[before]
			added.KeyStart, added.KeyEnd, added.Hint = f.KeyStart, f.KeyEnd, f.Hint
		}
	}
	if known == 0 {
		rec.SetFlag(schemas.FlagOddShape)
	}
	return nil
}
