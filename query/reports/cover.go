package reports

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// drawCover makes the pack's first page and what follows from it: what it is
// about, what it rests on, known gaps, the crosswalk, the list of reports.
func drawCover(h head, m *Manifest) ([]byte, error) {
	p := newPage(&h, "Evidence pack", true)
	c := &cover{page: p, head: &h, m: m}
	p.AddPage()
	c.title()
	c.facts()
	c.gaps()
	c.counts()
	c.states()
	c.crosswalk()
	c.reports()
	c.verify()
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("writing the cover: %w", err)
	}
	return out.Bytes(), nil
}

type cover struct {
	*page
	head *head
	m    *Manifest
	y    float64
}

func (c *cover) title() {
	c.box(0, 0, c.width, 46, navy)
	c.text(margin, 12, c.inner(), "", 10, hair, "L", "SCRUBLINE")
	c.text(margin, 19, c.inner(), "B", 26, white, "L", "Evidence pack")
	from, until := c.head.From.In(c.head.Zone), c.head.Until.Add(-time.Millisecond).In(c.head.Zone)
	c.text(margin, 33, c.inner(), "", 13, white, "L", from.Format("2 January 2006")+" to "+until.Format("2 January 2006")+" · "+c.m.Tenant)
	c.y = 53
}

// heading starts a section that needs room for so many millimetres.
func (c *cover) heading(text string, room float64) {
	if c.y+room+8 > c.bottom() {
		c.AddPage()
		c.y = margin
	}
	c.text(margin, c.y, c.inner(), "B", 11.5, navy, "L", text)
	c.y += 6.5
}

func (c *cover) facts() {
	m := c.m
	signature := "not good"
	if m.Checkpoint.Signed {
		signature = "good, by key " + m.Checkpoint.KeyID
	}
	for _, f := range []fact{
		{"Period", c.head.period() + ", time zone " + m.Zone},
		{"Made for", m.By}, {"Reason", m.Reason},
		{"Patient", strings.Join(m.Subject.Patient, ", ")}, {"User", m.Subject.User},
		{"Data up to", c.head.Watermark.In(c.head.Zone).Format(stamp) + ", when the last object under the checkpoint came in. It stands for the time of making: a pack holds no clock times, so that it can be made again to the byte."},
		{"Checkpoint", fmt.Sprintf("size %s, root %s", grouped(int64(m.Checkpoint.Size)), m.Checkpoint.Root)},
		{"Its signature", signature},
		{"Archive", fmt.Sprintf("%s objects, %s rows; verification: %s, %s", grouped(int64(m.Archive.Objects)), grouped(int64(m.Archive.Rows)), m.Archive.Verified, m.Archive.Status)},
		{"Lists given", c.inputs()},
		{"Made by", m.Software},
	} {
		if f.value == "" {
			continue
		}
		c.text(margin, c.y, 27, "B", 8.5, navy, "L", f.name)
		c.y = c.paragraph(margin+28, c.y, c.inner()-28, "", 8.5, ink, f.value) + 0.8
	}
	c.y += 3
}

func (c *cover) inputs() string {
	var list []string
	for _, in := range c.m.Inputs {
		list = append(list, fmt.Sprintf("%s (%d lines, SHA-256 %.16s…)", in.Name, in.Rows, in.SHA256))
	}
	if len(list) == 0 {
		return "none: reports that need the lists of HR, EHR or reviews were not made"
	}
	return strings.Join(list, ", ")
}

// gaps draws the box of known gaps, which is there without any too.
func (c *cover) gaps() {
	list := c.m.Gaps
	if len(list) == 0 {
		list = []string{"None is known. Files that no source announced cannot be known."}
	}
	var lines []string
	for _, g := range list {
		for i, l := range c.lines("", 8.5, c.inner()-14, 20, g) {
			if i == 0 {
				l = "– " + l
			} else {
				l = "   " + l
			}
			lines = append(lines, l)
		}
	}
	lines = lines[:min(len(lines), 40)]
	high := float64(len(lines))*lineHeight(8.5) + 10
	if c.y+high > c.bottom() {
		c.AddPage()
		c.y = margin
	}
	c.box(margin, c.y, c.inner(), high, paleIn)
	c.box(margin, c.y, 1.2, high, amber)
	c.text(margin+5, c.y+2.5, c.inner()-10, "B", 9.5, ink, "L", "Known gaps")
	y := c.y + 7.5
	for _, l := range lines {
		c.text(margin+5, y, c.inner()-10, "", 8.5, ink, "L", l)
		y += lineHeight(8.5)
	}
	c.y += high + 5
}

// counts sets the stored rows beside the ledger and the checkpoint.
func (c *cover) counts() {
	c.heading("Rows by source", 18)
	var rows [][]string
	for _, s := range c.m.Sources {
		word := "equal"
		if s.Stored != s.Ledger || s.Ledger != s.Archived {
			word = "differ"
		}
		rows = append(rows, []string{s.Source, grouped(int64(s.Period)), grouped(int64(s.Stored)), grouped(int64(s.Ledger)), grouped(int64(s.Archived)), word})
	}
	c.table([]shownColumn{{Column: Column{Title: "Log", Width: 26}}, {Column: Column{Title: "In the period", Width: 16}, right: true}, {Column: Column{Title: "Stored, ever", Width: 16}, right: true},
		{Column: Column{Title: "In the ledger", Width: 16}, right: true}, {Column: Column{Title: "Under the checkpoint", Width: 18}, right: true}, {Column: Column{Title: "Last three", Width: 12}}}, rows)
}

