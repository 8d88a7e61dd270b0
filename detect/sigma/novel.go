package sigma

import (
	"fmt"
	"time"
)

// Novel says that a rule fires on what is new only: on a record whose values of the
// fields Of nobody saw together with those of For within the time Within before. Who
// was not seen at all until Settle before is not judged yet: everything of theirs
// would be new. It is a member of our own, novel, beside detection.
type Novel struct {
	For, Of        []string
	Settle, Within time.Duration
}

// The defaults of a Novel's times.
const (
	DefaultSettle = 7 * 24 * time.Hour
	DefaultWithin = 60 * 24 * time.Hour
)

// parseNovel reads the member novel; nil without one.
func parseNovel(n *node) (*Novel, error) {
	v := n.key("novel")
	if v == nil {
		return nil, nil
	}
	if v.kind != isMap {
		return nil, at(v.line, "novel is a map: for, of, settle, within")
	}
	out := &Novel{For: v.strs("for"), Of: v.strs("of"), Settle: DefaultSettle, Within: DefaultWithin}
	if len(out.For) == 0 || len(out.Of) == 0 {
		return nil, at(v.line, "novel needs for (whose habits) and of (what is new): names of fields")
	}
	for i, k := range v.keys {
		var err error
		switch k {
		case "for", "of":
		case "settle":
			out.Settle, err = timespan(v.vals[i].text)
		case "within":
			out.Within, err = timespan(v.vals[i].text)
		default:
			err = fmt.Errorf("unknown")
		}
		if err != nil {
			return nil, at(v.vals[i].line, "novel: %s: write for, of, and settle and within as a number and s, m, h or d", k)
		}
	}
	if out.Settle >= out.Within {
		return nil, at(v.line, "novel: settle must be shorter than within")
	}
	return out, nil
}

// Schedule is how often the rule asks to be run over stored events besides the stream:
// its member schedule, a number and a unit as in a timespan. 0: it does not.
func (r *Rule) Schedule() time.Duration {
	d, err := timespan(r.Custom["schedule"])
	if err != nil {
		return 0
	}
	return d
}
