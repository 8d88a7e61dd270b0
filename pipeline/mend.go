package pipeline

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/layout"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
)

// mending is what came of the records of one object.
type mending struct {
	fresh, before    []uint64
	failing, partial uint64
}

// mend fills the batch in hand with the rows of r.was, o's, and events where
// quarantined records can be decoded and scrubbed now.
func (r *Replayer) mend(ctx context.Context, o *archive.Object, records map[uint64]*Quarantined) (m mending, err error) {
	source, ok := all.ByName(o.Meta.Source)
	if !ok {
		m.failing = uint64(len(records))
		return m, nil // it was ingested by a version that knew more sources
	}
	d := &redecoder{worker: r.w, source: source, archive: r.archive, of: o}
	r.begin(o)
	kinds, times := r.was.Nums(schemas.RowKind), r.was.Nums(schemas.EventTime)
	for row := range r.was.Rows() {
		n := o.Meta.Start + uint64(row)
		q := records[n]
		switch {
		case q == nil:
		case kinds[row] != schemas.KindTombstone:
			m.before = append(m.before, n)
		case partial(o, n, q):
			m.partial++
		default:
			done, err := d.event(ctx, r.was, row, q, times[row], r.now)
			if err != nil {
				return m, err
			}
			if done {
				m.fresh = append(m.fresh, n)
				continue
			}
			m.failing++
		}
		r.now.CopyRow(r.was, row)
	}
	matches, treated := r.w.receipt()
	r.now.Matches, r.now.Treated = sum(o.Meta.Matches, matches), sum(o.Meta.Treated, treated)
	return m, nil
}

// sum adds counts up. Neither argument changes.
func sum(a, b map[string]uint64) map[string]uint64 {
	c := maps.Clone(a)
	if c == nil {
		c = map[string]uint64{}
	}
	for k, n := range b {
		c[k] += n
	}
	return c
}

// partial says whether what lies in quarantine for record n of o may be other than
// that record: its start, the rest that a payload could not be read to the end of, or
// a whole message for the rest of it.
func partial(o *archive.Object, n uint64, q *Quarantined) bool {
	switch q.Code {
	case ingest.CodeNotJSON, ingest.CodeDuplicateKey, ingest.CodeTooDeep, ingest.CodeFields, ingest.CodeSyntax, ingest.CodeBinary, ingest.CodeScrub, ingest.CodeEgress:
	default:
		return true
	}
	if q.Cut || o.Meta.Error != "" && n == o.End-1 {
		return true
	}
	if o.Meta.Stream == nil {
		return false
	}
	first, records := message(o, n)
	return records > 1 && n == first+records-1
}

// message is the first record and the number of records of the message of a stream
// that record n is of.
func message(o *archive.Object, n uint64) (first, records uint64) {
	at := o.Meta.Start
	if o.Meta.Stream.Gap > 0 {
		at++
	}
	for _, run := range o.Meta.Stream.Runs {
		if end := at + run[1]*run[2]; n < end {
			return n - (n-at)%run[2], run[2]
		} else {
			at = end
		}
	}
	return n, 1
}

// redecoder decodes records of one object again. Decoders see headers before what
// they head: those are rows of the object, or of one before it.
type redecoder struct {
	*worker
	source  ingest.Source
	archive Successors
	of      *archive.Object

	decoder ingest.Decoder
	next    int    // row of the object whose header the decoder has not seen
	first   uint64 // of a stream: first record of the message that the decoder is of
}

// event appends the event of a quarantined record to out, if there can be one. was
// are the object's rows, of which row is the record's tombstone, and at its time.
func (d *redecoder) event(ctx context.Context, was *event.Batch, row int, q *Quarantined, at uint64, out *event.Batch) (done bool, err error) {
	origin, raw, err := q.Open()
	if err != nil {
		return false, fmt.Errorf("opening record %d of payload %s: %w", q.Record, d.of.Meta.PayloadID, err)
	}
	defer clear(raw)
	if err := d.heads(ctx, was, row, origin, at); err != nil {
		return false, err
	}
	d.rec.Reset(d.source.Name(), out.Table, raw)
	d.rec.Ordinal = q.Record
	if err := d.decode(raw); err != nil {
		return false, nil
	}
	d.engine.Fallback(at)
	if code := d.engine.Record(&d.rec, nil, out); code != "" {
		out.DropRow(true) // its old tombstone stays
		return false, nil
	}
	return true, nil
}

func (d *redecoder) decode(raw []byte) (err error) {
	in := intake{decoder: d.decoder}
	return in.decode(raw, &d.rec)
}

// heads gives the decoder the headers before a row.
func (d *redecoder) heads(ctx context.Context, was *event.Batch, row int, origin string, at uint64) error {
	from := origin
	if key, ok := strings.CutPrefix(origin, "s3://"); ok {
		_, from, _ = strings.Cut(key, "/")
	}
	o := ingest.Origin{Name: origin, Time: time.UnixMilli(int64(at)).UTC()}
	o.Account, o.Region, o.Service, _ = layout.Parse(from)
	if d.of.Meta.Stream != nil {
		first, _ := message(d.of, d.of.Meta.Start+uint64(row))
		if d.decoder == nil || first != d.first {
			d.decoder, d.first, d.next = d.source.NewDecoder(o, d.cfg.Options), first, int(first-d.of.Meta.Start)
		}
	} else if d.decoder == nil {
		d.decoder = d.source.NewDecoder(o, d.cfg.Options)
		if err := d.headsBefore(ctx); err != nil {
			return err
		}
	}
	d.feed(was, d.next, row)
	d.next = row
	return nil
}

// headsBefore gives the decoder the headers in the payload's objects before this one.
func (d *redecoder) headsBefore(ctx context.Context) error {
	if d.of.Meta.Start == 0 {
		return nil
	}
	chain, err := d.archive.Chain(ctx, d.of.Meta.PayloadID)
	if err != nil {
		return fmt.Errorf("listing what is archived of a payload: %w", err)
	}
	var b event.Batch
	for i := range chain {
		if chain[i].Meta.Start >= d.of.Meta.Start {
			break
		}
		if err := d.archive.Read(ctx, chain[i].Key, &b); err != nil {
			return fmt.Errorf("reading an archived batch: %w", err)
		}
		d.feed(&b, 0, b.Rows())
	}
	return nil
}

// feed gives the decoder the headers among rows.
func (d *redecoder) feed(b *event.Batch, from, end int) {
	kinds, native := b.Nums(schemas.RowKind), b.Str(schemas.Native)
	for row := from; row < end; row++ {
		if kinds[row] != schemas.KindHeader {
			continue
		}
		line := native.At(row)
		d.rec.Reset(d.source.Name(), b.Table, line)
		_ = d.decode(line) // a header that it does not take heads nothing
	}
}
