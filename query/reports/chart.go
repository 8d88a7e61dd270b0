package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Chart is the picture of a report, made from the same rows.
type Chart struct {
	Kind  ChartKind `yaml:"kind"`
	Title string    `yaml:"title"`
	Label []string  `yaml:"label"` // columns that name a line or a bar
	Day   string    `yaml:"day"`   // column, for calendar and days
	Value string    `yaml:"value"` // column of numbers, for days and bars
	State string    `yaml:"state"` // column of words, for calendar: one of calendarStates
}

// ChartKind is how a chart is drawn.
type ChartKind string

// Kinds of charts.
const (
	Calendar ChartKind = "calendar" // a line for each label, a square for each day, coloured by state
	Days     ChartKind = "days"     // a bar for each day, its value summed over rows
	Bars     ChartKind = "bars"     // the largest labels, their value summed over rows
)

// Words of a calendar's state column, and what a square without a row is.
const (
	stateGood  = "complete"
	stateDoubt = "partial"
	stateBad   = "gap"
)

func (c *Chart) validate(d *Definition) error {
	if c == nil {
		return nil
	}
	columns := append(slices.Clone(c.Label), c.Day, c.Value, c.State)
	for _, name := range columns {
		if name != "" && d.column(name) < 0 {
			return fmt.Errorf("chart: there is no column %q", name)
		}
	}
	switch {
	case c.Title == "":
		return fmt.Errorf("chart: it has no title")
	case c.Kind == Calendar && len(c.Label) > 0 && c.Day != "" && c.State != "":
	case c.Kind == Days && c.Day != "" && c.Value != "":
	case c.Kind == Bars && len(c.Label) > 0 && c.Value != "":
	default:
		return fmt.Errorf("chart: columns of kind %q are missing", c.Kind)
	}
	return nil
}

// series collects what a chart shows while rows go by. It holds one number for
// each day, or for each label.
type series struct {
	chart  *Chart
	d      *Definition
	sums   map[string]float64           // by day or label
	states map[string]map[string]string // label, day
	more   uint64                       // rows whose label came after maxLabels others
}

// maxLabels bounds the memory of a chart of bars.
const maxLabels = 200_000

func newSeries(d *Definition) *series {
	if d.Chart == nil {
		return nil
	}
	return &series{chart: d.Chart, d: d, sums: map[string]float64{}, states: map[string]map[string]string{}}
}

func (s *series) row(cells []cell) {
	if s == nil {
		return
	}
	text := func(column string) string { return cells[s.d.column(column)].text }
	var labels []string
	for _, l := range s.chart.Label {
		if t := text(l); t != "" {
			labels = append(labels, t)
		}
	}
	label := strings.Join(labels, " · ")
	switch s.chart.Kind {
	case Calendar:
		if s.states[label] == nil {
			s.states[label] = map[string]string{}
		}
		s.states[label][text(s.chart.Day)] = text(s.chart.State)
	case Days:
		s.add(text(s.chart.Day), cells)
	case Bars:
		s.add(label, cells)
	}
}

func (s *series) add(key string, cells []cell) {
	if _, ok := s.sums[key]; !ok && len(s.sums) >= maxLabels {
		s.more++
		return
	}
	at := s.d.column(s.chart.Value)
	n, _ := cells[at].number(s.d.Columns[at].Type)
	s.sums[key] += n
}

// bar is one bar of a chart.
type bar struct {
	label string
	value float64
}

// largest returns the n largest sums.
func (s *series) largest(n int) []bar {
	var out []bar
	for _, label := range slices.Sorted(maps.Keys(s.sums)) {
		if label != "" {
			out = append(out, bar{label, s.sums[label]})
		}
	}
	slices.SortStableFunc(out, func(a, b bar) int { return cmp.Compare(b.value, a.value) })
	return out[:min(n, len(out))]
}
