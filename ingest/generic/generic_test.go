package generic

import (
	"bytes"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/ingesttest"
)

var options = ingest.Options{Limits: ingest.DefaultLimits}

// sources by the folder of their golden files.
var sources = map[string]ingest.Source{
	"route53": newRoute53(), "eks": newEKS(), "guardduty": newGuardDuty(), "securityhub": newSecurityHub(),
	"config": newConfig(), "bedrock": newBedrock(), "cloudfront": newCloudFront(), "s3access": newS3Access(), "rds": newRDS(), "scrubline": newScrubline(), "audit": newAudit(),
}

// cutter frames a payload as the source says.
func cutter(src ingest.Source) func([]byte) [][]byte {
	return func(data []byte) [][]byte {
		_, framing := src.Sniff(ingest.Origin{}, data)
		if framing == ingest.Lines {
			return ingesttest.Lines(data)
		}
		return ingesttest.Cut(frame.NewJSON(frame.NewChunk(bytes.NewReader(data), ingest.DefaultLimits.Record), framing == ingest.JSON))
	}
}

// inputs returns the payloads of a folder's golden files by their names.
func inputs(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	return ingesttest.Inputs(t, "testdata/"+folder+"/*.txtar")
}

func TestEverySourceHasGoldenFiles(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Sources() {
		names[s.Name()] = true
	}
	for folder, s := range sources {
		if !names[s.Name()] {
			t.Errorf("%s is not one of the sources", folder)
		}
		delete(names, s.Name())
	}
	for name := range names {
		t.Errorf("%s has no golden files", name)
	}
}

func TestGolden(t *testing.T) {
	for folder, src := range sources {
		t.Run(folder, func(t *testing.T) {
			ingesttest.GoldenCut(t, src, "testdata/"+folder+"/*.txtar", cutter(src))
		})
	}
}

func TestSniffTellsTheSourcesApart(t *testing.T) {
	for folder, own := range sources {
		for file, in := range inputs(t, folder) {
			for other, src := range sources {
				score, _ := src.Sniff(ingest.Origin{}, in)
				if odd := folder == "s3access" && file == "odd" || folder == Own || folder == "audit"; src == own && score < 80 && !odd {
					t.Errorf("%s/%s scores %d with its own source", folder, file, score)
				}
				if src != own && score > 0 {
					t.Errorf("%s/%s scores %d with %s", folder, file, score, other)
				}
			}
		}
	}
}

// TestSniffReadsCutHeads: what Sniff sees may end anywhere.
func TestSniffReadsCutHeads(t *testing.T) {
	for folder, src := range sources {
		for _, in := range inputs(t, folder) {
			for n := range in {
				if score, _ := src.Sniff(ingest.Origin{}, in[:n]); score < 0 || score > 100 {
					t.Fatalf("%s scores %d", folder, score)
				}
			}
		}
	}
}

func TestSniffLeavesRuleTestsAndTextAlone(t *testing.T) {
	for _, head := range []string{
		"", "#\n", "hello world\n", `{"rule":"x","test":"y","log":{"apiVersion":"audit.k8s.io/v1","query_name":"x"}}`,
		`{"msg":"x","level":"info"}`, "[1]", `{"Records":[]}`, "a\tb\tc\n", "2026-03-01 10:00:00 INFO x\n",
		"#Version: 1.0\n#Fields: date time cs-method\n2026-03-01\t10:00:00\tGET\n",
		"2 111122223333 eni-0a1b2c3d4e5f60718 10.0.1.5 203.0.113.9 49152 443 6 20 4249 1700000000 1700000060 ACCEPT OK\n",
		`203.0.113.9 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.1"`,
	} {
		for folder, src := range sources {
			if score, _ := src.Sniff(ingest.Origin{}, []byte(head)); score != 0 {
				t.Errorf("%q is %s with a score of %d", head, folder, score)
			}
		}
	}
}

func TestDecodingCostsNoAllocation(t *testing.T) {
	for folder, src := range sources {
		for file, in := range inputs(t, folder) {
			if folder == "route53" { // what is no JSON costs its error
				in = in[:bytes.Index(in, []byte(`["not`))]
			}
			t.Run(folder+"/"+file, func(t *testing.T) { ingesttest.NoAllocs(t, src, options, in, cutter(src)) })
		}
	}
}

func fuzz(f *testing.F, folder string) {
	for _, in := range inputs(f, folder) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, sources[folder], options, cutter(sources[folder]))
}

func FuzzCloudFront(f *testing.F)  { fuzz(f, "cloudfront") }
func FuzzS3Access(f *testing.F)    { fuzz(f, "s3access") }
func FuzzRDS(f *testing.F)         { fuzz(f, "rds") }
func FuzzScrubline(f *testing.F)   { fuzz(f, "scrubline") }
func FuzzRoute53(f *testing.F)     { fuzz(f, "route53") }
func FuzzEKS(f *testing.F)         { fuzz(f, "eks") }
func FuzzGuardDuty(f *testing.F)   { fuzz(f, "guardduty") }
func FuzzSecurityHub(f *testing.F) { fuzz(f, "securityhub") }
func FuzzConfig(f *testing.F)      { fuzz(f, "config") }
func FuzzAudit(f *testing.F)       { fuzz(f, "audit") }
func FuzzBedrock(f *testing.F)     { fuzz(f, "bedrock") }

func BenchmarkDecode(b *testing.B) {
	for folder, line := range map[string]int{"cloudfront": 2, "s3access": 1, "eks": 0, "route53": 0} {
		file := map[string]string{"cloudfront": "header", "s3access": "lines", "eks": "events", "route53": "queries"}[folder]
		raw := bytes.Split(inputs(b, folder)[file], []byte("\n"))[line]
		payload := bytes.Repeat(append(raw, '\n'), 500)
		b.Run(folder, func(b *testing.B) {
			ingesttest.Benchmark(b, sources[folder], options, payload, ingesttest.Lines)
		})
	}
}

// TestNoStrayTextPasses puts text that belongs nowhere at each byte of each line of
// the golden files in turn: it must be scanned wherever it is.
func TestNoStrayTextPasses(t *testing.T) {
	const stray = "Doe(J."
	for folder, src := range sources {
		t.Run(folder, func(t *testing.T) {
			looked, payloads := 0, [][]byte(nil)
			for _, in := range inputs(t, folder) {
				for _, line := range cutter(src)(in) {
					for at := range len(line) + 1 {
						put := append(bytes.Clone(line[:at]), stray...)
						payloads = append(payloads, append(put, line[at:]...))
					}
				}
			}
			whole := func(b []byte) [][]byte { return [][]byte{b} }
			if looked = ingesttest.Covered(t, src, options, payloads, stray, whole); looked < 100 {
				t.Errorf("only %d records were looked at", looked)
			}
		})
	}
}
