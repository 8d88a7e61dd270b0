package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/query/reveal"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// cell is a quarantine whose every record is hostile.
type cell struct{}

func (cell) Find(context.Context, string, uint64) (reveal.Record, error) {
	return reveal.Record{Entry: "9b74c9897bac770ffc029102a200c5de", Code: "malformed", Size: 99}, nil
}

func (cell) Open(context.Context, string) (reveal.Opened, error) {
	return reveal.Opened{Raw: []byte(hostile + "\nsecond line é")}, nil
}

// On the page one person asks to see a record that could not be read, another agrees,
// and then the first sees it, as text, until they look at something else.
func TestRevealOnThePage(t *testing.T) {
	store := querytest.Open(t)
	querytest.Insert(t, store, schemas.Events, "torn", []querytest.Row{{Time: end.Add(-time.Hour), Source: "app", Kind: schemas.KindTombstone}})
	book, err := reveal.Open(reveal.Options{Dir: t.TempDir(), Quarantine: cell{}, Now: func() time.Time { return end }, Scrub: func(s string) string { return s }, Stands: func(reveal.Party) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	const issuer = "https://idp.example.org "
	tokens := identity.OpenTokens(t.TempDir(), func() time.Time { return end })
	token := func(name string, role identity.Role) string {
		_, shown, err := tokens.Create(identity.Token{Name: name, Role: role, Owner: issuer + name, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: end.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return shown
	}
	person := func(name string, role identity.Role) identity.Principal {
		return identity.Principal{Subject: issuer + name, Name: name, Role: role, Scope: identity.Scope{Tenant: querytest.Tenant}, Via: identity.ViaOIDC}
	}
	link := serveOver(t, store, func(_ *clickhouse.Store, o *api.Options) { o.Access.Tokens, o.Reveals = tokens, book })
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	run(t, ctx, "log in", chromedp.Navigate(base), chromedp.SendKeys("#token", token("ann", identity.Analyst)+"\r"), chromedp.WaitVisible("#tab-reveals"))
	run(t, ctx, "open the tombstone", chromedp.Navigate(base+"/?q=kind%3Atombstone"), idle(), wait(`document.querySelectorAll("#view tbody tr").length === 1`), chromedp.KeyEvent("jo"), chromedp.WaitVisible("#reveal-ask"))
	check(t, ctx, "asking for a reveal")
	shot(t, ctx, "reveal-1-ask")
	run(t, ctx, "ask", chromedp.SendKeys("#reveal-reason", hostile+"\r"), wait(`location.search.includes("view=reveals")`), idle(), wait(`document.querySelectorAll("#view tbody tr").length === 1`))
	run(t, ctx, "look at the request", eval(`document.querySelector("#view tbody tr").click()`), chromedp.WaitVisible("#reveal-end"))
	if js[bool](t, ctx, `document.querySelector("#reveal-approve, button.open") !== null`) {
		t.Error("who asked is offered to approve, or to open what nobody approved")
	}
	check(t, ctx, "a request")
	list := book.List(person("bob", identity.Admin))
	if len(list) != 1 {
		t.Fatal(list)
	}
	if _, err := book.Approve(person("bob", identity.Admin), list[0].ID); err != nil {
		t.Fatal(err)
	}
	run(t, ctx, "see it", chromedp.Navigate(base+"/?view=reveals"), idle(), eval(`document.querySelector("#view tbody tr").click()`), chromedp.WaitVisible("button.open"), eval(`document.querySelector("button.open").click()`), chromedp.WaitVisible(".raw"))
	if got := js[string](t, ctx, `document.querySelector(".raw").textContent`); got != hostile+"\nsecond line é" {
		t.Errorf("the record reads %q", got)
	}
	check(t, ctx, "a record")
	shot(t, ctx, "reveal-2-seen")
	run(t, ctx, "its row", eval(`[...document.querySelectorAll("#drawer button")].find((b) => b.textContent === "Its row").click()`), wait(`location.search.includes("record_no")`), idle(), wait(`document.querySelectorAll("#view tbody tr").length === 1`))
	if js[bool](t, ctx, `"hacked" in window || document.documentElement.outerHTML.includes("second line é")`) {
		t.Error("the record ran, or is on the page still")
	}
	run(t, ctx, "log out", eval(`document.querySelector("form[action='/logout'] button").click()`), chromedp.WaitVisible("#token"))

	if _, err := book.Ask(t.Context(), person("eve", identity.Analyst), []reveal.Record{{Batch: "b"}}, "ticket 4711", 30); err != nil {
		t.Fatal(err)
	}
	run(t, ctx, "log in as the other", chromedp.SendKeys("#token", token("bob", identity.Admin)+"\r"), chromedp.WaitVisible("#tab-reveals"), chromedp.Navigate(base+"/?view=reveals"), idle(), wait(`document.querySelectorAll("#view tbody tr").length === 2`))
	run(t, ctx, "approve", eval(`[...document.querySelectorAll("#view tbody tr")].find((r) => r.textContent.includes("4711")).click()`), chromedp.WaitVisible("#reveal-approve"))
	check(t, ctx, "approving")
	shot(t, ctx, "reveal-3-approve")
	run(t, ctx, "yes", chromedp.Click("#reveal-approve"), wait(`[...document.querySelectorAll("#view tbody tr")].some((r) => r.textContent.includes("4711") && r.textContent.includes("approved"))`))
}
