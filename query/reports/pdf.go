package reports

import (
	"fmt"
	"io"
	"strings"
)

// pdfRows is how many rows a PDF shows: some twenty pages. How many there are
// stands above and below them.
const pdfRows = 400

// pdfSheet keeps the first rows and what the chart needs, and draws when all rows
// have gone by.
type pdfSheet struct {
	w      io.Writer
	head   head
	shown  []shownColumn
	rows   [][]string
	series *series
}

// shownColumn is a column with room on the page.
type shownColumn struct {
	Column
	at    int     // in the definition
	x, mm float64 // where it starts and how wide it is
	right bool    // numbers
}

func newPDF(w io.Writer, h head) *pdfSheet {
	s := &pdfSheet{w: w, head: h, series: newSeries(h.Definition)}
	for i, c := range h.Definition.Columns {
		if c.Width > 0 {
			s.shown = append(s.shown, shownColumn{Column: c, at: i, right: c.Type == Int || c.Type == Float})
		}
	}
	return s
}

func (s *pdfSheet) row(cells []cell) error {
	s.series.row(cells)
	if len(s.rows) == pdfRows {
		return nil
	}
	row := make([]string, len(s.shown))
	for i, c := range s.shown {
		switch v := &cells[c.at]; {
		case v.none:
		case c.Type == Int:
			row[i] = grouped(v.num)
		case c.Type == Time:
			row[i] = short(v.num, s.head.Zone)
		default:
			row[i] = v.word(c.Type, s.head.Zone)
		}
	}
	s.rows = append(s.rows, row)
	return nil
}

func (s *pdfSheet) close(r *Result) error {
	p := newPage(&s.head, s.head.Definition.ID+" "+s.head.Definition.Title, false)
	p.AddPage()
	y := s.title(p)
	y = s.facts(p, y, r)
	y = checks(p, y, r.Checks)
	y = s.series.draw(p, y, &s.head)
	y = s.table(p, y, r)
	s.notes(p, y, r)
	if err := p.Output(s.w); err != nil {
		return fmt.Errorf("writing PDF: %w", err)
	}
	return nil
}

func (s *pdfSheet) title(p *page) float64 {
	d := s.head.Definition
	p.box(0, 0, p.width, 3, navy)
	p.text(margin, 9, p.inner()-30, "B", 18, ink, "L", d.Title)
	p.text(p.width-margin-30, 9, 30, "B", 18, navy, "R", d.ID)
	return p.paragraph(margin, 18.5, p.inner(), "I", 10.5, grey, d.Question) + 2.5
}

// facts draws what all reports say, in two columns.
func (s *pdfSheet) facts(p *page, y float64, r *Result) float64 {
	var list []fact
	for _, f := range s.head.facts(r) {
		if f.name != "Report" && f.name != "Question" && f.name != "Tenant" {
			list = append(list, f)
		}
	}
	half := (p.inner() - 8) / 2
	column := func(x, y float64, list []fact) float64 {
		for _, f := range list {
			p.text(x, y, 22, "B", 7.5, navy, "L", f.name)
			for _, l := range p.lines("", 7.5, half-24, 4, f.value) {
				p.text(x+24, y, half-24, "", 7.5, ink, "L", l)
				y += lineHeight(7.5)
			}
			y += 0.5
		}
		return y
	}
	middle := (len(list) + 1) / 2
	p.line(margin, y, p.width-margin, y, hair)
	y += 1.8
	end := max(column(margin, y, list[:middle]), column(margin+half+8, y, list[middle:]))
	p.line(margin, end+1, p.width-margin, end+1, hair)
	return end + 3.5
}

var verdictColours = map[string]colour{"passed": teal, "failed": red, "not tested": grey}

// checks draws a line for each check: a mark, the verdict in words, what it says.
func checks(p *page, y float64, list []CheckResult) float64 {
	for _, c := range list {
		verdict := c.verdict()
		mark(p, margin, y+0.2, verdict)
		p.text(margin+5, y, 18, "B", 8, verdictColours[verdict], "L", verdict)
		p.text(margin+23, y, p.inner()-60, "", 8, ink, "L", c.Says)
		p.text(p.width-margin-60, y, 60, "", 7, grey, "R", fmt.Sprintf("found %s, asked %s %s", grouped(int64(c.Found)), c.Op, grouped(int64(c.Value))))
		y += 4.4
	}
	if len(list) > 0 {
		y += 1.5
	}
	return y
}

// mark is a filled square, a cross or a dash, so that colour is not all there is.
func mark(p *page, x, y float64, verdict string) {
	c := verdictColours[verdict]
	p.pen(c)
	p.SetLineWidth(0.5)
	switch verdict {
	case "passed":
		p.Line(x+0.2, y+1.4, x+1.2, y+2.4)
		p.Line(x+1.2, y+2.4, x+3, y+0.2)
	case "failed":
		p.Line(x+0.3, y+0.3, x+2.6, y+2.6)
		p.Line(x+0.3, y+2.6, x+2.6, y+0.3)
	default:
		p.Line(x+0.3, y+1.4, x+2.7, y+1.4)
	}
}

// notes ends the report: what is not in the data, what words mean, and which
// columns had no room.
func (s *pdfSheet) notes(p *page, y float64, r *Result) {
	d := s.head.Definition
	section := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		y += 2.5
		if y+6+float64(len(p.lines("", 7.5, p.inner()-4, 12, items[0])))*lineHeight(7.5) > p.bottom() {
			p.AddPage()
			y = margin
		}
		p.text(margin, y, p.inner(), "B", 8.5, navy, "L", title)
		y += 4.2
		for _, item := range items {
			lines := p.lines("", 7.5, p.inner()-4, 12, item)
			if y+float64(len(lines))*lineHeight(7.5) > p.bottom() {
				p.AddPage()
				y = margin
			}
			p.text(margin, y, 4, "", 7.5, grey, "L", "–")
			for _, l := range lines {
				p.text(margin+4, y, p.inner()-4, "", 7.5, ink, "L", l)
				y += lineHeight(7.5)
			}
			y += 0.6
		}
	}
	section("Not in the data", d.Missing)
	section("Notes", d.Notes)
	var shown, hidden []string
	for _, c := range d.Columns {
		if c.Width > 0 {
			shown = append(shown, c.Title+": "+c.About+".")
		} else {
			hidden = append(hidden, c.Title)
		}
	}
	if len(hidden) > 0 {
		shown = append(shown, "Without room on the page, in the CSV, NDJSON and XLSX files: "+strings.Join(hidden, ", ")+".")
	}
	section("Columns", []string{strings.Join(shown, " ")})
}
