package detect

import (
	"slices"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Family lists the rules that r needs, each once, and r behind them.
func Family(r *sigma.Rule) []*sigma.Rule {
	var out []*sigma.Rule
	if r.Correlation != nil {
		for _, b := range r.Correlation.Rules {
			for _, m := range Family(b) {
				if !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
		}
	}
	return append(out, r)
}
