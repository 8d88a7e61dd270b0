package archive

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
)

// BenchmarkWrite stores batches durably on the disk of the temporary folder.
func BenchmarkWrite(b *testing.B) {
	for _, c := range []struct {
		table schemas.Table
		rows  int
	}{{schemas.Flows, 50_000}, {schemas.Events, 10_000}, {schemas.Events, 50}} {
		b.Run(fmt.Sprintf("%s-%d", c.table, c.rows), func(b *testing.B) {
			a := open(b, b.TempDir())
			batch := batch(c.table, "app", "aa", 0, c.rows, true)
			n := 0
			for b.Loop() {
				batch.PayloadID = fmt.Sprintf("f/%d", n)
				if _, _, err := a.Write(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(c.rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			closeArchive(b, a)
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	data := tempDir(b)
	a := open(b, data)
	for i := range 20 {
		write(b, a, batch(schemas.Table(i%2), "app", fmt.Sprint(i), 0, 5000, true))
	}
	closeArchive(b, a)
	for b.Loop() {
		mustVerify(b, data)
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkDigest(b *testing.B) {
	batch := event.NewBatch(schemas.Events)
	batch.Reset(batchtest.Meta(schemas.Events, "app", "aa", 0, true))
	batchtest.Events(batch, 5000)
	d := newRowHasher(schemas.Events)
	for b.Loop() {
		clear(d.tokens)
		d.add(batch)
	}
	b.ReportMetric(5000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// paper is a store with a log in memory and objects that are only listed.
type paper struct {
	objecttest.Memory
	objects []object.Info
}

func (p *paper) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	if err := p.Memory.List(ctx, prefix, fn); err != nil || prefix != "" {
		return err
	}
	for _, i := range p.objects {
		if err := fn(i); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkVerifyLog verifies a log of a million objects, its tiles, checkpoints
// and chains, and the list of objects; it reads none.
func BenchmarkVerifyLog(b *testing.B) {
	const leaves, claim = 1_000_000, 500
	data, ctx := tempDir(b), context.Background()
	s := new(paper)
	l := &sealLog{store: s, data: data, now: time.Now, seen: func(*Leaf) {}}
	if err := l.start(ctx); err != nil {
		b.Fatal(err)
	}
	for n := 0; n < leaves; n += claim {
		var next []*Leaf
		objects := map[string]*Object{}
		for i := n; i < n+claim; i++ {
			o := Sealed{Key: fmt.Sprintf("v1/s/%032x/%012d.parquet", i, 0), SHA256: sum(fmt.Append(nil, i)), Size: 20000, Source: "aws_cloudtrail", End: 40, Rows: 40, Final: true}
			next, objects[o.Key] = append(next, &Leaf{Kind: KindObject, Object: &o}), new(Object)
			s.objects = append(s.objects, object.Info{Key: o.Key, Size: o.Size})
		}
		if won, err := l.claim(ctx, next, objects); !won || err != nil {
			b.Fatal(won, err)
		}
	}
	none, err := ParseSample("0%", 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, _ := Verify(ctx, s, l.key.public, Checks{Sample: none}); r.Status != OK || r.Sealed != leaves || r.Objects != 0 {
			b.Fatalf("%+v", r)
		}
	}
	b.ReportMetric(leaves*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
