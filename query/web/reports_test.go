package web_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query/reports"
)

// desk knows the reports but cannot make any.
func desk(t *testing.T) *reports.Desk {
	t.Helper()
	d, err := reports.OpenDesk(reports.DeskOptions{Dir: t.TempDir(), Log: zerolog.Nop(), Open: func(context.Context, bool) (*reports.Service, func(), error) {
		return nil, nil, errors.New("none here")
	}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Reports are listed with what they are for; with a period they can be downloaded
// and a pack can be asked for, whose state is shown.
func TestReportsOnThePage(t *testing.T) {
	link := serve(t)
	ctx := browser(t)
	text := func(expr string) string { t.Helper(); return js[string](t, ctx, expr) }
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	run(t, ctx, "reports", chromedp.KeyEvent("5"), wait(`location.search.includes("view=reports")`), idle())
	if s := text(`document.querySelector("#view").textContent`); !strings.Contains(s, "Retention coverage") || !strings.Contains(s, "164.312(b)") || strings.Contains(s, "NDJSON") {
		t.Errorf("without a period the list says %q", s)
	}
	check(t, ctx, "reports")
	run(t, ctx, "a quarter", chromedp.Click("#quarter"), wait(`location.search.includes("until=")`), idle())
	if href := text(`document.querySelector(".formats a").getAttribute("href")`); !strings.HasPrefix(href, "/v1/reports/R1?") || !strings.Contains(href, "format=pdf") || !strings.Contains(href, "since=20") {
		t.Errorf("a report is downloaded from %q", href)
	}
	check(t, ctx, "reports of a quarter")
	run(t, ctx, "a pack", chromedp.Click("#pack"), wait(`document.querySelector("#packs li")?.textContent.includes("waiting")`))
}
