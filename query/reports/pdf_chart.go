package reports

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// calendarLines is how many lines a calendar shows.
const calendarLines = 26

// draw draws the chart from y on and returns where it ended.
func (s *series) draw(p *page, y float64, h *head) float64 {
	if s == nil || len(s.sums)+len(s.states) == 0 {
		return y
	}
	if y+45 > p.bottom() {
		p.AddPage()
		y = margin
	}
	p.text(margin, y, p.inner(), "B", 8.5, navy, "L", s.chart.Title)
	y += 5
	switch s.chart.Kind {
	case Calendar:
		y = s.calendar(p, y, h)
	case Days:
		y = s.days(p, y, h)
	case Bars:
		y = s.bars(p, y)
	}
	return y + 3
}

// dates lists the days of the period in the zone, 400 at most.
func dates(h *head) []time.Time {
	from := h.From.In(h.Zone)
	var out []time.Time
	for d := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, h.Zone); d.Before(h.Until) && len(out) < 400; d = d.AddDate(0, 0, 1) {
		out = append(out, d)
	}
	return out
}

const labelWidth = 62.0

// calendar draws a line for each label and a square for each day.
func (s *series) calendar(p *page, y float64, h *head) float64 {
	list := dates(h)
	side := min(4.4, (p.inner()-labelWidth)/float64(len(list)))
	labels := slices.Sorted(maps.Keys(s.states))
	more := max(0, len(labels)-calendarLines)
	labels = labels[:len(labels)-more]
	// Months above the squares, days under them if there is room.
	for i, d := range list {
		if i == 0 || d.Day() == 1 {
			p.text(margin+labelWidth+float64(i)*side, y, 24, "", 6.5, grey, "L", d.Format("Jan 2006"))
		}
		if side > 3.6 {
			p.text(margin+labelWidth+float64(i)*side, y+3, side, "", 5.5, grey, "C", d.Format("2"))
		}
	}
	y += 3.2
	if side > 3.6 {
		y += 2.8
	}
	for _, label := range labels {
		if y+5 > p.bottom() {
			p.AddPage()
			y = margin
		}
		p.text(margin, y+0.3, labelWidth-2, "", 7, ink, "L", label)
		for i, d := range list {
			square(p, margin+labelWidth+float64(i)*side, y, side, s.states[label][d.Format(time.DateOnly)])
		}
		y += 4.6
	}
	if more > 0 {
		p.text(margin, y, p.inner(), "I", 7, grey, "L", fmt.Sprintf("and %d more, in the table and the other files", more))
		y += 4
	}
	return s.legend(p, y+1)
}

// square draws a day: full, half full, or empty with a cross; a dot where nothing
// was expected.
func square(p *page, x, y, side float64, state string) {
	in, h := side*0.86, 3.8
	p.SetLineWidth(0.25)
	switch state {
	case stateGood:
		p.box(x, y, in, h, teal)
	case stateDoubt:
		p.box(x, y, in, h, paleIn)
		p.box(x, y+h/2, in, h/2, amber)
	case stateBad:
		p.pen(red)
		p.Rect(x, y, in, h, "D")
		p.Line(x, y, x+in, y+h)
		p.Line(x, y+h, x+in, y)
	default:
		p.box(x+in/2-0.2, y+h/2-0.2, 0.4, 0.4, grey)
	}
}

func (s *series) legend(p *page, y float64) float64 {
	x := margin + labelWidth
	for _, l := range []fact{{stateGood, "complete"}, {stateDoubt, "partial"}, {stateBad, "no record"}, {"", "not looked at"}} {
		square(p, x, y, 4.4, l.name)
		p.text(x+5, y+0.5, 22, "", 7, grey, "L", l.value)
		x += 28
	}
	return y + 5
}

// days draws a bar for each day of the period.
func (s *series) days(p *page, y float64, h *head) float64 {
	list := dates(h)
	const high = 26.0
	width := min(14, (p.inner()-20)/float64(len(list)))
	most := 1.0
	for _, v := range s.sums {
		most = max(most, v)
	}
	p.text(margin, y-0.5, 18, "", 6.5, grey, "R", grouped(int64(most)))
	p.text(margin, y+high-2, 18, "", 6.5, grey, "R", "0")
	p.line(margin+20, y, p.width-margin, y, hair)
	p.line(margin+20, y+high, p.width-margin, y+high, grey)
	for i, d := range list {
		v := s.sums[d.Format(time.DateOnly)]
		x := margin + 20 + float64(i)*width
		if v > 0 {
			bar := max(0.3, high*v/most)
			p.box(x+width*0.1, y+high-bar, width*0.8, bar, navy)
		}
		switch {
		case width >= 9:
			p.text(x, y+high+0.8, width, "", 6.5, grey, "C", d.Format("2 Jan"))
		case d.Day() == 1 || i == 0 || width > 2 && d.Weekday() == time.Monday && d.Day() > 3 && d.Day() < 29:
			p.text(x, y+high+0.8, 16, "", 6, grey, "L", d.Format("2 Jan"))
		}
	}
	return y + high + 4.5
}

// barLines is how many bars a chart shows.
const barLines = 10

// bars draws the largest labels.
func (s *series) bars(p *page, y float64) float64 {
	list := s.largest(barLines)
	if len(list) == 0 {
		return y - 5
	}
	room := p.inner() - labelWidth - 12 - 24
	for _, b := range list {
		p.text(margin, y+0.2, labelWidth+10, "", 7, ink, "L", b.label)
		long := 0.0
		if list[0].value > 0 {
			long = max(0.3, room*b.value/list[0].value)
		}
		p.box(margin+labelWidth+12, y, long, 3, navy)
		p.text(margin+labelWidth+13+long, y+0.1, 24, "", 7, grey, "L", grouped(int64(b.value)))
		y += 4.1
	}
	if n := len(s.sums) - len(list); n > 0 {
		p.text(margin, y, p.inner(), "I", 7, grey, "L", fmt.Sprintf("and %s more, in the table and the other files", grouped(int64(n))))
		y += 3.5
	}
	return y
}
