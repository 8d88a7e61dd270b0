package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The way of an analyst through the page, by keyboard:
//
//  1. open the login link, see rows, a histogram, filters and what could not be read
//  2. type a query with the help of completion, run it
//  3. walk down with j, open a row: fields and the record set out
//  4. ask who accessed its resource, follow an actor back to the rows
//  5. go back with the browser; a mistyped query points at the field and mends it
func TestWalkThroughThePage(t *testing.T) {
	link := serve(t)
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	text := func(expr string) string { t.Helper(); return js[string](t, ctx, expr) }
	has := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", what, got, want)
		}
	}

	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	if s := text(`location.search`); s != "" {
		t.Errorf("the token stays in the address: %s", s)
	}
	has("status", text(`document.querySelector("#status").textContent`), "1,800 rows of events")
	has("unread", text(`document.querySelector("#unread").textContent`), "Could not be read: 10 records")
	if n := js[int](t, ctx, `document.querySelectorAll("#view tbody tr").length`); n != 200 {
		t.Errorf("%d rows shown, want 200", n)
	}
	if n := js[int](t, ctx, `document.querySelectorAll("#chart svg rect.good").length`); n < 20 {
		t.Errorf("%d bars", n)
	}
	check(t, ctx, "start")

	run(t, ctx, "focus", press('/'), wait(`document.activeElement.id === "q"`))
	if v := text(`document.querySelector("#q").value`); v != "" {
		t.Errorf("the key that goes to the box types into it: %q", v)
	}
	run(t, ctx, "type", chromedp.SendKeys("#q", "acti"), wait(`!document.querySelector("#complete").hidden`))
	run(t, ctx, "complete", chromedp.KeyEvent("\t"), chromedp.SendKeys("#q", "getob"), wait(`document.querySelector("#complete").textContent.includes("GetObject")`), chromedp.KeyEvent("\t"), chromedp.SendKeys("#q", "-status:failure"))
	run(t, ctx, "run", chromedp.KeyEvent("\r"), wait(`location.search.includes("GetObject")`), idle())
	has("box", text(`document.querySelector("#q").value`), "action:GetObject -status:failure")
	if other := text(`[...document.querySelectorAll("#view td.action")].map((td) => td.firstChild.textContent).find((a) => a !== "GetObject") || ""`); other != "" {
		t.Errorf("a row of another action: %s", other)
	}

	run(t, ctx, "walk", eval(`document.activeElement.blur()`), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("o"), wait(`!document.querySelector("#drawer").hidden`))
	drawer := text(`document.querySelector("#drawer").textContent`)
	for _, part := range []string{"resource_ids", "src_ip", "phi-bucket", "Who accessed this resource", "batch", `"eventName": "GetObject"`} {
		has("drawer", drawer, part)
	}
	if i := text(`document.querySelector("tr[aria-selected=true]").dataset.i`); i != "1" {
		t.Errorf("row %s is selected, want 1", i)
	}
	check(t, ctx, "drawer")

	run(t, ctx, "who accessed", chromedp.KeyEvent("w"), wait(`location.search.includes("view=access")`), idle())
	has("subject", text(`document.querySelector("#subject").value`), "arn:aws:s3:::phi-bucket/")
	has("accesses", text(`document.querySelector("#view tbody").textContent`), "GetObject")
	if n := js[int](t, ctx, `document.querySelectorAll("#chart svg rect.good").length`); n == 0 {
		t.Error("no story of the resource is drawn")
	}
	check(t, ctx, "access")
	resource := text(`location.href`)
	run(t, ctx, "everybody", chromedp.Navigate(base+"/?view=access&by=actor&subject=*"), idle())
	run(t, ctx, "story", eval(`document.querySelector(".story summary").click()`), wait(`document.querySelector(".story").open`))
	has("story", text(`document.querySelector(".story table").textContent`), "GetObject")
	check(t, ctx, "story")
	run(t, ctx, "the resource again", chromedp.Navigate(resource), idle())
	run(t, ctx, "follow", eval(`document.querySelector("#view tbody tr").focus()`), chromedp.KeyEvent("\r"), wait(`!location.search.includes("view=access")`), idle())
	has("followed", text(`document.querySelector("#q").value`), "resource:arn:aws:s3:::phi-bucket/")
	if js[int](t, ctx, `document.querySelectorAll("#view tbody tr").length`) == 0 {
		t.Error("the actor's rows are not there")
	}

	run(t, ctx, "back", eval(`history.back()`), wait(`location.search.includes("view=access")`), idle())
	run(t, ctx, "sources", chromedp.KeyEvent("3"), wait(`location.search.includes("view=sources")`), idle())
	has("sources", text(`document.querySelector("#view").textContent`), "aws_vpcflow")
	check(t, ctx, "sources")

	run(t, ctx, "mistype", chromedp.Navigate(base+"/?q=acion%3AGetObject"), idle())
	has("problem", text(`document.querySelector("#problem mark").textContent`), "acion")
	check(t, ctx, "problem")
	run(t, ctx, "mend", chromedp.Click("#problem button"), wait(`location.search.includes("action")`), idle())
	if js[int](t, ctx, `document.querySelectorAll("#view tbody tr").length`) == 0 {
		t.Error("the mended query shows nothing")
	}
	run(t, ctx, "help", chromedp.KeyEvent("?"), wait(`document.querySelector("#help-dialog").open`))
	check(t, ctx, "help")
	run(t, ctx, "close", chromedp.KeyEvent("\x1b"), wait(`!document.querySelector("#help-dialog").open`))
}

