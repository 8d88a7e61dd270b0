package alb

import (
	"bytes"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest/ingesttest"
)

// stray is text that no value of a load balancer's own making looks like.
const stray = "Doe,J."

// TestNoStrayTextPasses puts text that belongs nowhere in the place of each value
// in turn, behind it, and as one value more: it must be scanned wherever it is.
func TestNoStrayTextPasses(t *testing.T) {
	for folder, src := range map[string]*Source{"alb": New(), "nlb": NewNLB(), "clb": NewCLB()} {
		var payloads [][]byte
		for _, in := range samples(t, folder) {
			for _, line := range ingesttest.Lines(in) {
				payloads = append(payloads, append(bytes.Clone(line), " "+stray...))
				var vs [40]value
				n, _, _ := split(line, vs[:])
				for _, v := range vs[:n] {
					before, word, after := string(line[:v.from]), string(line[v.from:v.to]), string(line[v.to:])
					for _, put := range []string{stray, word + stray, stray + word, stray + " x " + word} {
						payloads = append(payloads, []byte(before+put+after))
					}
				}
			}
		}
		if n := ingesttest.Covered(t, src, options, payloads, stray, ingesttest.Lines); n < 100 {
			t.Errorf("%s: only %d records were looked at", folder, n)
		}
	}
}

// TestNoPartOfARequestPasses does the same inside the request, byte by byte.
func TestNoPartOfARequestPasses(t *testing.T) {
	const request = `GET http://u@h.example.org:80/a/b?c=d#e HTTP/1.1`
	var payloads [][]byte
	for at := range len(request) + 1 {
		line := strings.Replace(string(accesses(1)), "GET https://portal.example.org:443/fhir/Patient/0?_count=20&page=0 HTTP/1.1", request[:at]+stray+request[at:], 1)
		payloads = append(payloads, []byte(line))
	}
	if n := ingesttest.Covered(t, New(), options, payloads, stray, ingesttest.Lines); n != len(request)+1 {
		t.Errorf("looked at %d records", n)
	}
}
