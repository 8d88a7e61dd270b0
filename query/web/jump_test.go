package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/query/api"
	trail "github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// Ctrl+K goes to a view, to a question of this page, and to one that the record of
// questions has of whoever is logged in; not to those of others, and not to those
// whose text is not kept.
func TestJump(t *testing.T) {
	asked := func(who, what string) querytest.Row {
		return querytest.Row{Time: end.Add(-1), Source: "scrubline_audit", Text: map[schemas.Column]string{
			schemas.Action: "query", schemas.ActorID: who, schemas.StatusDetail: what, schemas.Native: "{}"}}
	}
	link := serve(t, func(s *clickhouse.Store, _ *api.Options) {
		querytest.Insert(t, s, schemas.Events, "asked", []querytest.Row{asked("local", "action:DeleteBucket"), asked("eve", "action:StopLogging"), asked("local", "actor:[text]")})
	})
	ctx := browser(t)
	list := func() string {
		t.Helper()
		return js[string](t, ctx, `[...document.querySelectorAll("#jump-list li span")].map((s) => s.textContent).join("|")`)
	}
	open := eval(`dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }))`)
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	run(t, ctx, "ask", chromedp.SetValue("#q", "action:GetObject"), eval(`document.querySelector("#ask").requestSubmit()`), wait(`document.body.dataset.shown?.includes("GetObject")`), idle())
	run(t, ctx, "jump", eval(`document.activeElement.blur()`), open, wait(`document.querySelector("#jump-list").textContent.includes("DeleteBucket")`))
	if got := list(); !strings.HasPrefix(got, "action:GetObject|action:DeleteBucket|Events|") || strings.Contains(got, "StopLogging") || strings.Contains(got, "[text]") {
		t.Errorf("it offers %s", got)
	}
	shot(t, ctx, "jump")
	check(t, ctx, "jump")
	run(t, ctx, "type", chromedp.SendKeys("#jump", "delete"), chromedp.KeyEvent("\r"), wait(`document.body.dataset.shown?.includes("DeleteBucket")`), idle())
	run(t, ctx, "jump again", eval(`document.activeElement.blur()`), open, chromedp.SendKeys("#jump", "came in"), chromedp.KeyEvent("\r"), wait(`location.search.includes("view=sources")`), idle())
}

// The record writes a subject as one word; Ctrl+K finds what somebody asked whose
// subject has a blank.
func TestJumpOfSubjectsWithBlanks(t *testing.T) {
	tokens := identity.OpenTokens(t.TempDir(), func() time.Time { return end })
	k, shown, err := tokens.Create(identity.Token{Name: "ann", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: end.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	asked := trail.Entry{}.By(identity.With(t.Context(), identity.Principal{Subject: "token " + k.ID}))
	link := serve(t, func(s *clickhouse.Store, o *api.Options) {
		o.Access.Tokens = tokens
		querytest.Insert(t, s, schemas.Events, "asked", []querytest.Row{{Time: end.Add(-1), Source: "scrubline_audit", Text: map[schemas.Column]string{
			schemas.Action: "query", schemas.ActorID: asked.Subject, schemas.StatusDetail: "action:DeleteBucket", schemas.Native: "{}"}}})
	})
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	run(t, ctx, "log in", chromedp.Navigate(base), chromedp.SendKeys("#token", shown+"\r"), chromedp.WaitVisible("#tab-events"), idle())
	run(t, ctx, "jump", eval(`dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }))`),
		wait(`document.querySelector("#jump-list").textContent.includes("DeleteBucket")`))
}
