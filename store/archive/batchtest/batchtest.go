// Package batchtest makes batches for tests and benchmarks of the store:
// random ones for properties, realistic ones for speed and size.
package batchtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// Meta returns the description of a batch of the payload's rows from start on.
func Meta(table schemas.Table, source, payload string, start uint64, final bool) event.Meta {
	return event.Meta{
		Table: table, Source: source, Origin: "file:///logs/" + payload, PayloadID: "f/" + payload,
		Start: start, Final: final, PolicyHash: "5ca1ab1e", KeyVersion: 3, Scrubber: "1.2.3",
		Ingested: time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC), PayloadSize: 4711,
		Matches: map[string]uint64{"us_npi": 2, "email": 1},
	}
}

// texts are values that formats stumble over.
var texts = []string{"", "", "a", "\x00", "0", "ünïcode ✓", "\xff\xfe not utf-8", "line\nbreak", `{"a":"b"}`,
	"t1.mrn.3.abcdefghijklmnopqrstuvwxyz", strings.Repeat("long ", 2000)}

// Fill appends rows random rows to b, drawn from t: every column, extremes,
// runs of equal values, columns that stay empty.
func Fill(t *rapid.T, b *event.Batch, rows int) {
	seed := rapid.Uint64().Draw(t, "seed")
	Random(rand.New(rand.NewPCG(seed, 1)), b, rows)
}

// Random is Fill from a random number generator.
func Random(r *rand.Rand, b *event.Batch, rows int) {
	// style of a column: 0 empty, 1 constant, 2 few values, 3 any, 4 runs
	var style [schemas.NumColumns]int
	var seed [schemas.NumColumns]uint64
	for c := range style {
		style[c], seed[c] = r.IntN(5), r.Uint64()
	}
	start := b.Start + uint64(b.Rows())
	for row := range rows {
		for _, c := range b.Columns() {
			n := uint64(0)
			switch style[c] {
			case 1:
				n = seed[c]
			case 2:
				n = seed[c] + uint64(r.IntN(5))
			case 3:
				n = r.Uint64() >> r.IntN(64)
			case 4:
				n = seed[c] + uint64(row/50)
			}
			set(b, c, n, style[c] == 0)
		}
		b.SetNum(schemas.RecordNo, start+uint64(row))
		b.SetNum(schemas.RowKind, uint64(r.IntN(8))/6*schemas.KindTombstone)
		b.EndRow()
	}
}

func set(b *event.Batch, c schemas.Column, n uint64, empty bool) {
	if empty {
		return
	}
	switch c.Info().Kind {
	case schemas.KString, schemas.KDict:
		if n%3 == 0 {
			b.SetString(c, texts[n/3%uint64(len(texts))])
		} else {
			b.SetString(c, fmt.Sprint(n%1000))
		}
	case schemas.KStrings:
		for i := range n % 4 {
			b.SetString(c, texts[(n/4+i)%uint64(len(texts))])
		}
	case schemas.KIP:
		var a [16]byte
		for i := range a {
			a[i] = byte(n >> (8 * (i % 8)))
		}
		b.SetAddr(c, a)
	case schemas.KU8:
		b.SetNum(c, n&0xff)
	case schemas.KU16:
		b.SetNum(c, n&0xffff)
	case schemas.KU32, schemas.KF32:
		b.SetNum(c, n&0xffffffff)
	default:
		b.SetNum(c, n)
	}
}

// Flows appends rows like a VPC flow log's.
func Flows(b *event.Batch, rows int) {
	r := rand.New(rand.NewPCG(7, b.Start))
	base := uint64(1_772_600_000_000)
	var native []byte
	for row := range rows {
		at := base + uint64(row/40)*1000
		src, dst := r.IntN(400), r.IntN(400)
		sport, dport := 1024+r.IntN(60000), []int{443, 443, 5432, 53, 22}[r.IntN(5)]
		packets, bytes := 1+r.IntN(60), 40+r.IntN(90000)
		b.SetNum(schemas.EventTime, at)
		b.SetNum(schemas.StartTime, at-uint64(r.IntN(60))*1000)
		b.SetNum(schemas.IngestTime, base+9_000_000)
		b.SetString(schemas.Source, b.Source)
		b.SetString(schemas.Origin, b.Origin)
		b.SetString(schemas.Batch, b.Key())
		b.SetString(schemas.TenantID, "mercy")
		b.SetString(schemas.Action, "ACCEPT")
		b.SetString(schemas.StatusCode, "OK")
		b.SetNum(schemas.DispositionID, 1)
		b.SetString(schemas.CloudAccount, "123456789012")
		b.SetString(schemas.InterfaceID, fmt.Sprintf("eni-0%015x", src))
		b.SetAddr(schemas.SrcIP, ip(src))
		b.SetAddr(schemas.DstIP, ip(dst))
		b.SetNum(schemas.SrcPort, uint64(sport))
		b.SetNum(schemas.DstPort, uint64(dport))
		b.SetNum(schemas.Protocol, 6)
		b.SetNum(schemas.Packets, uint64(packets))
		b.SetNum(schemas.Bytes, uint64(bytes))
		b.SetNum(schemas.Present, 0x3ff)
		b.SetNum(schemas.RecordNo, b.Start+uint64(row))
		native = fmt.Appendf(native[:0], "2 123456789012 eni-0%015x 10.0.%d.%d 10.0.%d.%d %d %d 6 %d %d %d %d ACCEPT OK",
			src, src/250, src%250, dst/250, dst%250, sport, dport, packets, bytes, at/1000-60, at/1000)
		b.SetBytes(schemas.Native, native)
		b.EndRow()
	}
}

