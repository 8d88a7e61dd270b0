package archive

import (
	"context"
	"fmt"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
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
