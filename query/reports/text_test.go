package reports

import (
	"os/exec"
	"strings"
	"testing"
)

// TestPDFText reads PDFs as a person would search them: with pdftotext of
// poppler, where it is.
func TestPDFText(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not here")
	}
	s, _ := newWeek(t)
	req := week()
	req.By = "Zoë Łukasz Ωμέγα Жук" // Latin, Greek and Cyrillic are drawn
	data, m := makePack(t, s, req)
	files := unpack(t, data)
	read := func(name string) string {
		cmd := exec.Command("pdftotext", "-layout", "-", "-")
		cmd.Stdin = strings.NewReader(string(files[name]))
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out)
	}
	f := func(name string, want ...string) {
		t.Helper()
		text := read(name)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q", name, w)
			}
		}
	}
	f(coverFile, "Evidence pack", "14 November 2026 to 20 November 2026", req.By, "Known gaps", "could not be decoded or scrubbed", m.Checkpoint.Root, "page 1 of", "45 CFR 164.312(b)", "not automatable")
	f(reportsFolder+"R13-retention-coverage.pdf", "Retention coverage calendar", "164.316(b)(2)(i)", "42 rows", "page 2 of", "quarantined", req.By)
	f(reportsFolder+"R24-keys.pdf", "The first 400 of 889 rows: all of them are in the CSV and NDJSON files")
	if n := strings.Count(read(reportsFolder+"R24-keys.pdf"), "Purpose"); n < 5 {
		t.Errorf("the table's head stands on %d pages", n)
	}
}
