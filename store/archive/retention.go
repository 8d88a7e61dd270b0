package archive

import (
	"context"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Retention is how long a store that locks keeps objects, by kind of log.
type Retention struct {
	Default object.Period
	Classes map[string]object.Period // by source, for example "aws_vpcflow"
}

// Of returns how long objects of a source are kept.
func (r Retention) Of(source string) object.Period {
	if p, ok := r.Classes[source]; ok {
		return p
	}
	return r.Default
}

// Longest returns a period that covers all others: what everything is kept for
// that is needed to prove any object, such as the seal log.
func (r Retention) Longest() object.Period {
	longest := r.Default
	for _, p := range r.Classes {
		if !longest.Covers(p) {
			longest = object.Period{Years: max(longest.Years, p.Years), Days: max(longest.Days, p.Days)}
		}
	}
	return longest
}

// put stores an object for as long as its source asks, and notes before that it has to
// be sealed.
func (a *Archive) put(ctx context.Context, key string, data []byte, source string) error {
	if err := a.journal.note(key, a.log.sealed.Load()); err != nil {
		return err
	}
	if s, ok := a.store.(object.Retainer); ok && a.retention.Of(source) != (object.Period{}) {
		return s.PutFor(ctx, key, data, a.retention.Of(source))
	}
	return a.store.Put(ctx, key, data)
}