// audit looks for what a screen reader or a keyboard would trip over.
const audit = `(() => {
  const bad = [];
  const seen = (e) => e.getClientRects().length > 0;
  const name = (e) => (e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join("") ||
    (e.labels && [...e.labels].map((l) => l.textContent).join("")) || e.textContent || e.title || "").trim();
  const say = (e, what) => bad.push(what + ": " + e.outerHTML.slice(0, 90));
  for (const e of document.querySelectorAll("button, a[href], input, select, [role=tab], [role=listbox], dialog[open], table")) if (seen(e) && !name(e)) say(e, "no name");
  for (const e of document.querySelectorAll("img:not([alt])")) say(e, "no alt");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) bad.push("id twice: " + id);
  for (const attr of ["aria-controls", "aria-labelledby", "aria-describedby"]) for (const e of document.querySelectorAll("[" + attr + "]"))
    for (const id of e.getAttribute(attr).split(" ")) if (!document.getElementById(id)) say(e, attr + " points nowhere");
  if (!document.documentElement.lang) bad.push("no lang");
  if (!document.title) bad.push("no title");
  if (document.querySelectorAll("main").length !== 1) bad.push("not one main");
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) say(e, "tabindex above 0");
  if (document.documentElement.scrollWidth > innerWidth) bad.push("the page scrolls sideways");
  if (document.querySelector("[style]")) bad.push("inline style");
  const rgb = (s) => s.match(/[\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll("button, a, td, th, dt, dd, p, span, h2, h3, label, i, b, code, mark")) {
    if (!seen(e) || !e.textContent.trim() || [...e.childNodes].every((n) => n.nodeType !== 3 || !n.textContent.trim())) continue;
    const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5 && !e.closest(":disabled")) say(e, "contrast " + ratio.toFixed(2));
  }
  return [...new Set(bad)].slice(0, 12);
})()`

// focusable counts what the Tab key must reach, and those that show no ring
// when it does.
const rings = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll("button, a[href], input, select, svg[tabindex], tr[tabindex='0']")) {
    if (!e.getClientRects().length || e.disabled || e.closest(".not")) continue;
    e.focus({ focusVisible: true });
    if (document.activeElement === e && e.matches(":focus-visible") && getComputedStyle(e).outlineStyle === "none") bad.push(e.outerHTML.slice(0, 80));
  }
  return bad;
})()`

func check(t *testing.T, ctx context.Context, where string) {
	t.Helper()
	for _, theme := range []string{"light", "dark"} {
		run(t, ctx, theme, eval(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme)))
		for _, bad := range js[[]string](t, ctx, audit) {
			t.Errorf("%s, %s: %s", where, theme, bad)
		}
	}
	focus := `globalThis.before = document.activeElement`
	run(t, ctx, "keep focus", eval(focus))
	for _, bad := range js[[]string](t, ctx, rings) {
		t.Errorf("%s: no focus ring: %s", where, bad)
	}
	run(t, ctx, "restore focus", eval(`before.focus()`))
}
