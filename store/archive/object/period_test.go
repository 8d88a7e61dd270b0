package object

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPeriodText(t *testing.T) {
	for in, want := range map[string]string{
		"7y": "7y", "30d": "30d", "6y30d": "6y30d", "100y": "100y", "2557d": "2557d", "0y1d": "1d",
		"": "", "y": "", "7": "", "7m": "", "0d": "", "0y": "", "30d6y": "", "7y7y": "", "1d1d": "", "-7y": "", "7y ": "", "101y": "",
		"100y1d": "", "36500d": "36500d", "99999999999999999999y": "",
	} {
		var p Period
		if err := p.UnmarshalText([]byte(in)); (err == nil) != (want != "") || err == nil && p.String() != want {
			t.Errorf("%q: %v %v, want %q", in, p, err, want)
		}
	}
}

// Covers never says so if on some day it is not so.
func TestPeriodCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Period {
			years := rapid.IntRange(0, 90).Draw(t, name+" years")
			return Period{years, rapid.IntRange(0, 8).Draw(t, name+" more") + (90-years)*365}
		}
		p, q := draw("p"), draw("q")
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 36500).Draw(t, "day"))
		if p.Covers(q) && p.After(at).Before(q.After(at)) {
			t.Fatal(p, q, at)
		}
	})
	for _, c := range []struct {
		p, q Period
		want bool
	}{
		{Period{Years: 6}, Period{Years: 7}, false}, {Period{Years: 6}, Period{Years: 6}, true}, {Period{Years: 7}, Period{Years: 6}, true},
		{Period{Days: 2190}, Period{Years: 6}, false}, {Period{Days: 2192}, Period{Years: 6}, true}, {Period{Years: 6, Days: 1}, Period{Years: 6}, true},
		{Period{Days: 1}, Period{Days: 2}, false}, {Period{Years: 7}, Period{Days: 30}, true},
	} {
		if got := c.p.Covers(c.q); got != c.want {
			t.Errorf("%v covers %v: %v", c.p, c.q, got)
		}
	}
}
