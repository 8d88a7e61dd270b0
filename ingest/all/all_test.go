package all

import (
	"fmt"
	"testing"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// heads are first lines that only one source knows.
var heads = map[string]string{
	"aws_cloudtrail": `{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventTime":"2026-03-01T00:00:00Z","awsRegion":"us-east-1"}]}`,
	"aws_vpcflow":    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n",
	"aws_alb":        "https 2026-03-01T00:00:00.000000Z app/portal/50dc6c495c0c9188 203.0.113.9:39232 10.0.6.140:8443 0.000 0.110 0.000 200 200 3785 16232 \"GET https://portal.example.org:443/ HTTP/1.1\" \"-\" - -\n",
	"aws_nlb":        "tls 2.0 2026-03-01T00:00:00 net/nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - - - - -\n",
	"aws_clb":        "2026-03-01T00:00:00.000000Z portal 203.0.113.9:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 \"GET http://portal.example.org:80/ HTTP/1.1\" \"curl/7.38.0\" - -\n",
	"app":            "2026-03-01 10:00:00,649 INFO started\n",
}

func TestTheHeadChoosesTheSource(t *testing.T) {
	for name, head := range heads {
		c, ok := Choose(ingest.Origin{}, []byte(head), "")
		if !ok || c.Source.Name() != name {
			t.Errorf("%s is taken for %v", name, c.Source)
		}
		if want := schemas.TableOf(name); c.Table != want {
			t.Errorf("rows of %s go to %v, want %v", name, c.Table, want)
		}
	}
	if c, _ := Choose(ingest.Origin{}, []byte(heads["aws_vpcflow"]), ""); c.Table != schemas.Flows {
		t.Errorf("flows go to %v", c.Table)
	}
	if _, ok := Choose(ingest.Origin{}, []byte("\x00\x01\x02\x03\x00\x00\x00\x00"), ""); ok {
		t.Error("what is no text was given a source")
	}
}

// TestSourcesHaveNamesOfTheirOwn: each is found by its name, short names lead to
// one, and each has a schema.
func TestSourcesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sources() {
		if seen[s.Name()] {
			t.Errorf("two sources are called %s", s.Name())
		}
		seen[s.Name()] = true
		if found, ok := ByName(s.Name()); !ok || found.Name() != s.Name() {
			t.Errorf("%s is not found by its name", s.Name())
		}
		if _, err := schemas.LoadSource(s.Name()); err != nil {
			t.Errorf("%s: %v", s.Name(), err)
		}
	}
	for short, name := range aliases {
		if s, ok := ByName(short); !ok || s.Name() != name {
			t.Errorf("%s does not lead to %s", short, name)
		}
	}
	for _, own := range []string{"scrubline", "scrubline_audit", "nobody"} {
		if s, ok := ByFormat(own); ok {
			t.Errorf("%s can be named: %s", own, s.Name())
		}
	}
	if _, ok := ByName("nobody"); ok {
		t.Error("nobody is a source")
	}
}

// TestReusedDecoders: one that went through another payload decodes the next as one
// that is new.
func TestReusedDecoders(t *testing.T) {
	lines := []string{
		`{"@timestamp":"2026-03-01T00:00:00Z","level":"info","msg":"opened","user":"jdoe","n":{"a":[1,{"b":"c"}]}}`,
		`{"webaclId":"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/b","timestamp":1772323200000,"action":"ALLOW","httpRequest":{"clientIp":"203.0.113.9","uri":"/"}}`,
		`Mar  1 10:00:00 web1 sshd[4]: Accepted publickey for core`, "time only 10:00",
	}
	for _, h := range heads {
		lines = append(lines, h)
	}
	decode := func(d ingest.Decoder, s ingest.Source, line string) string {
		var rec ingest.Record
		rec.Reset(s.Name(), schemas.TableOf(s.Name()), []byte(line))
		err := d.Decode([]byte(line), &rec)
		at, ok := rec.Num(schemas.EventTime)
		account := rec.Derived(schemas.CloudAccount)
		return fmt.Sprint(err, at, ok, account, rec.Fields)
	}
	here := ingest.Origin{Account: "111122223333", Region: "us-east-1", Time: time.Date(2024, 1, 5, 0, 0, 0, 0, time.UTC)}
	there := ingest.Origin{Account: "444455556666", Region: "eu-west-1", Time: time.Date(2026, 7, 5, 0, 0, 0, 0, time.UTC)}
	reusable := 0
	for _, s := range Sources() {
		used, ok := s.NewDecoder(here, ingest.Options{}).(ingest.Reusable)
		if !ok {
			continue
		}
		reusable++
		for range 20 { // a decoder learns from lines that come often
			for _, l := range lines {
				decode(used, s, l)
			}
		}
		used.Reuse(there)
		fresh := s.NewDecoder(there, ingest.Options{})
		for _, l := range lines {
			if got, want := decode(used, s, l), decode(fresh, s, l); got != want {
				t.Errorf("%s: a reused decoder reads %s as\n%s\nnot\n%s", s.Name(), l, got, want)
			}
		}
	}
	if reusable < 5 {
		t.Errorf("%d decoders can be reused", reusable)
	}
}
