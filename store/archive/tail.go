package archive

import (
	"context"
	"errors"
	"fmt"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// offsetDigits is how many digits the names of a stream's objects have.
const offsetDigits = 20

// Tail returns the last object of a stream among those that start before the
// offset below; ok is false if there is none. It reads that one object. To find
// it among millions it looks for the greatest name digit by digit: each try is a
// list of which the first key is enough. With below near the end these are
// about 25.
func (a *Archive) Tail(ctx context.Context, payloadID string, below uint64) (o Object, ok bool, err error) {
	if below == 0 {
		return Object{}, false, nil
	}
	folder := root + payloadID + "/"
	name, err := a.greatest(ctx, folder, "", fmt.Sprintf("%0*d", offsetDigits, below-1), true)
	if err != nil {
		return Object{}, false, fmt.Errorf("looking for the end of stream %s: %w", payloadID, err)
	}
	if name == "" {
		return Object{}, false, nil
	}
	if o, err = a.stretch(ctx, folder+name); err != nil {
		return Object{}, false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tails[payloadID] = o
	return o, true, nil
}

// Before returns the object of a stream before o, which must not be its first.
func (a *Archive) Before(ctx context.Context, o *Object) (Object, error) {
	return a.stretch(ctx, root+o.Meta.PayloadID+"/"+fmt.Sprintf("%0*d", offsetDigits, o.Meta.Stream.Before))
}

func (a *Archive) stretch(ctx context.Context, name string) (Object, error) {
	key, err := newestOf(ctx, a.store, name)
	if err != nil {
		return Object{}, fmt.Errorf("looking for an object of a stream: %w", err)
	}
	o, err := a.look(ctx, key)
	if err != nil {
		return Object{}, fmt.Errorf("reading an object of a stream: %w", err)
	}
	if o.Meta.Stream == nil {
		return Object{}, fmt.Errorf("%w: object %s: it is of no stream", ErrDamaged, o.Key)
	}
	return o, nil
}

// greatest returns the greatest name in folder that starts with prefix and is not
// above most, "" if there is none. tight says that prefix is most's own beginning.
func (a *Archive) greatest(ctx context.Context, folder, prefix, most string, tight bool) (string, error) {
	if len(prefix) == offsetDigits {
		return prefix, nil
	}
	top := byte('9')
	if tight {
		top = most[len(prefix)]
	}
	for d := top; d >= '0'; d-- {
		next := prefix + string(d)
		found, err := a.any(ctx, folder+next)
		if err != nil {
			return "", err
		}
		if !found {
			continue
		}
		name, err := a.greatest(ctx, folder, next, most, tight && d == top)
		if name != "" || err != nil {
			return name, err
		}
	}
	return "", nil
}

// errFound ends a list.
var errFound = errors.New("found")

// any says whether there is an object whose key starts so.
func (a *Archive) any(ctx context.Context, prefix string) (bool, error) {
	err := a.store.List(ctx, prefix, func(object.Info) error { return errFound })
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// joins says whether m's messages follow those of before, which is empty if there
// are none: a stream begins with the offset 0.
func joins(before *Object, m *event.Meta) bool {
	b := before.Meta.Stream
	if before.Key == "" {
		return m.Stream == nil || m.Stream.From == 0
	}
	if b == nil || m.Stream == nil {
		return b == nil && m.Stream == nil
	}
	return b.To == m.Stream.From && b.From == m.Stream.Before
}