func ip(n int) [16]byte {
	return [16]byte{10: 0xff, 11: 0xff, 12: 10, 14: byte(n / 250), 15: byte(n % 250)}
}

// Events appends rows like CloudTrail's.
func Events(b *event.Batch, rows int) {
	r := rand.New(rand.NewPCG(8, b.Start))
	base := uint64(1_772_600_000_000)
	names := []string{"GetObject", "PutObject", "AssumeRole", "DescribeInstances", "Decrypt", "ListBuckets"}
	var native []byte
	for row := range rows {
		at := base + uint64(row)*37/1000*1000
		who, name := r.IntN(60), names[r.IntN(len(names))]
		b.SetNum(schemas.EventTime, at)
		b.SetNum(schemas.IngestTime, base+9_000_000)
		b.SetString(schemas.Source, b.Source)
		b.SetString(schemas.Origin, b.Origin)
		b.SetString(schemas.Batch, b.Key())
		b.SetString(schemas.TenantID, "mercy")
		b.SetNum(schemas.ClassUID, 6003)
		b.SetString(schemas.Action, name)
		b.SetString(schemas.Service, "s3.amazonaws.com")
		b.SetNum(schemas.StatusID, 1)
		b.SetString(schemas.CloudAccount, "123456789012")
		b.SetString(schemas.RecipientAccount, "123456789012")
		b.SetString(schemas.CloudRegion, "us-east-1")
		b.SetString(schemas.ActorType, "AssumedRole")
		b.SetString(schemas.ActorID, fmt.Sprintf("AROAEXAMPLE%08d:user%d", who, who))
		b.SetString(schemas.ActorName, fmt.Sprintf("user%d", who))
		b.SetString(schemas.ActorRole, fmt.Sprintf("arn:aws:iam::123456789012:role/app-%d", who%7))
		b.SetAddr(schemas.SrcIP, ip(who))
		b.SetString(schemas.SrcAddr, fmt.Sprintf("10.0.0.%d", who))
		key := fmt.Sprintf("arn:aws:s3:::charts/2026/%d/t1.mrn.1.%026x", r.IntN(9000), r.Uint64())
		b.SetString(schemas.ResourceIDs, key)
		b.SetString(schemas.UserAgentCol, "aws-sdk-go/1.44.2 (go1.19; linux; amd64)")
		req := fmt.Sprintf("%016X", r.Uint64())
		b.SetString(schemas.RequestID, req)
		id := fmt.Sprintf("%08x-%04x-4%03x-9%03x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff)
		b.SetString(schemas.NativeID, id)
		b.SetNum(schemas.Present, 0x55)
		b.SetNum(schemas.RecordNo, b.Start+uint64(row))
		native = fmt.Appendf(native[:0], `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE%08d:user%d","arn":"arn:aws:sts::123456789012:assumed-role/app-%d/user%d","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE%09d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/app-%d","accountId":"123456789012","userName":"app-%d"},"attributes":{"creationDate":"2026-03-04T05:06:07Z","mfaAuthenticated":"false"}}},"eventTime":"%s","eventSource":"s3.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.%d","userAgent":"aws-sdk-go/1.44.2 (go1.19; linux; amd64)","requestParameters":{"bucketName":"charts","key":"%s"},"responseElements":null,"requestID":"%s","eventID":"%s","readOnly":true,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"123456789012","eventCategory":"Data"}`,
			who, who, who%7, who, who, who%7, who%7, time.UnixMilli(int64(at)).UTC().Format(time.RFC3339), name, who, key, req, id)
		b.SetBytes(schemas.Native, native)
		b.EndRow()
	}
}

// Equal returns the first difference between two batches' rows, or "".
func Equal(a, b *event.Batch) string {
	if a.Rows() != b.Rows() || a.Table != b.Table {
		return fmt.Sprintf("%d rows of %s, not %d of %s", a.Rows(), a.Table, b.Rows(), b.Table)
	}
	for _, c := range a.Columns() {
		for row := range a.Rows() {
			if x, y := Cell(a, c, row), Cell(b, c, row); x != y {
				return fmt.Sprintf("row %d, column %s: %.60q, not %.60q", row, c, x, y)
			}
		}
	}
	return ""
}

// Cell prints one value of a batch.
func Cell(b *event.Batch, c schemas.Column, row int) string {
	switch c.Info().Kind {
	case schemas.KString:
		return string(b.Str(c).At(row))
	case schemas.KDict:
		return b.Dict(c).At(row)
	case schemas.KStrings:
		var vs []string
		from, to := b.Strs(c).Row(row)
		for i := from; i < to; i++ {
			vs = append(vs, string(b.Strs(c).Items.At(i)))
		}
		return fmt.Sprintf("%q", vs)
	case schemas.KIP:
		return fmt.Sprintf("%x", b.Addrs(c)[row])
	default:
		return fmt.Sprint(b.Nums(c)[row])
	}
}
