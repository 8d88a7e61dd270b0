package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

const benchRows = 65536

// likeLogs makes a batch as a real log would fill it: an ALB-like wide event with
// 700 bytes of native record, or a flow.
func likeLogs(tab schemas.Table, id string) *event.Batch {
	rnd := rand.New(rand.NewPCG(1, uint64(len(id))))
	b := event.NewBatch(tab)
	b.Meta = event.Meta{Table: tab, Source: "aws_alb", PayloadID: "f/" + id}
	hex := func() string { return fmt.Sprintf("%016x%016x", rnd.Uint64(), rnd.Uint64()) }
	var native strings.Builder
	for i := range benchRows {
		at := uint64(day0.UnixMilli()) + uint64(i)*40
		ip := [16]byte{10: 0xff, 11: 0xff, 12: 203, 13: byte(rnd.Uint32()), 14: byte(rnd.Uint32()), 15: byte(rnd.Uint32())}
		addr := fmt.Sprintf("%d.%d.%d.%d", ip[12], ip[13], ip[14], ip[15])
		for _, c := range b.Columns() {
			switch c {
			case schemas.EventTime, schemas.IngestTime, schemas.StartTime:
				b.SetNum(c, at)
			case schemas.Batch:
				b.SetString(c, b.Key())
			case schemas.RecordNo:
				b.SetNum(c, uint64(i))
			case schemas.SrcIP, schemas.DstIP, schemas.PktSrcIP, schemas.PktDstIP:
				b.SetAddr(c, ip)
			case schemas.SrcAddr, schemas.DstAddr:
				b.SetString(c, addr)
			case schemas.RequestID, schemas.TraceIDCol, schemas.NativeID:
				b.SetString(c, hex())
			case schemas.ActorID:
				b.SetString(c, fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/app/%d", rnd.IntN(2000)))
			case schemas.URLPath:
				b.SetString(c, fmt.Sprintf("/api/v2/patients/t1.mrn.1.%016x/encounters", rnd.Uint32()))
			case schemas.UserAgentCol:
				b.SetString(c, fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/%d.0 Safari/537.36", 90+rnd.IntN(40)))
			case schemas.InterfaceID:
				b.SetString(c, fmt.Sprintf("eni-%08x", rnd.IntN(300)))
			case schemas.InstanceID:
				b.SetString(c, fmt.Sprintf("i-%012x", rnd.IntN(300)))
			case schemas.ResourceIDs:
				b.SetString(c, fmt.Sprintf("arn:aws:s3:::phi-bucket/records/%d", rnd.IntN(50000)))
			case schemas.Native:
				if tab == schemas.Flows {
					fmt.Fprintf(&native, "2 111122223333 eni-%08x %s 10.0.0.1 443 %d 6 %d %d %d %d ACCEPT OK", rnd.IntN(300), addr, rnd.IntN(65536), rnd.IntN(100), rnd.IntN(99999), at/1000, at/1000+60)
				} else {
					for native.Len() < 690 {
						fmt.Fprintf(&native, "%s /api/v2/patients/%d?page=%d \"Mozilla/5.0 (X11; Linux)\" ", hex(), rnd.IntN(1e6), rnd.IntN(9))
					}
				}
				b.SetString(c, native.String())
				native.Reset()
			default:
				switch c.Info().Kind {
				case schemas.KDict:
					b.SetString(c, fmt.Sprintf("%s-%d", c, rnd.IntN(12)))
				case schemas.KU8, schemas.KU16:
					b.SetNum(c, uint64(rnd.IntN(200)))
				case schemas.KU64:
					b.SetNum(c, uint64(rnd.IntN(100000)))
				}
			}
		}
		b.SetNum(schemas.RowKind, schemas.KindEvent)
		b.EndRow()
	}
	return b
}

func BenchmarkInsert(b *testing.B) {
	for _, tab := range tables {
		b.Run(tab.String(), func(b *testing.B) {
			s := open(b)
			batch := likeLogs(tab, "bench")
			start := time.Now()
			for b.Loop() {
				if err := s.Insert(b.Context(), batchesOf(batch), false); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*benchRows/time.Since(start).Seconds(), "rows/s")
		})
	}
}

// BenchmarkEncode is our own share of BenchmarkInsert.
func BenchmarkEncode(b *testing.B) {
	for _, tab := range tables {
		b.Run(tab.String(), func(b *testing.B) {
			sel := whole(batchesOf(likeLogs(tab, "bench")))[0]
			blk := newBlock(tab.Columns())
			var buf proto.Buffer
			b.ReportAllocs()
			start := time.Now()
			for b.Loop() {
				for rows := sel; len(rows.rows) > 0; {
					n := cut(rows)
					blk.batch, blk.rows = rows.batch, rows.rows[:n]
					rows.rows = rows.rows[n:]
					buf.Reset()
					if err := (proto.Block{Columns: len(blk.input), Rows: n}).EncodeBlock(&buf, proto.Version, blk.input); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)*benchRows/time.Since(start).Seconds(), "rows/s")
		})
	}
}
