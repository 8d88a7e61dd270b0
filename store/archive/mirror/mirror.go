// Package mirror keeps a second copy of an archive: in another bucket, region or
// account, or in a folder.
//
// What is missing follows from the two lists, so a copy that was interrupted goes
// on by itself and nothing has to be remembered. Objects are copied before the log
// that names them, and checkpoints last: whatever the copy holds at any time, its
// newest checkpoint covers only what it has. What is there is never overwritten;
// what differs is reported.
package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Options of Run.
type Options struct {
	// Last are prefixes in the order in which they are copied after all else: what
	// stands further back covers what stands before it.
	Last    []string
	Workers int // objects copied at a time; default 4
}

// Report is what Run found and did.
type Report struct {
	Objects  int      `json:"objects"` // in the original
	Copied   int      `json:"copied"`  // now
	Bytes    int64    `json:"bytes"`   // of those
	Missing  int      `json:"missing"` // still, because of an error
	Differ   []string `json:"differ"`  // keys that hold something else in the copy
	Extra    []string `json:"extra"`   // keys that only the copy has
	Lag      float64  `json:"lag_seconds"`
	Complete bool     `json:"complete"` // the copy has all that the original had when it was listed
}

// named bounds the keys that a report lists.
const named = 100

// Run brings what is missing of from to to, and reads each object back from there.
// An error says that it could not go on; the report says how far it came. Lag is
// how old the oldest object was that the copy did not have when Run began.
func Run(ctx context.Context, from, to object.Store, o Options) (Report, error) {
	m := &run{from: from, to: to, workers: max(o.Workers, 1), report: Report{Differ: []string{}, Extra: []string{}}}
	if o.Workers == 0 {
		m.workers = 4
	}
	// Lists are made in the reverse order of copying: what covers is listed before
	// what it covers.
	waves := make([][]object.Info, len(o.Last)+1)
	for i := len(o.Last); i >= 0; i-- {
		prefix, skip := "", o.Last
		if i > 0 {
			prefix, skip = o.Last[i-1], o.Last[i:]
		}
		var err error
		if waves[i], err = m.missing(ctx, prefix, skip); err != nil {
			return m.report, err
		}
	}
	for _, wave := range waves {
		for _, i := range wave {
			m.report.Lag = max(m.report.Lag, time.Since(i.Stored).Seconds())
			m.report.Missing++
		}
	}
	for _, wave := range waves {
		if err := m.copy(ctx, wave); err != nil {
			return m.report, err
		}
	}
	m.report.Complete = m.report.Missing == 0 && len(m.report.Differ) == 0
	return m.report, nil
}

type run struct {
	from, to object.Store
	workers  int
	mu       sync.Mutex // guards report while objects are copied
	report   Report
}

// listed yields a store's objects in the order of their keys.
func listed(ctx context.Context, s object.Store, prefix string) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		enough := errors.New("enough")
		err := s.List(ctx, prefix, func(i object.Info) error {
			if !yield(i, nil) {
				return enough
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(object.Info{}, err)
		}
	}
}

func under(key string, prefixes []string) bool {
	for _, p := range prefixes {
		if len(key) >= len(p) && key[:len(p)] == p {
			return true
		}
	}
	return false
}

// missing walks both lists side by side.
func (m *run) missing(ctx context.Context, prefix string, skip []string) ([]object.Info, error) {
	next, stop := iter.Pull2(listed(ctx, m.to, prefix))
	defer stop()
	has, err, more := next()
	if err != nil {
		return nil, fmt.Errorf("listing the copy: %w", err)
	}
	var list []object.Info
	advance := func(until string) error {
		for more && (until == "" || has.Key < until) {
			if !under(has.Key, skip) {
				note(&m.report.Extra, has.Key)
			}
			if has, err, more = next(); err != nil {
				return fmt.Errorf("listing the copy: %w", err)
			}
		}
		return nil
	}
	for i, err := range listed(ctx, m.from, prefix) {
		if err != nil {
			return nil, fmt.Errorf("listing the original: %w", err)
		}
		if under(i.Key, skip) {
			continue
		}
		m.report.Objects++
		if err := advance(i.Key); err != nil {
			return nil, err
		}
		switch {
		case !more || has.Key != i.Key:
			list = append(list, i)
			continue
		case has.Size != i.Size:
			note(&m.report.Differ, i.Key)
		}
		if has, err, more = next(); err != nil {
			return nil, fmt.Errorf("listing the copy: %w", err)
		}
	}
	return list, advance("")
}

func note(list *[]string, key string) {
	if len(*list) < named {
		*list = append(*list, key)
	}
}

// copy copies objects, several at a time. The first error ends it.
func (m *run) copy(ctx context.Context, list []object.Info) error {
	group, ctx := errgroup.WithContext(ctx)
	var at atomic.Int64
	for range min(m.workers, len(list)) {
		group.Go(func() error {
			var data, back []byte
			for {
				n := int(at.Add(1)) - 1
				if n >= len(list) || ctx.Err() != nil {
					return ctx.Err()
				}
				var err error
				if data, back, err = m.one(ctx, list[n], data, back); err != nil {
					return fmt.Errorf("copying %s: %w", list[n].Key, err)
				}
			}
		})
	}
	return group.Wait()
}

// one copies an object and compares what the copy says it holds, byte by byte.
func (m *run) one(ctx context.Context, i object.Info, data, back []byte) (_, _ []byte, err error) {
	if data, err = m.from.Get(ctx, i.Key, data[:0]); err != nil {
		return data, back, err
	}
	if err := m.put(ctx, i.Key, data); err != nil && !errors.Is(err, object.ErrExists) {
		return data, back, err
	}
	if back, err = m.to.Get(ctx, i.Key, back[:0]); err != nil {
		return data, back, fmt.Errorf("reading back: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.report.Missing--
	if !bytes.Equal(data, back) {
		note(&m.report.Differ, i.Key)
		return data, back, nil
	}
	m.report.Copied++
	m.report.Bytes += int64(len(data))
	return data, back, nil
}

// put stores an object in the copy, locked for no less than the original is, and
// under hold if that is.
func (m *run) put(ctx context.Context, key string, data []byte) error {
	retainer, ok := m.to.(object.Retainer)
	if !ok {
		return m.to.Put(ctx, key, data)
	}
	info, err := m.from.Head(ctx, key)
	if err != nil {
		return err
	}
	if info.Mode == object.Unlocked {
		err = m.to.Put(ctx, key, data)
	} else {
		days := max(1, int(time.Until(info.LockedUntil)/(24*time.Hour))+1)
		err = retainer.PutFor(ctx, key, data, object.Period{Days: days})
	}
	if err != nil && !errors.Is(err, object.ErrExists) {
		return err
	}
	from, both := m.from.(object.Holder)
	to, can := m.to.(object.Holder)
	if !both || !can {
		return err
	}
	held, heldErr := from.Held(ctx, key)
	if heldErr == nil && held {
		heldErr = to.Hold(ctx, key, true)
	}
	return errors.Join(err, heldErr)
}
