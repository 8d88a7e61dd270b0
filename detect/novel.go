package detect

import (
	"encoding/binary"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Novelties tells, of matches in the order of time, which are of something new (see
// sigma.Novel), for one goroutine. It is for backtests: all pairs are in memory.
type Novelties struct {
	pairs map[string]int64   // when a pair was seen last
	whose map[string][]int64 // when somebody was seen, a time a day
}

// NewNovelties returns one that has seen nothing.
func NewNovelties() *Novelties {
	return &Novelties{pairs: map[string]int64{}, whose: map[string][]int64{}}
}

// day is how exactly it is remembered when somebody was seen.
const day = 24 * 60 * 60 * 1000

// Fires says whether a match of r at time t (Unix milliseconds) is an alert; one of a
// rule that is about no novelties always is.
func (n *Novelties) Fires(r *sigma.Rule, t int64, first func(string) ([]byte, bool)) bool {
	if r.Novel == nil {
		return true
	}
	who, ok := key([]byte(r.Key()+"\x00"), r.Novel.For, first)
	if !ok {
		return false
	}
	pair, ok := key([]byte(who), r.Novel.Of, first)
	if !ok {
		return false
	}
	least := t - r.Novel.Within.Milliseconds()
	last, known := n.pairs[pair]
	settled := false
	for _, at := range n.whose[who] {
		settled = settled || at >= least && at <= t-r.Novel.Settle.Milliseconds()
	}
	if n.pairs[pair] = t; len(n.whose[who]) == 0 || t-n.whose[who][len(n.whose[who])-1] >= day {
		n.whose[who] = append(n.whose[who], t)
	}
	return settled && (!known || last < least)
}

// key appends the first texts of fields to dst; ok is false if one is missing.
func key(dst []byte, fields []string, first func(string) ([]byte, bool)) (string, bool) {
	for _, f := range fields {
		b, ok := first(f)
		if !ok {
			return "", false
		}
		folded := sigma.AppendFold(nil, b)
		dst = append(binary.AppendUvarint(dst, uint64(len(folded))), folded...)
	}
	return string(dst), true
}
