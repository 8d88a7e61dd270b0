package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// Somebody whose records name patients and no resource: the page shows the patients,
// and the row of one leads to its events.
func TestActorsPatients(t *testing.T) {
	opened := func(number string) querytest.Row {
		return querytest.Row{Time: end.Add(-1), Source: "app", Text: map[schemas.Column]string{
			schemas.ActorName: "cwhitlock", schemas.Action: "read", schemas.PatientToken: querytest.Token("patient", number), schemas.Native: "{}"}}
	}
	link := serve(t, func(s *clickhouse.Store, _ *api.Options) {
		querytest.Insert(t, s, schemas.Events, "charts", []querytest.Row{opened("MRN-1"), opened("MRN-2"), opened("MRN-2")})
	})
	base, _, _ := strings.Cut(link, "/?")
	ctx := browser(t)
	run(t, ctx, "log in", chromedp.Navigate(link), idle())
	run(t, ctx, "ask", chromedp.Navigate(base+"/?view=access&by=actor&subject=cwhitlock"), wait(`document.querySelectorAll("#view tbody tr").length >= 2`), idle())
	if got := js[string](t, ctx, `document.querySelector("#view th").textContent + document.querySelector("#foot").textContent`); got != "Patient2 patients, all shown." {
		t.Errorf("the page shows %s", got)
	}
	check(t, ctx, "patients")
	run(t, ctx, "a patient", eval(`[...document.querySelectorAll("#view tbody tr")].find((r) => r.querySelector(".who").title === "`+querytest.Token("patient", "MRN-2")+`").click()`),
		wait(`document.querySelector("#status").textContent.startsWith("2 rows")`))
}
