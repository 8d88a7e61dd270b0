package components

import (
	"os/exec"
	"strings"
	"testing"
)

// ValidateFHIR checks FHIR R4 resources, one JSON each, against the definitions that
// HL7 published. source is the path of the program that does, Java that HAPI's jars
// run. It returns the errors it found, a line each.
func ValidateFHIR(t testing.TB, source string, resources []string) (errors []string) {
	t.Helper()
	lib := find(t, "fhir")
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("validating FHIR needs java 17")
	}
	cmd := exec.CommandContext(t.Context(), java, "-cp", lib+"/*", source)
	cmd.Stdin = strings.NewReader(strings.Join(resources, "\n") + "\n")
	out, err := cmd.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "validated ") {
		t.Fatalf("the validator did not end: %v: %s", err, last)
	}
	return lines[:len(lines)-1]
}
