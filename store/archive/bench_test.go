package archive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
	const leaves = 1_000_000
	data, ctx := tempDir(b), context.Background()
	s := new(paper)
	l := grow(b, s, data, leaves, 500)
	for i := range leaves {
		s.objects = append(s.objects, object.Info{Key: fmt.Sprintf("v1/s/%032x/%012d.parquet", i, 0), Size: 20000})
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

// BenchmarkOpen opens an archive with a log of a million leaves in memory: from its
// right edge, and whole as if nothing were known of it, without objects to list.
func BenchmarkOpen(b *testing.B) {
	data, s := tempDir(b), new(objecttest.Memory)
	grow(b, s, data, 1_000_000, 500)
	for _, whole := range []bool{false, true} {
		b.Run(map[bool]string{false: "edge", true: "whole"}[whole], func(b *testing.B) {
			for b.Loop() {
				if whole {
					if err := os.Remove(filepath.Join(data, positionFile)); err != nil {
						b.Fatal(err)
					}
				}
				a, err := Open(context.Background(), data, Options{Store: s})
				if err != nil {
					b.Fatal(err)
				}
				closeArchive(b, a)
			}
		})
	}
}
