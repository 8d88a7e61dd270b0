package alb

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/ingesttest"
)

var options = ingest.Options{Limits: ingest.DefaultLimits}

func TestGoldenALB(t *testing.T) { ingesttest.Golden(t, New(), "testdata/alb/*.txtar") }
func TestGoldenNLB(t *testing.T) { ingesttest.Golden(t, NewNLB(), "testdata/nlb/*.txtar") }
func TestGoldenCLB(t *testing.T) { ingesttest.Golden(t, NewCLB(), "testdata/clb/*.txtar") }

// accesses makes lines of 29 values such as a hospital's portal writes.
func accesses(n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "https 2024-05-06T07:%02d:%02d.%06dZ app/portal/50dc6c495c0c9188 203.0.%d.%d:%d 10.0.0.%d:8443 0.%03d 0.048 0.000 200 200 %d %d"+
			" \"GET https://portal.example.org:443/fhir/Patient/%d?_count=20&page=%d HTTP/1.1\""+
			" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36\""+
			" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/portal/73e2d6bc24d8a067"+
			" \"Root=1-58337262-36d228ad5d99923122b%05x\" \"portal.example.org\" \"arn:aws:acm:us-east-2:111122223333:certificate/12345678-1234-1234-1234-123456789012\""+
			" 1 2024-05-06T07:%02d:%02d.364000Z \"waf,forward\" \"-\" \"-\" \"10.0.0.%d:8443\" \"200\" \"-\" \"-\"\n",
			i/60%60, i%60, i%1000000, i%200, i%250, 1024+i%60000, i%3, i%900, 100+i%900, 1000+i%90000, i, i%7, i%99999, i/60%60, i%60, i%3)
	}
	return []byte(b.String())
}

// samples returns the input of every golden file of a folder.
func samples(t testing.TB, folder string) (inputs [][]byte) {
	files, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files in %s", folder)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if f.Name == "input" {
				inputs = append(inputs, f.Data)
			}
		}
	}
	return inputs
}

func TestDecodingCostsNoAllocation(t *testing.T) {
	ingesttest.NoAllocs(t, New(), options, accesses(20), ingesttest.Lines)
	for folder, src := range map[string]*Source{"alb": New(), "nlb": NewNLB(), "clb": NewCLB()} {
		for _, in := range samples(t, folder) {
			ingesttest.NoAllocs(t, src, options, in, ingesttest.Lines)
		}
	}
}

func TestSniffTellsTheBalancersApart(t *testing.T) {
	folders := map[string]*Source{"alb": New(), "nlb": NewNLB(), "clb": NewCLB()}
	for folder, own := range folders {
		for i, in := range samples(t, folder) {
			if score, _ := own.Sniff(ingest.Origin{}, in); score == 0 && !strings.Contains(string(in), "yesterday") {
				t.Errorf("sample %d of %s scores 0 with its own source", i, folder)
			}
			for _, other := range folders {
				if score, _ := other.Sniff(ingest.Origin{}, in); other != own && score > 0 {
					t.Errorf("sample %d of %s scores %d with %s", i, folder, score, other.Name())
				}
			}
		}
	}
}

func TestSniffLeavesOtherFormatsAlone(t *testing.T) {
	for _, head := range []string{
		"", "#\n", "hello world\n", "http is not https\n", "tls 2.0 rocks\n",
		"2024-05-06T07:08:09Z INFO started on port:80\n",
		"2024-05-06T07:08:09Z 10.0.0.1 GET /index.html\n",
		"#Version: 1.0\n#Fields: date time x-edge-location\n2024-05-06\t07:08:09\tIAD\n",
		"2 111122223333 eni-0a1b2c3d4e5f60718 10.0.1.5 203.0.113.9 49152 443 6 20 4249 1700000000 1700000060 ACCEPT OK\n",
		`{"type":"http"}`,
	} {
		for _, s := range []*Source{New(), NewNLB(), NewCLB()} {
			if score, _ := s.Sniff(ingest.Origin{}, []byte(head)); score != 0 {
				t.Errorf("%q is %s with a score of %d", head, s.Name(), score)
			}
		}
	}
}

func TestSniffTrustsTheKeyIfThereIsNoLine(t *testing.T) {
	o := ingest.Origin{Service: "elasticloadbalancing", Name: "x/1_elasticloadbalancing_us-east-1_app.lb.1_y.log"}
	if score, _ := New().Sniff(o, []byte("#\n")); score != 60 {
		t.Errorf("score %d", score)
	}
	if score, _ := NewNLB().Sniff(o, []byte("#\n")); score != 0 {
		t.Errorf("score %d of the wrong source", score)
	}
}

func fuzz(f *testing.F, folder string, src *Source) {
	for _, in := range samples(f, folder) {
		f.Add(in)
	}
	ingesttest.Fuzz(f, src, options, ingesttest.Lines)
}

func FuzzALB(f *testing.F) { fuzz(f, "alb", New()) }
func FuzzNLB(f *testing.F) { fuzz(f, "nlb", NewNLB()) }
func FuzzCLB(f *testing.F) { fuzz(f, "clb", NewCLB()) }

func BenchmarkDecodeALB(b *testing.B) {
	ingesttest.Benchmark(b, New(), options, accesses(1000), ingesttest.Lines)
}
