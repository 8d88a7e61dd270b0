package evaluate

import (
	"math"
	"testing"
)

// TestEstimate compares with the tables of Clopper and Pearson: 0 of n has the upper
// end 1-(0.025)^(1/n), and the others are R's binom.test.
func TestEstimate(t *testing.T) {
	for _, c := range []struct {
		hits, of  uint64
		low, high float64
	}{
		{0, 0, 0, 1},
		{0, 100, 0, 1 - math.Pow(0.025, 1.0/100)},
		{0, 1000, 0, 1 - math.Pow(0.025, 1.0/1000)},
		{100, 100, math.Pow(0.025, 1.0/100), 1},
		{1, 10, 0.002528579, 0.445016117},
		{5, 10, 0.187086028, 0.812913972},
		{3, 1000, 0.000619130, 0.008741791},
	} {
		i := Estimate(c.hits, c.of)
		if math.Abs(i.Low-c.low) > 1e-6 || math.Abs(i.High-c.high) > 1e-6 {
			t.Errorf("%d of %d: %.9f to %.9f, want %.9f to %.9f", c.hits, c.of, i.Low, i.High, c.low, c.high)
		}
	}
}

// TestEstimateCovers holds the promise for a share that is known: of the numbers of
// hits that can be, those whose interval holds it make up 95 % at least.
func TestEstimateCovers(t *testing.T) {
	for _, p := range []float64{0.001, 0.02, 0.3, 0.9} {
		const n = 60
		covered, before := 0.0, 0.0
		for k := range uint64(n + 1) {
			upto := below(k, n, p)
			if i := Estimate(k, n); i.Low <= p && p <= i.High {
				covered += upto - before
			}
			before = upto
		}
		if covered < 0.95 {
			t.Errorf("share %v is covered with %.4f only", p, covered)
		}
	}
}
