package reports

import (
	"fmt"
	"strings"
)

// Requirement is one line of the crosswalk: what a rule asks and which checks
// show it.
type Requirement struct {
	ID       string   `yaml:"id"`
	Rule     string   `yaml:"rule"` // where it stands: 45 CFR 164.312(b), HITRUST CSF 09.ab
	Asks     string   `yaml:"asks"`
	Evidence []string `yaml:"evidence"` // checks: R13.every_day
	Lacks    string   `yaml:"lacks"`    // what would be needed besides and no check shows; then it is partial at best
	Manual   string   `yaml:"manual"`   // why no log can show it; then there is no evidence
}

// State is how far a requirement is shown.
type State string

// States. NotMet says that checks ran and none passed: it is not hidden among
// the partial ones.
const (
	Met            State = "met"
	Partial        State = "partial"
	NotMet         State = "not met"
	NotTested      State = "not tested"
	NotAutomatable State = "not automatable"
)

// Judgement is a requirement and what the checks say about it.
type Judgement struct {
	Requirement
	State   State
	Passed  []string // checks
	Failed  []string
	Unknown []string // checks whose report was not run, or that had nothing to look at
}

func validateCrosswalk(c *catalogue) error {
	known := map[string]bool{}
	for _, d := range c.reports {
		for _, k := range d.Checks {
			known[d.ID+"."+k.ID] = true
		}
	}
	for _, r := range c.crosswalk {
		if r.ID == "" || r.Rule == "" || r.Asks == "" || (len(r.Evidence) == 0) != (r.Manual != "") {
			return fmt.Errorf("crosswalk %q: rule, asks and either evidence or manual are needed", r.ID)
		}
		for _, e := range r.Evidence {
			if !known[e] && !absentReport(c, e) {
				return fmt.Errorf("crosswalk %q: there is no check %s", r.ID, e)
			}
		}
	}
	return nil
}

// absentReport says whether a check is of a report that cannot be made yet.
func absentReport(c *catalogue, check string) bool {
	id, _, _ := strings.Cut(check, ".")
	for _, a := range c.absent {
		if a.ID == id {
			return true
		}
	}
	return false
}

// judge sets results beside the requirements. results is by check: R13.every_day.
func judge(results map[string]CheckResult) []Judgement {
	var out []Judgement
	for _, r := range read().crosswalk {
		out = append(out, judgeOne(r, results))
	}
	return out
}

func judgeOne(r Requirement, results map[string]CheckResult) Judgement {
	j := Judgement{Requirement: r}
	for _, e := range r.Evidence {
		switch c, ran := results[e]; {
		case !ran || !c.Tested:
			j.Unknown = append(j.Unknown, e)
		case c.Passed:
			j.Passed = append(j.Passed, e)
		default:
			j.Failed = append(j.Failed, e)
		}
	}
	switch {
	case r.Manual != "":
		j.State = NotAutomatable
	case len(j.Passed)+len(j.Failed) == 0:
		j.State = NotTested
	case len(j.Passed) == 0:
		j.State = NotMet
	case len(j.Failed)+len(j.Unknown) > 0, r.Lacks != "":
		j.State = Partial
	default:
		j.State = Met
	}
	return j
}
