package reports

import "fmt"

const (
	tableSize = 7.0 // points
	tableLine = 3.1 // millimetres
	cellPad   = 1.1
	cellLines = 4 // of one cell at most
)

// Room that instants and days need, so that they stand in one line.
const (
	timeRoom = 28.5
	dayRoom  = 16.5
)

// layout gives the columns their places.
func layout(columns []shownColumn, width float64) {
	total := 0.0
	for i, c := range columns {
		switch c.Type {
		case Time:
			columns[i].mm = timeRoom
		case Day:
			columns[i].mm = dayRoom
		default:
			total += float64(c.Width)
		}
		width -= columns[i].mm
	}
	x := margin
	for i, c := range columns {
		if c.mm == 0 {
			columns[i].mm = width * float64(c.Width) / total
		}
		columns[i].x = x
		x += columns[i].mm
	}
}

// table draws the rows, the head on each page again.
func (s *pdfSheet) table(p *page, y float64, r *Result) float64 {
	layout(s.shown, p.inner())
	count := fmt.Sprintf("%s rows", grouped(int64(r.Rows)))
	if r.Rows == 1 {
		count = "1 row"
	}
	if r.Rows > uint64(len(s.rows)) {
		count = fmt.Sprintf("The first %s of %s rows: all of them are in the CSV and NDJSON files", grouped(int64(len(s.rows))), grouped(int64(r.Rows)))
	}
	if y+22 > p.bottom() {
		p.AddPage()
		y = margin
	}
	p.text(margin, y, p.inner(), "B", 8.5, navy, "L", count)
	if len(s.rows) == 0 {
		p.text(margin, y+5, p.inner(), "I", 8.5, grey, "L", "Nothing in the period.")
		return y + 10
	}
	y = tableHead(p, s.shown, y+5)
	for n, row := range s.rows {
		y = s.tableRow(p, y, n, row)
	}
	p.line(margin, y, p.width-margin, y, hair)
	if r.Rows > uint64(len(s.rows)) {
		p.text(margin, y+1.5, p.inner(), "I", 7.5, grey, "L", count+".")
		y += 5
	}
	return y + 1
}

func tableHead(p *page, columns []shownColumn, y float64) float64 {
	most := 1
	heads := make([][]string, len(columns))
	for i, c := range columns {
		heads[i] = p.lines("B", tableSize, c.mm-2*cellPad, 3, c.Title)
		most = max(most, len(heads[i]))
	}
	h := float64(most)*tableLine + 2*cellPad
	p.box(margin, y, p.inner(), h, navy)
	for i, c := range columns {
		drawCell(p, c, y, "B", white, heads[i])
	}
	return y + h
}

func drawCell(p *page, c shownColumn, y float64, style string, in colour, lines []string) {
	align := "L"
	if c.right {
		align = "R"
	}
	for n, l := range lines {
		p.text(c.x+cellPad, y+cellPad+float64(n)*tableLine, c.mm-2*cellPad, style, tableSize, in, align, l)
	}
}

func (s *pdfSheet) tableRow(p *page, y float64, n int, row []string) float64 {
	most := 1
	cells := make([][]string, len(s.shown))
	for i, c := range s.shown {
		cells[i] = p.lines("", tableSize, c.mm-2*cellPad, cellLines, row[i])
		most = max(most, len(cells[i]))
	}
	h := float64(most)*tableLine + 2*cellPad - 0.4
	if y+h > p.bottom() {
		p.AddPage()
		y = tableHead(p, s.shown, margin)
	}
	if n%2 == 1 {
		p.box(margin, y, p.inner(), h, shade)
	}
	for i, c := range s.shown {
		in := ink
		if k, ok := wordColours[row[i]]; ok && c.Type == Text {
			in = k
		}
		drawCell(p, c, y, "", in, cells[i])
	}
	return y + h
}

// wordColours are those of words that say how it stands.
var wordColours = map[string]colour{
	stateGood: teal, stateDoubt: amber, stateBad: red, "failed": red, "failure": red, "ok": teal, "yes": ink, "used after termination": red, "disabled late": red,
	"dormant": amber, "failed then succeeded": red, "off": red, "open": amber, "none": amber, "silent on some days": amber, "examined": teal,
	string(Met): teal, string(NotMet): red, string(NotTested): grey, string(NotAutomatable): grey,
}
