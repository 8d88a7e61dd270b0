package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/deploy/components"
)

// wcag lets axe-core look at the page, by the rules of WCAG 2.2 A and AA and what it
// calls best practice, and lists what it found: rule, what it says, and each place.
const wcag = `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html.slice(0, 100)).join(" | ")))`

// TestAxe: axe-core finds nothing on any view, light or dark, at 1366 px.
func TestAxe(t *testing.T) {
	load := script(components.Axe(t))
	link := serve(t)
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	look := func(name string) {
		t.Helper()
		for _, theme := range []string{"light", "dark"} {
			run(t, ctx, theme, eval(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme)), load)
			found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](wcag, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, v := range found {
				t.Errorf("%s, %s: %s", name, theme, v)
			}
		}
	}
	run(t, ctx, "sign-in", chromedp.Navigate(base+"/"), chromedp.WaitVisible("#token"))
	look("sign-in")
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	for _, view := range []struct{ name, search string }{
		{"events", ""}, {"access", "view=access&subject=phi-bucket%2F*"}, {"everybody", "view=access&by=actor&subject=*"}, {"sources", "view=sources"},
		{"alerts", "view=alerts"}, {"reports", "view=reports"}, {"problem", "q=acion%3AGetObject"}, {"nothing", "q=action%3Anothing"},
	} {
		run(t, ctx, view.name, chromedp.Navigate(base+"/?"+view.search), idle())
		look(view.name)
	}
	run(t, ctx, "drawer", chromedp.Navigate(base+"/?q=action%3AGetObject"), idle(), chromedp.KeyEvent("jo"), wait(`!document.querySelector("#drawer").hidden`))
	look("drawer")
	run(t, ctx, "help", chromedp.KeyEvent("?"), wait(`document.querySelector("#help-dialog").open`))
	look("help")
}

// script runs a script that has no value.
func script(text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool](text+"\n;true")(ctx, target)
		return chromedp.Void{}, err
	}
}
