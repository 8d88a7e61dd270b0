package schedule_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/schemas"
)

// hit is a stored row that the rule matches.
type hit struct {
	at    time.Time // of the event
	batch string
	no    uint64
	who   string
	what  string
	came  time.Time
}

// world is a store: its rows become visible as time goes on. fail is the number of
// writes after which all fail, if above zero.
type world struct {
	watch.Book // what is not below is not used
	now        time.Time
	hits       []hit
	runs       []book.Run
	alerts     map[[2]string]*alert.Part
	seen       map[[3]string]seenRow // by whose, what and window
	unwatched  string                // batch that the stream never sees
	stream     map[string]bool       // alerts that the stream raised
	fail       int
	writes     int
}

type seenRow struct {
	book.Seen
	window time.Time
}

func newWorld(now time.Time) *world {
	return &world{now: now, alerts: map[[2]string]*alert.Part{}, seen: map[[3]string]seenRow{}, stream: map[string]bool{}}
}

var errDown = errors.New("the store is down")

func (w *world) down() error {
	if w.writes++; w.fail > 0 && w.writes > w.fail {
		return errDown
	}
	return nil
}

func (w *world) Tenant() string { return "test" }

func (w *world) Alerts(_ context.Context, parts []*alert.Part) error {
	if err := w.down(); err != nil {
		return err
	}
	for _, p := range parts {
		w.alerts[[2]string{p.ID, p.Batch}] = p
	}
	return nil
}

func (w *world) Runs(_ context.Context, rs []book.Run) error {
	if err := w.down(); err != nil {
		return err
	}
	w.runs = append(w.runs, rs...)
	return nil
}

func (w *world) HasWatched(_ context.Context, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, k := range keys {
		out[k] = w.unwatched != k
	}
	return out, nil
}

func (w *world) Raised(_ context.Context, ids []string) (map[string]bool, error) {
	return w.stream, nil
}

func (w *world) See(_ context.Context, _, _ string, window time.Time, seen []book.Seen) error {
	if err := w.down(); err != nil {
		return err
	}
	for _, s := range seen {
		w.seen[[3]string{s.Whose, s.What, window.String()}] = seenRow{s, window}
	}
	return nil
}

func (w *world) Seen(_ context.Context, _, _ string, whose []string, from, to time.Time, each func(book.Seen) error) error {
	for _, s := range w.seen {
		if slices.Contains(whose, s.Whose) && !s.window.Before(from) && s.window.Before(to) {
			if err := each(s.Seen); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) Scheduled(_ context.Context, rule, version string, since time.Time) ([]book.Run, error) {
	newest := map[time.Time]book.Run{}
	for _, r := range w.runs {
		if r.Kind == book.Schedule && r.Rule == rule && r.Version == version && r.To.After(since) && !r.At.Before(newest[r.From].At) {
			newest[r.From] = r
		}
	}
	var out []book.Run
	for _, r := range newest {
		out = append(out, r)
	}
	return out, nil
}

func (w *world) LastScheduled(_ context.Context, rule, version string) (end time.Time, err error) {
	for _, r := range w.runs {
		if r.Kind == book.Schedule && r.Rule == rule && r.Version == version && r.To.After(end) {
			end = r.To
		}
	}
	return end, nil
}

func (w *world) Arrivals(_ context.Context, since time.Time) (out []book.Arrival, err error) {
	for _, h := range w.hits {
		if h.came.After(since) && !h.came.After(w.now) {
			out = append(out, book.Arrival{Source: "aws_cloudtrail", From: h.at, To: h.at, At: h.came})
		}
	}
	return out, nil
}

func (w *world) Oldest(context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	for _, h := range w.hits {
		if t, ok := out["aws_cloudtrail"]; !h.came.After(w.now) && (!ok || h.at.Before(t)) {
			out["aws_cloudtrail"] = h.at
		}
	}
	return out, nil
}

// Find implements watch.Finder.
func (w *world) Find(_ context.Context, _ *sigma.Rule, _ []string, from, to int64) iter.Seq2[*watch.Stored, error] {
	return func(yield func(*watch.Stored, error) bool) {
		found := slices.Clone(w.hits)
		slices.SortFunc(found, func(a, b hit) int {
			return cmp.Or(a.at.Compare(b.at), strings.Compare(a.batch, b.batch), cmp.Compare(a.no, b.no))
		})
		for _, h := range found {
			if t := h.at.UnixMilli(); t < from || t >= to || h.came.After(w.now) {
				continue
			}
			if w.down() != nil {
				yield(nil, errDown)
				return
			}
			if !yield(&watch.Stored{
				Time: h.at.UnixMilli(), Ref: alert.Ref{Batch: h.batch, Record: h.no}, Source: "aws_cloudtrail",
				Cells: func(c schemas.Column) string { return map[schemas.Column]string{schemas.ActorID: h.who}[c] },
				Field: func(name string) ([]byte, bool) {
					return []byte(map[string]string{"who": h.who, "what": h.what}[name]), true
				},
			}, nil) {
				return
			}
		}
	}
}
