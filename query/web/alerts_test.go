package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
)

// plant puts an alert into the book.
func plant(t *testing.T, b *book.Book) {
	t.Helper()
	first := end.Add(-time.Hour)
	if err := b.Runs(t.Context(), []book.Run{{
		ID: "r1", Kind: book.Schedule, Rule: "r", Version: "1", Title: "Bucket deleted", From: first, To: end, Matches: 3, Status: "skipped", Reason: "<b>too old</b>", At: end,
	}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Alerts(t.Context(), []*alert.Part{{
		ID: "aaaa", Batch: "v1/f/1/0", Rule: "r", Version: "1", Title: "Bucket <b>deleted</b>", Level: "high", Kind: alert.Record, Source: "aws_cloudtrail",
		Group: []alert.Label{{Name: "actor_id", Value: "alice.chen"}}, From: first, To: first.Add(time.Hour), First: first, Last: first, Matches: 2,
		Evidence: []alert.Ref{{Batch: "v1/f/1/0", Record: 3}}, Summary: "alice.chen did DeleteBucket",
	}}); err != nil {
		t.Fatal(err)
	}
}

// An alert's way: seen, read, acknowledged, closed with a note; its events are one
// click away. And the calendar of what came in.
func TestAlertsOnThePage(t *testing.T) {
	link := serve(t)
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	text := func(expr string) string { t.Helper(); return js[string](t, ctx, expr) }
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	run(t, ctx, "alerts", chromedp.KeyEvent("4"), wait(`location.search.includes("view=alerts")`), idle())
	if s := text(`document.querySelector("#view tbody").textContent`); !strings.Contains(s, "Bucket <b>deleted</b>") || !strings.Contains(s, "alice.chen") {
		t.Errorf("the list shows %q", s)
	}
	check(t, ctx, "alerts")
	run(t, ctx, "what was watched", eval(`document.querySelector("#runs").click()`), wait(`!document.querySelector("#drawer").hidden`))
	if s := text(`document.querySelector("#drawer").textContent`); !strings.Contains(s, "skipped, <b>too old</b> · 3 matches") {
		t.Errorf("the runs say %q", s)
	}
	check(t, ctx, "runs")
	run(t, ctx, "close the runs", chromedp.KeyEvent("\u001b"), wait(`document.querySelector("#drawer").hidden`))
	run(t, ctx, "open", eval(`document.querySelector("#view tbody tr").focus()`), chromedp.KeyEvent("\r"), wait(`!document.querySelector("#drawer").hidden`))
	if s := text(`document.querySelector("#drawer").textContent`); !strings.Contains(s, "alice.chen did DeleteBucket") || strings.Contains(s, "null") {
		t.Errorf("the alert says %q", s)
	}
	check(t, ctx, "alert")
	button := func(name string) chromedp.Action[chromedp.Void] {
		return eval(`[...document.querySelectorAll("#drawer button")].find((b) => b.textContent.startsWith("` + name + `")).click()`)
	}
	run(t, ctx, "acknowledge", button("Acknowledge"), wait(`document.querySelector("#drawer .log").textContent.includes("acknowledged")`))
	run(t, ctx, "close without a note", button("Close with"), wait(`!document.querySelector("#drawer .problem").hidden`))
	run(t, ctx, "close", chromedp.SendKeys("#note", "a test"), button("Close with"), wait(`document.querySelector("#drawer .log").textContent.includes("a test")`))
	run(t, ctx, "events", button("Show the"), wait(`location.search.includes("alice.chen")`), idle())
	if s := text(`document.querySelector("#problem").hidden ? "" : document.querySelector("#problem").textContent`); s != "" {
		t.Errorf("the search of the alert: %s", s)
	}

	run(t, ctx, "calendar", chromedp.Navigate(base+"/?view=sources"), idle())
	if n := js[int](t, ctx, `document.querySelectorAll(".calendar rect.good, .calendar rect.unread").length`); n < 4 {
		t.Errorf("%d days in the calendar", n)
	}
	run(t, ctx, "a day", eval(`document.querySelector(".calendar rect.good").dispatchEvent(new MouseEvent("click"))`), wait(`location.search.includes("source%3A")`), idle())
}
