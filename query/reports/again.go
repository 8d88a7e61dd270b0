package reports

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// again makes every check again from the rows in the pack, and every state of the
// crosswalk from the checks: whoever made the pack cannot have typed them in.
func (v *Verified) again(files map[string]*zip.File, m *Manifest) {
	results := map[string]CheckResult{}
	for _, r := range m.Reports {
		if r.NotRun != "" {
			continue
		}
		v.Reports++
		v.Rows += r.Rows
		f := ndjsonOf(files, m, r.ID)
		if f == nil {
			v.tampered("report", r.ID, "its NDJSON file is missing")
			continue
		}
		found, rows, err := recheck(f, r, recordedIn(m, r.Sources))
		switch {
		case err != nil:
			v.tampered("report", r.ID, "its rows can not be read")
		case rows != r.Rows:
			v.tampered("report", r.ID, fmt.Sprintf("it has %d rows, the manifest says %d", rows, r.Rows))
		}
		for i, c := range found {
			if c.Found != r.Checks[i].Found || c.Passed != r.Checks[i].Passed || c.Tested != r.Checks[i].Tested {
				v.tampered("check", r.ID+"."+c.ID, "its rows give another result than the manifest says")
			}
			results[r.ID+"."+c.ID] = c
		}
	}
	for _, c := range m.Crosswalk {
		evidence := slices.Concat(c.Passed, c.Failed, c.Unknown)
		j := judgeOne(Requirement{Evidence: evidence, Lacks: c.Lacks, Manual: c.Manual}, results)
		if j.State != c.State {
			v.tampered("crosswalk", c.ID, fmt.Sprintf("its checks make it %s, the manifest says %s", j.State, c.State))
		}
	}
}

func ndjsonOf(files map[string]*zip.File, m *Manifest, id string) *zip.File {
	for _, r := range m.Reports {
		if r.ID == id {
			return files[reportsFolder+id+"-"+r.Name+".ndjson"]
		}
	}
	return nil
}

// recordedIn says whether one of the sources has records in the period.
func recordedIn(m *Manifest, sources []string) bool {
	return slices.ContainsFunc(m.Sources, func(c SourceCount) bool { return c.Period > 0 && slices.Contains(sources, c.Source) })
}

// recheck makes the checks of a report from its NDJSON file.
func recheck(f *zip.File, r ManifestReport, recorded bool) (found []CheckResult, rows uint64, err error) {
	file, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	d := &Definition{ID: r.ID}
	for _, c := range r.Columns {
		d.Columns = append(d.Columns, Column{Name: c.Name, Type: c.Type})
	}
	for _, c := range r.Checks {
		d.Checks = append(d.Checks, c.Check)
		if err := d.Checks[len(d.Checks)-1].validate(d); err != nil {
			return nil, 0, err
		}
	}
	t := newTally(d)
	cells := make([]cell, len(d.Columns))
	dec := json.NewDecoder(file)
	for {
		var row map[string]json.RawMessage
		err := dec.Decode(&row)
		if errors.Is(err, io.EOF) {
			return t.results(recorded), rows, nil
		}
		if err != nil {
			return nil, rows, err
		}
		rows++
		for i, c := range d.Columns {
			if cells[i], err = c.parse(row[c.Name]); err != nil {
				return nil, rows, err
			}
		}
		t.row(cells)
	}
}

// parse reads a cell as ndjsonSheet writes it.
func (c *Column) parse(text json.RawMessage) (v cell, err error) {
	if text == nil {
		return v, errors.New("a column is missing")
	}
	if string(text) == "null" {
		return cell{none: true}, nil
	}
	switch c.Type {
	case Int:
		err = json.Unmarshal(text, &v.num)
	case Float:
		err = json.Unmarshal(text, &v.real)
	case List:
		err = json.Unmarshal(text, &v.list)
	case Time:
		var at time.Time
		err = json.Unmarshal(text, &at)
		v.num = at.UnixMilli()
	default:
		err = json.Unmarshal(text, &v.text)
	}
	return v, err
}
