package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// hostile runs in a page that takes it for markup.
const hostile = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload="window.hacked=1">`

// An auditor says why before anything is shown; the page says who is logged in, and
// what an identity provider calls them is text.
func TestAuditorsSayWhy(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, end)
	dir := t.TempDir()
	tokens := identity.OpenTokens(dir, func() time.Time { return end })
	k, shown, err := tokens.Create(identity.Token{Name: hostile, Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant, Sources: []string{"app"}}, Expires: end.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	// A token of an auditor has its reason; one of a person at a provider has none.
	path := filepath.Join(dir, k.ID+".json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(`"role": "analyst"`), []byte(`"role": "auditor"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	link := serveOver(t, store, func(_ *clickhouse.Store, o *api.Options) { o.Access.Tokens = tokens })
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	run(t, ctx, "log in", chromedp.Navigate(base), chromedp.SendKeys("#token", shown+"\r"), chromedp.WaitVisible("#reason-dialog"))
	if n := js[int](t, ctx, `document.querySelectorAll("#view tr").length`); n != 0 {
		t.Errorf("%d rows before the reason", n)
	}
	if s := js[string](t, ctx, `document.querySelector("#who").textContent`); !strings.Contains(s, hostile) || !strings.HasSuffix(s, "auditor") {
		t.Errorf("the page says that it is %q who is here", s)
	}
	check(t, ctx, "reason")
	shot(t, ctx, "reason")
	run(t, ctx, "say why", chromedp.SendKeys("#reason", "audit of the third quarter\r"), wait(`!document.querySelector("#reason-dialog").open`), idle(), wait(`document.querySelectorAll("#view tbody tr").length > 0`))
	if s := js[string](t, ctx, `document.querySelector("#view tbody").textContent`); strings.Contains(s, "aws_") {
		t.Error("rows of other sources are shown")
	}
	if s := js[string](t, ctx, `document.querySelector("#who").title`); !strings.Contains(s, "for: audit of the third quarter") || !strings.Contains(s, "sources: app") {
		t.Errorf("the page says %q", s)
	}
	shot(t, ctx, "who")
	if js[bool](t, ctx, `"hacked" in window`) {
		t.Error("a name ran as a script")
	}
	run(t, ctx, "log out", eval(`document.querySelector("form[action='/logout'] button").click()`), chromedp.WaitVisible("#token"))
}

// Logs are written by whoever attacks: their text stays text in every view.
func TestHostileTextStaysText(t *testing.T) {
	store := querytest.Open(t)
	row := querytest.Row{Time: end.Add(-time.Hour), Source: "app", Text: map[schemas.Column]string{}, Lists: map[schemas.Column][]string{}}
	for _, c := range schemas.Events.Columns() {
		switch c {
		case schemas.TenantID, schemas.Source, schemas.Batch, schemas.Origin:
			continue
		}
		switch c.Info().Kind {
		case schemas.KString, schemas.KDict:
			row.Text[c] = hostile
		case schemas.KStrings:
			row.Lists[c] = []string{hostile}
		}
	}
	querytest.Insert(t, store, schemas.Events, hostile, []querytest.Row{row})
	link := serveOver(t, store)
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	clean := func(where string) {
		t.Helper()
		if js[bool](t, ctx, `"hacked" in window || document.querySelector("main img, main script, main svg[onload], #drawer img, #drawer script, #facets img, dialog img") !== null`) {
			t.Errorf("%s: a log's text became markup", where)
		}
	}
	run(t, ctx, "log in", chromedp.Navigate(link), idle(), wait(`document.querySelectorAll("#view tbody tr").length > 0`))
	if !strings.Contains(js[string](t, ctx, `document.querySelector("#view tbody").textContent`), "<img src=x") {
		t.Error("the row is not shown")
	}
	clean("events")
	run(t, ctx, "drawer", chromedp.KeyEvent("jo"), wait(`!document.querySelector("#drawer").hidden`))
	clean("drawer")
	for _, view := range []string{"/?view=access&by=actor&subject=", "/?view=access&by=resource&subject=", "/?q="} {
		run(t, ctx, view, chromedp.Navigate(base+view+"%22%3E%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E"), idle())
		clean(view)
	}
	for _, view := range []string{"sources", "alerts", "reports"} {
		run(t, ctx, view, chromedp.Navigate(base+"/?view="+view), idle())
		clean(view)
	}
}
