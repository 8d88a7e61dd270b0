package reports

import (
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
)

// page draws PDF pages: US Letter, millimetres from the upper left corner. Its
// fonts are the Go fonts, which have Latin, Greek and Cyrillic; they are embedded.
type page struct {
	*fpdf.Fpdf
	width, height float64 // of the sheet
	foot          string
}

const (
	margin    = 13.0
	footer    = 12.0 // room for the foot
	fontName  = "Go"
	pageTotal = "{total}"
)

// colour is red, green, blue.
type colour [3]int

var (
	ink    = colour{28, 37, 51}
	navy   = colour{31, 58, 95}
	grey   = colour{104, 115, 130}
	hair   = colour{205, 211, 220}
	shade  = colour{244, 246, 249}
	white  = colour{255, 255, 255}
	teal   = colour{38, 122, 116}
	amber  = colour{214, 142, 32}
	red    = colour{181, 45, 54}
	paleIn = colour{252, 246, 232}
)

// newPage starts a document. portrait says how the sheet lies.
func newPage(h *head, title string, portrait bool) *page {
	orientation := "L"
	if portrait {
		orientation = "P"
	}
	p := &page{Fpdf: fpdf.New(orientation, "mm", "Letter", "")}
	p.width, p.height = p.GetPageSize()
	for style, font := range map[string][]byte{"": goregular.TTF, "B": gobold.TTF, "I": goitalic.TTF} {
		p.AddUTF8FontFromBytes(fontName, style, font)
	}
	// Everything that would be the clock's is the checkpoint's, and objects have an order.
	p.SetCatalogSort(true)
	p.SetCreationDate(h.Watermark.UTC())
	p.SetModificationDate(h.Watermark.UTC())
	p.SetProducer(h.Software, true)
	p.SetCreator(h.Software, true)
	p.SetTitle(title, true)
	p.SetLang("en-US")
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(false, footer)
	p.AliasNbPages(pageTotal)
	p.foot = fmt.Sprintf("%s · %s · checkpoint %s", title, h.Tenant, h.Checkpoint.id())
	p.SetFooterFunc(func() {
		y := p.height - footer + 3
		p.line(margin, y-1.5, p.width-margin, y-1.5, hair)
		p.text(margin, y, p.inner()-40, "", 7, grey, "L", p.foot)
		p.text(p.width-margin-40, y, 40, "", 7, grey, "R", fmt.Sprintf("page %d of %s", p.PageNo(), pageTotal))
	})
	return p
}

// inner is the width between the margins.
func (p *page) inner() float64 { return p.width - 2*margin }

// bottom is where text has to end.
func (p *page) bottom() float64 { return p.height - footer - 1 }

func (p *page) ink(c colour)  { p.SetTextColor(c[0], c[1], c[2]) }
func (p *page) fill(c colour) { p.SetFillColor(c[0], c[1], c[2]) }
func (p *page) pen(c colour)  { p.SetDrawColor(c[0], c[1], c[2]) }

func (p *page) line(x1, y1, x2, y2 float64, c colour) {
	p.pen(c)
	p.SetLineWidth(0.2)
	p.Line(x1, y1, x2, y2)
}

func (p *page) box(x, y, w, h float64, c colour) {
	p.fill(c)
	p.Rect(x, y, w, h, "F")
}

// text writes one line, cut at w, with its upper edge at y.
func (p *page) text(x, y, w float64, style string, size float64, c colour, align, text string) {
	p.SetFont(fontName, style, size)
	p.ink(c)
	text = plain(text)
	for w > 0 && p.GetStringWidth(text) > w+0.01 && len(text) > 1 {
		r := []rune(strings.TrimSuffix(text, "…"))
		text = string(r[:len(r)-1]) + "…"
	}
	p.SetXY(x, y)
	p.SetCellMargin(0)
	p.CellFormat(w, size*0.42, text, "", 0, align, false, 0, "")
}

// lineHeight of a text of a size in points.
func lineHeight(size float64) float64 { return size * 0.44 }

// lines breaks a text into lines of width w, most at most; the last ends in … if
// the rest does not fit.
func (p *page) lines(style string, size, w float64, most int, text string) []string {
	p.SetFont(fontName, style, size)
	p.SetCellMargin(0)
	text = plain(text)
	if p.GetStringWidth(text) <= w {
		return []string{text}
	}
	var out []string
	for _, part := range p.SplitText(text, w-0.2) {
		if len(out) == most {
			last := []rune(out[most-1])
			for len(last) > 0 && p.GetStringWidth(string(last)+"…") > w {
				last = last[:len(last)-1]
			}
			out[most-1] = string(last) + "…"
			break
		}
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// paragraph writes lines from y on and returns where it ended.
func (p *page) paragraph(x, y, w float64, style string, size float64, c colour, text string) float64 {
	for _, l := range p.lines(style, size, w, 40, text) {
		p.text(x, y, w, style, size, c, "L", l)
		y += lineHeight(size)
	}
	return y
}

// plain leaves out what a font cannot draw in a line.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r > 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// short is how an instant stands in a table whose head names the zone.
func short(ms int64, zone *time.Location) string {
	return time.UnixMilli(ms).In(zone).Format(time.DateTime)
}

// grouped writes a whole number with commas.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
