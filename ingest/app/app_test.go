package app

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/hl7"
	"github.com/scrubline/scrubline/ingest/ingesttest"
	"github.com/scrubline/scrubline/ingest/x12"
)

var (
	options = ingest.Options{Limits: ingest.DefaultLimits}
	source  = New()
)

// cut frames a payload as the source says.
func cut(data []byte) [][]byte {
	_, framing := source.Sniff(ingest.Origin{}, data)
	limit := ingest.DefaultLimits.Record
	c := frame.NewChunk(bytes.NewReader(data), limit)
	var f ingest.Framer
	switch framing {
	case ingest.HL7:
		f = hl7.New(c, limit)
	case ingest.X12:
		f = x12.New(c, limit)
	case ingest.Lines:
		f = frame.NewLines(c)
	default:
		f = frame.NewJSON(c, framing == ingest.JSON)
	}
	return ingesttest.Cut(f)
}

// inputs returns the payloads of the golden files.
func inputs(t testing.TB) map[string][]byte { return ingesttest.Inputs(t, "testdata/*.txtar") }

func TestGolden(t *testing.T) { ingesttest.GoldenCut(t, source, "testdata/*.txtar", cut) }

func FuzzDecode(f *testing.F) {
	for _, in := range inputs(f) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, source, options, cut)
}

// FuzzLines decodes whatever it is as lines, so that no framer stands between.
func FuzzLines(f *testing.F) {
	for _, in := range inputs(f) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, source, options, ingesttest.Lines)
}

func TestDecodingCostsNoAllocation(t *testing.T) {
	for name, in := range inputs(t) {
		if name == "json_broken" || name == "json_container" { // what is no JSON costs its error
			continue
		}
		t.Run(name, func(t *testing.T) { ingesttest.NoAllocs(t, source, options, in, cut) })
	}
}

// lines makes n lines of a format with two numbers in it.
func lines(n int, format string) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i%60, i)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	for name, format := range map[string]string{
		"access": `203.0.113.9 - - [01/Mar/2026:10:00:%02d +0000] "GET /fhir/Patient/%d?_count=20&page=3 HTTP/1.1" 200 16543 "https://portal.example.org/search?q=chart" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36"`,
		"json":   `{"ts":"2026-03-01T10:00:%02d.475Z","level":"debug","service":"intake-api","trace_id":"36adda6131ff4b7932756694ec39b69a","span_id":"6b97b0dd253f994e","msg":"lookup matched %d rows in the index of visits, first page served from the cache of the node","duration_ms":1685}`,
		"logfmt": `level=warn ts=2026-03-01T10:00:%02d.120Z caller=handler.go:131 reqid=537fc2a3-9c02-45e0-89a4-399b69c0d793 msg="lookup matched %d rows in the index of visits, first page served from the cache"`,
		"syslog": `<34>Mar  1 10:00:%02d ip-10-2-155-96 intake[24969]: SMS queued for job %d, the gateway has accepted the message and will report its delivery`,
		"java":   `2026-03-01 10:00:%02d,649 WARN  [http-nio-8080-exec-5] o.l.portal.PatientService - lookup matched %d rows in the index of visits`,
	} {
		b.Run(name, func(b *testing.B) {
			ingesttest.Benchmark(b, source, options, lines(1000, format), ingesttest.Lines)
		})
	}
}
