package reports

import "strings"

// crosswalkReport is R26: it is made from the other reports' checks, not by SQL.
var crosswalkReport = &Definition{
	ID: "R26", Name: "crosswalk", Title: "Control crosswalk",
	Question: "Which requirement does which evidence show, and what is not shown?",
	Controls: []string{"164.308", "164.310", "164.312", "164.316", "164.528", "HITRUST 09.aa-09.af", "ONC 170.315(d)"},
	Columns: []Column{
		{"rule", "Rule", Text, 20, "where the rule stands"},
		{"asks", "Asks", Text, 34, "what it asks for, in our words"},
		{"state", "State", Text, 11, "met, partial, not met, not tested, not automatable"},
		{"passed", "Shown by", List, 22, "checks that passed, as report.check"},
		{"failed", "Failed", List, 18, "checks that failed"},
		{"untested", "Not tested", List, 18, "checks of reports that were not run, or that had nothing to look at"},
		{"lacks", "Besides", Text, 22, "what no log shows, or would be needed besides"},
		{"one", "Count", Int, 0, "1, to add up"},
	},
	Notes: []string{
		"Met: every check passed. Partial: some did, or something is needed that no log shows. Not met: checks ran and none passed. Not tested: none could run. Not automatable: no log can show it.",
		"A state is computed from the rows of the period and nothing else. It is material for an auditor's judgement, not the judgement.",
	},
	Chart: &Chart{Kind: Bars, Title: "Requirements by state", Label: []string{"state"}, Value: "one"},
}

// packCrosswalk writes R26.
func (se *Session) packCrosswalk(p *pack, judged []Judgement) (*Result, error) {
	d := crosswalkReport
	return p.report(d, se.head(d), func(sheets []sheet) (*Result, error) { return writeCrosswalk(judged, sheets) })
}

func writeCrosswalk(judged []Judgement, sheets []sheet) (*Result, error) {
	r := &Result{Definition: crosswalkReport}
	for _, j := range judged {
		text := func(s string) cell { return cell{text: s, none: s == ""} }
		cells := []cell{text(j.Rule), text(j.Asks), text(string(j.State)), {list: j.Passed}, {list: j.Failed}, {list: j.Unknown}, text(strings.TrimSpace(j.Manual + j.Lacks)), {num: 1}}
		r.Rows++
		for _, s := range sheets {
			if err := s.row(cells); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range sheets {
		if err := s.close(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}