// table draws rows of words, the head on each page again.
func (c *cover) table(columns []shownColumn, rows [][]string) {
	layout(columns, c.inner())
	c.y = tableHead(c.page, columns, c.y)
	for n, row := range rows {
		most := 1
		cells := make([][]string, len(columns))
		for i, col := range columns {
			cells[i] = c.lines("", tableSize, col.mm-2*cellPad, 8, row[i])
			most = max(most, len(cells[i]))
		}
		h := float64(most)*tableLine + 2*cellPad - 0.4
		if c.y+h > c.bottom() {
			c.AddPage()
			c.y = tableHead(c.page, columns, margin)
		}
		if n%2 == 1 {
			c.box(margin, c.y, c.inner(), h, shade)
		}
		for i, col := range columns {
			in := ink
			if k, ok := wordColours[row[i]]; ok {
				in = k
			}
			drawCell(c.page, col, c.y, "", in, cells[i])
		}
		c.y += h
	}
	c.line(margin, c.y, c.width-margin, c.y, hair)
	c.y += 6
}

var states = []State{Met, Partial, NotMet, NotTested, NotAutomatable}

// states draws how many requirements stand how, as one bar.
func (c *cover) states() {
	count := map[State]int{}
	for _, r := range c.m.Crosswalk {
		count[r.State]++
	}
	total := len(c.m.Crosswalk)
	c.heading("Requirements", 24)
	shown := count[Met] + count[Partial]
	c.y = c.paragraph(margin, c.y, c.inner(), "", 9, ink, fmt.Sprintf("Of %d requirements %d are shown by evidence in whole (%d) or in part (%d). The states are computed from the rows of the period.", total, shown, count[Met], count[Partial])) + 1.5
	x := margin
	for _, s := range states {
		w := c.inner() * float64(count[s]) / float64(max(1, total))
		if count[s] == 0 {
			continue
		}
		c.box(x, c.y, w-0.4, 6, wordColours[string(s)])
		c.text(x, c.y+1.4, w-0.4, "B", 8, white, "C", fmt.Sprint(count[s]))
		x += w
	}
	c.y += 7.5
	x = margin
	for _, s := range states {
		c.box(x, c.y+0.4, 2.6, 2.6, wordColours[string(s)])
		c.text(x+4, c.y+0.2, 32, "", 7.5, grey, "L", fmt.Sprintf("%s %d", s, count[s]))
		x += 36
	}
	c.y += 8
}

func (c *cover) crosswalk() {
	c.heading("Control crosswalk", 30)
	var rows [][]string
	for _, r := range c.m.Crosswalk {
		var why []string
		for _, part := range []struct {
			word string
			list []string
		}{{"Passed: ", r.Passed}, {"Failed: ", r.Failed}, {"Not tested: ", r.Unknown}} {
			if len(part.list) > 0 {
				why = append(why, part.word+strings.Join(part.list, ", ")+".")
			}
		}
		why = append(why, r.Lacks, r.Manual)
		rows = append(rows, []string{r.Rule, r.Asks, string(r.State), strings.TrimSpace(strings.Join(why, " "))})
	}
	c.table([]shownColumn{{Column: Column{Title: "Rule", Width: 22}}, {Column: Column{Title: "Asks", Width: 40}}, {Column: Column{Title: "State", Width: 14}}, {Column: Column{Title: "Evidence, as report.check", Width: 60}}}, rows)
}

func (c *cover) reports() {
	c.heading("Reports", 30)
	var rows [][]string
	for _, r := range c.m.Reports {
		passed, tested := 0, 0
		for _, k := range r.Checks {
			if k.Tested {
				tested++
			}
			if k.Passed {
				passed++
			}
		}
		verdict, count := fmt.Sprintf("%d of %d passed", passed, tested), grouped(int64(r.Rows))
		if len(r.Checks) == 0 {
			verdict = ""
		}
		if r.NotRun != "" {
			verdict, count = "not made: "+r.NotRun, ""
		}
		rows = append(rows, []string{r.ID, r.Title, count, verdict, strings.Join(r.Controls, ", ")})
	}
	for _, a := range c.m.NotMade {
		rows = append(rows, []string{a.ID, a.Title, "", "not made: " + a.Why, ""})
	}
	c.table([]shownColumn{{Column: Column{Title: "No.", Width: 8}}, {Column: Column{Title: "Report", Width: 38}}, {Column: Column{Title: "Rows", Width: 14}, right: true},
		{Column: Column{Title: "Checks", Width: 38}}, {Column: Column{Title: "Controls", Width: 46}}}, rows)
}

func (c *cover) verify() {
	c.heading("How to check this pack", 30)
	for _, line := range []string{
		"manifest.json names the SHA-256 of every file, this one too. manifest.sig is the archive's Ed25519 signature of the manifest, a C2SP signed note. checkpoint.note is the archive's signed statement that the reports rest on.",
		"scrubline report verify FILE.zip --key archive.pub checks all of it offline: exit 0 good, 1 tampered, 2 cannot tell. Take the public key from somebody you trust, not from the pack.",
		"Each check can be done again from its report's CSV file; manifest.json says which rows it counts and what it asks.",
		"Patients are tokens. The logs keep exact times, so they are pseudonymised and not de-identified under 45 CFR 164.514(b)(2): treat this pack as protected health information.",
	} {
		c.y = c.paragraph(margin, c.y, c.inner(), "", 8.5, ink, line) + 1.2
	}
}
