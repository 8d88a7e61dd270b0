package detect_test

import (
	"encoding/json"
	"path"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/rules"
	"github.com/scrubline/scrubline/detect/sigma"
)

// own returns the rules that come with the program.
func own(t *testing.T) *sigma.Set {
	t.Helper()
	l := detect.NewLoader()
	if err := detect.LoadOwn(l); err != nil {
		t.Fatal(err)
	}
	s := l.Finish()
	for _, p := range detect.Lint(s) {
		t.Errorf("%s", p)
	}
	return s
}

// TestOwnRulesSayWhatToDo: each rule that alerts has a text, references to HIPAA
// and ATT&CK, false positives and steps.
func TestOwnRulesSayWhatToDo(t *testing.T) {
	n := 0
	for _, r := range own(t).Rules {
		if r.Silent {
			continue
		}
		n++
		if len(r.Description) < 60 || len(r.FalsePositives) == 0 || len(r.Custom["response"]) < 30 {
			t.Errorf("%s: no description, false positives or response", r.Name)
		}
		if !strings.Contains(strings.Join(r.References, " "), "45 CFR 164") || !strings.Contains(strings.Join(r.Tags, " "), "attack.") {
			t.Errorf("%s: no reference to HIPAA or ATT&CK", r.Name)
		}
		if r.Name != strings.TrimSuffix(path.Base(r.File), ".yml") {
			t.Errorf("%s is in %s", r.Name, r.File)
		}
	}
	if n < 45 {
		t.Errorf("only %d rules", n)
	}
}

// TestScrubbingChangesNoMatch: over raw CloudTrail records the rules fire as often
// as their tests say they do over scrubbed ones (which scrubline rules test runs).
func TestScrubbingChangesNoMatch(t *testing.T) {
	set := own(t)
	tried := 0
	for _, r := range set.Rules {
		if len(r.Lookups) > 0 || r.Novel != nil {
			continue // they need lists of tokens, and times: scrubline rules test has them
		}
		if r.Silent || detect.Sources(r)[0] != "aws_cloudtrail" {
			continue
		}
		file := strings.TrimSuffix(strings.TrimPrefix(r.File, "scrubline/"), ".yml") + sigma.TestSuffix
		b, err := rules.Files.ReadFile(file)
		if err != nil {
			t.Errorf("%s has no tests", r.Name)
			continue
		}
		var tests struct {
			Tests []struct {
				Name   string
				Fires  int
				Event  map[string]any
				Events []map[string]any
			}
		}
		if err := yaml.Unmarshal(b, &tests); err != nil {
			t.Fatal(err)
		}
		for _, c := range tests.Tests {
			events := c.Events
			if c.Event != nil {
				events = append(events, c.Event)
			}
			run := detect.New(set.Rules, nil).NewRun(correlate.Options{})
			got := 0
			fire := func(a detect.Alert) {
				if a.Rule == r {
					got++
				}
			}
			for i, e := range events {
				line, _ := json.Marshal(e)
				run.Record(&match.Record{Source: "aws_cloudtrail", Native: line}, int64(i), func() detect.Ref { return detect.Ref{} }, fire)
			}
			run.Finish(fire)
			if tried++; got != c.Fires {
				t.Errorf("%s: %s: fires %d times, want %d", r.Name, c.Name, got, c.Fires)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d tests", tried)
	}
}
