package vpcflow

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/ingest/ingesttest"
)

// TestNoStrayTextPasses puts text that belongs nowhere in the place of each word
// of each line in turn, behind it, and as one word more: it must be scanned
// wherever it is, in headers too.
func TestNoStrayTextPasses(t *testing.T) {
	const stray = "Doe,J."
	var payloads [][]byte
	for _, name := range []string{"standard", "headers", "every_field", "transit_gateway", "rows", "field_count"} {
		ar, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(ar.Files[0].Data)), "\n")
		for i, line := range lines {
			words := strings.Split(line, " ")
			if strings.HasPrefix(line, "{") {
				words = strings.Split(line, `"`)
			}
			for j, word := range words {
				for _, put := range []string{stray, word + stray, word + " " + stray} {
					if strings.HasPrefix(line, "{") && (j%2 == 0 || strings.Contains(put, " ")) {
						continue
					}
					changed := append([]string(nil), words...)
					changed[j] = put
					sep := " "
					if strings.HasPrefix(line, "{") {
						sep = `"`
					}
					all := append(append(append([]string(nil), lines[:i]...), strings.Join(changed, sep)), lines[i+1:]...)
					payloads = append(payloads, []byte(strings.Join(all, "\n")))
				}
			}
		}
	}
	if n := ingesttest.Covered(t, New(), options, payloads, stray, ingesttest.Lines); n < 1000 {
		t.Errorf("only %d records were looked at", n)
	}
}
