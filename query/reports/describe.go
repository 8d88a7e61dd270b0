package reports

// Description is a definition for those who choose a report: without its SQL.
type Description struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Title    string           `json:"title"`
	Question string           `json:"question"`
	Controls []string         `json:"controls"`
	Subject  Subject          `json:"subject,omitempty"`
	Needs    []string         `json:"needs"` // inputs without which it is not made
	Takes    []string         `json:"takes"` // inputs that it reads if they are given
	Columns  []ManifestColumn `json:"columns"`
	Checks   []Check          `json:"checks"`
	Missing  []string         `json:"missing"`
	Notes    []string         `json:"notes"`
}

// Describe describes a report.
func Describe(d *Definition) Description {
	out := Description{ID: d.ID, Name: d.Name, Title: d.Title, Question: d.Question, Controls: d.Controls, Subject: d.Subject, Needs: filled(d.Needs), Takes: []string{},
		Columns: d.columns(), Checks: filled(d.Checks), Missing: filled(d.Missing), Notes: filled(d.Notes)}
	for _, k := range Inputs() {
		for _, t := range d.Tables {
			if t == k.Name {
				out.Takes = append(out.Takes, t)
			}
		}
	}
	return out
}

func (d *Definition) columns() []ManifestColumn {
	var out []ManifestColumn
	for _, c := range d.Columns {
		out = append(out, ManifestColumn{c.Name, c.Title, c.Type, c.About})
	}
	return out
}
