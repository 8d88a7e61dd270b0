package evaluate

import "math"

// Interval is a share and where it lies with 95 % confidence.
type Interval struct {
	Hits  uint64  `json:"hits"`
	Of    uint64  `json:"of"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// outside is the probability of what lies beyond either end of an interval.
const outside = 0.025

// Estimate is the interval of Clopper and Pearson (Biometrika 26, 1934, 404) for hits
// among so many trials: exact, so never narrower than it says. Of no trials it
// says nothing: from 0 to 1.
func Estimate(hits, of uint64) Interval {
	i := Interval{Hits: hits, Of: of, High: 1}
	if of == 0 {
		return i
	}
	i.Share = float64(hits) / float64(of)
	if hits > 0 { // the share of which so many hits or more are as rare as that
		i.Low = bisect(func(p float64) bool { return 1-below(hits-1, of, p) < outside })
	}
	if hits < of { // … so many or fewer
		i.High = bisect(func(p float64) bool { return below(hits, of, p) > outside })
	}
	return i
}

// bisect returns where under changes from true to false between 0 and 1.
func bisect(under func(p float64) bool) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if mid := (low + high) / 2; under(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// below is the probability of k hits or fewer among n trials of probability p.
func below(k, n uint64, p float64) float64 {
	if p <= 0 {
		return 1
	}
	if p >= 1 {
		return 0
	}
	all, _ := math.Lgamma(float64(n) + 1)
	sum := 0.0
	for i := range k + 1 {
		a, _ := math.Lgamma(float64(i) + 1)
		b, _ := math.Lgamma(float64(n-i) + 1)
		sum += math.Exp(all - a - b + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(1, sum)
}
