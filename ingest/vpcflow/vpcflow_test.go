package vpcflow

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/ingesttest"
)

var options = ingest.Options{Limits: ingest.DefaultLimits}

func TestGolden(t *testing.T) { ingesttest.Golden(t, New(), "testdata/*.txtar") }

// flows makes lines of the default format with a header.
func flows(n int) []byte {
	var b strings.Builder
	b.WriteString(standardFormat + "\n")
	for i := range n {
		fmt.Fprintf(&b, "2 111122223333 eni-0a1b2c3d4e5f%05x 10.0.%d.%d 203.0.113.%d %d 443 6 %d %d %d %d ACCEPT OK\n",
			i%7919, i/250%250, i%250, i%200, 1024+i%60000, 1+i%90, 40+i%90000, 1700000000+i/100, 1700000060+i/100)
	}
	return []byte(b.String())
}

// wide makes lines with the fields of versions 2 to 5.
func wide(n int) []byte {
	var b strings.Builder
	b.WriteString(standardFormat + " vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id" +
		" sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path\n")
	for i := range n {
		fmt.Fprintf(&b, "5 111122223333 eni-0a1b2c3d4e5f%05x 10.0.%d.%d 203.0.113.%d %d 443 6 %d %d %d %d ACCEPT OK"+
			" vpc-0aa1bb2cc3dd4ee5f subnet-0123456789abcdef0 i-0fedcba9876%05x 19 IPv4 10.0.1.5 203.0.113.9 us-east-1 use1-az4 - - - S3 egress 8\n",
			i%7919, i/250%250, i%250, i%200, 1024+i%60000, 1+i%90, 40+i%90000, 1700000000+i/100, 1700000060+i/100, i%7919)
	}
	return []byte(b.String())
}

func TestDecodingCostsNoAllocation(t *testing.T) {
	odd := "2 1 - X.X.X.X 1.2.3.4 x 1 6 1 1 1 1 A B\n2 1\n# x\n" // an error too
	ingesttest.NoAllocs(t, New(), options, append(flows(20), odd...), ingesttest.Lines)
	ingesttest.NoAllocs(t, New(), options, wide(20), ingesttest.Lines)
	rows := `{"srcaddr":"10.0.0.1","dstaddr":"10.0.0.2","bytes":7,"instance_tag":"x y"}` + "\n"
	ingesttest.NoAllocs(t, New(), options, []byte(rows+rows), ingesttest.Lines)
}

func TestSniffLeavesOtherFormatsAlone(t *testing.T) {
	s := New()
	for _, head := range []string{
		"", "\n\n", "#\n", "hello world\n",
		"2024-05-06 07:08:09 version 2 started\n",
		"version: 3, action: none\n",
		`{"eventVersion":"1.08","type":"x","region":"us-east-1","version":"1"}`,
		`{"version":"1.1","account_id":"1","region":"us-east-1","vpc_id":"vpc-1","query_name":"x.","srcaddr":"10.0.0.1","srcport":"5"}`,
		`{"message":"srcaddr dstaddr srcport dstport"}`,
		"123456789012 unknown eni-0a1b2c3d\n",
		"http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817\n",
	} {
		if score, _ := s.Sniff(ingest.Origin{}, []byte(head)); score != 0 {
			t.Errorf("%q is flow logs with a score of %d", head, score)
		}
	}
}

func TestSniffKnowsAHeadCutInsideALine(t *testing.T) {
	head := flows(3)[:150]
	if score, f := New().Sniff(ingest.Origin{}, head); score < 90 || f != ingest.Lines {
		t.Errorf("score %d", score)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(flows(2))
	f.Add(wide(1))
	for _, name := range []string{"odd_values", "headers", "rows", "field_count"} {
		ar, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(ar.Files[0].Data)
	}
	ingesttest.Fuzz(f, New(), options, ingesttest.Lines)
}

func BenchmarkDecodeStandard(b *testing.B) {
	ingesttest.Benchmark(b, New(), options, flows(4000), ingesttest.Lines)
}

func BenchmarkDecodeWide(b *testing.B) {
	ingesttest.Benchmark(b, New(), options, wide(2000), ingesttest.Lines)
}
