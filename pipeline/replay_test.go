package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/quarantine"
)

// deepTrail is CloudTrail of which every third record nests deeper than shallow
// allows; record 4 is no event at all.
func deepTrail(first, n int) string {
	return `{"Records":[` + number(first, n, ",", func(i int) string {
		switch {
		case i-first == 4:
			return `{"eventVersion":"1.09","eventVersion":"1.08"}`
		case i%3 == 0:
			return strings.Replace(trail(i), `"bucketName":"charts"`, `"bucketName":"charts","x":{"y":{"z":{"w":["MRN: 4412345"]}}}`, 1)
		}
		return trail(i)
	}) + `]}`
}

func deepLines(first, n int) string {
	return number(first, n, "", func(i int) string {
		if i%3 == 1 {
			return fmt.Sprintf(`{"time":"2026-03-04T05:06:%02dZ","msg":"visit %d","a":{"b":{"c":{"d":{"e":"SSN 219-09-1234"}}}}}`+"\n", i%60, i)
		}
		return jsonLines(i, 1)
	})
}

// shallow is config with a limit that deep records exceed: what is to be mended.
func (r *rig) shallow() Config {
	cfg := r.config()
	cfg.Options.Limits = ingest.DefaultLimits
	cfg.Options.Limits.Depth = 4
	return cfg
}

// replay replays all that is in quarantine and not marked.
func (r *rig) replay(a Successors, sink Sink) (Replayed, error) {
	r.t.Helper()
	key, err := seal.ReadPrivateKey(r.path("quarantine.key"))
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.quar.Sync(r.t.Context(), ""); err != nil {
		r.t.Fatal(err)
	}
	byPayload := map[string][]Quarantined{}
	ids := map[string]string{}
	var payloads []string
	if err := r.quar.List(r.t.Context(), func(i quarantine.Item) error {
		if i.Replayed {
			return nil
		}
		if byPayload[i.PayloadID] == nil {
			payloads = append(payloads, i.PayloadID)
		}
		ids[fmt.Sprint(i.PayloadID, i.Record)] = i.ID
		byPayload[i.PayloadID] = append(byPayload[i.PayloadID], Quarantined{
			Record: i.Record, Code: ingest.Code(i.Code), Cut: i.Cut,
			Open: func() (string, []byte, error) {
				_, origin, raw, err := r.quar.Open(r.t.Context(), i.ID, key)
				return origin, raw, err
			},
		})
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	cfg := r.config()
	cfg.Sink = sink
	p, err := NewReplayer(cfg, a)
	if err != nil {
		r.t.Fatal(err)
	}
	defer p.Close()
	p.Done = func(payload string, records []uint64) error {
		var done []string
		for _, n := range records {
			done = append(done, ids[fmt.Sprint(payload, n)])
		}
		return r.quar.MarkReplayed(r.t.Context(), done)
	}
	for _, id := range payloads {
		records := byPayload[id]
		slices.SortFunc(records, func(a, b Quarantined) int { return int(a.Record) - int(b.Record) })
		if err := p.Replay(r.t.Context(), id, records); err != nil {
			return p.Replayed, err
		}
	}
	return p.Replayed, nil
}

func deepLogs() []payload {
	return []payload{
		{name: "AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/04/trail.json", raw: []byte(deepTrail(0, 30))},
		{name: "app.jsonl", raw: []byte(deepLines(0, 30))},
		log(kinds[1], 500, 9),
	}
}

// TestReplayMakesWhatTheFixWouldHaveMade: quarantined records that are replayed after a
// fix give the archive and the rows that the fixed program makes of the logs.
func TestReplayMakesWhatTheFixWouldHaveMade(t *testing.T) {
	want := newRig(t, nil)
	want.mustRun(want.config(), deepLogs()...)
	r := newRig(t, nil)
	r.mustRun(r.shallow(), deepLogs()...)
	if r.digest() == want.digest() {
		t.Fatal("nothing was quarantined")
	}
	got, err := r.replay(r.archive, r.sink)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mended != 20 || got.Failing != 1 || got.Before+got.Partial != 0 || got.Objects == 0 {
		t.Errorf("%+v", got)
	}
	if r.digest() != want.digest() {
		t.Error("the archive is another than the fixed program's")
	}
	if len(r.sink.(*memory).rows) != len(want.sink.(*memory).rows) {
		t.Error("the sink has other rows")
	}
	r.reborn() // what is ingested again finds all of it
	again := r.mustRun(r.config(), deepLogs()...)
	if n := again["app.jsonl"]; n.Tombstones != 0 || n.Events != 30 {
		t.Errorf("%+v", n)
	}
	if got, err := r.replay(r.archive, r.sink); err != nil || got.Mended+got.Before != 0 || got.Failing != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

// TestReplayIntoStream: the places of a stream's records are found and kept, and what
// may stand for more than one record is left alone.
func TestReplayIntoStream(t *testing.T) {
	p := &tape{name: "logs/0"}
	for i := range 12 {
		p.add(deepLines(i*4, 3)) // its last record is a deep one in every third message
	}
	r := newRig(t, nil)
	cfg := r.shallow()
	if err := r.play(cfg, 4, p); err != nil {
		t.Fatal(err)
	}
	before := r.stream(p)
	got, err := r.replay(r.archive, r.sink)
	if err != nil {
		t.Fatal(err)
	}
	if got.Mended != 8 || got.Partial != 4 || got.Failing+got.Before != 0 {
		t.Errorf("%+v", got)
	}
	after := r.stream(p)
	if err := covers(p, after, func(uint64) uint64 { return 3 }); err != nil {
		t.Error(err)
	}
	for i := range after {
		if d := cmp.Diff(before[i].Meta.Stream, after[i].Meta.Stream); d != "" {
			t.Error(d)
		}
	}
	r.reborn()
	p.add(deepLines(99, 3)) // the stream goes on behind
	if err := r.play(r.config(), 4, p); err != nil {
		t.Fatal(err)
	}
	if err := covers(p, r.stream(p), func(uint64) uint64 { return 3 }); err != nil {
		t.Error(err)
	}
}

// flaky fails at its n-th call, before or after it did what it was asked.
type flaky struct {
	Successors
	Sink
	left  int
	after bool
}

var errFlaky = errors.New("it broke off")

func (f *flaky) broke(after bool) bool {
	if after != f.after {
		return false
	}
	f.left--
	return f.left == 0
}

func (f *flaky) Supersede(ctx context.Context, o *archive.Object, b *event.Batch) (archive.Object, bool, error) {
	if f.broke(false) {
		return archive.Object{}, false, errFlaky
	}
	now, adopted, err := f.Successors.Supersede(ctx, o, b)
	if f.broke(true) {
		return archive.Object{}, false, errFlaky
	}
	return now, adopted, err
}

func (f *flaky) Insert(ctx context.Context, bs []*event.Batch, doubt bool) error {
	if f.broke(false) {
		return errFlaky
	}
	err := f.Sink.Insert(ctx, bs, doubt)
	if f.broke(true) {
		return errFlaky
	}
	return err
}

// TestReplayThatBreaksOff: wherever a replay breaks off, the next one ends with what an
// undisturbed one makes.
func TestReplayThatBreaksOff(t *testing.T) {
	want := newRig(t, nil)
	want.mustRun(want.config(), deepLogs()...)
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			r := newRig(t, nil)
			cfg := r.shallow()
			cfg.BatchRows = 10
			r.mustRun(cfg, deepLogs()...)
			f := &flaky{Successors: r.archive, Sink: r.sink, left: at, after: after}
			_, err := r.replay(f, f)
			if err == nil {
				break
			}
			if !errors.Is(err, errFlaky) {
				t.Fatal(err)
			}
			r.reborn()
			got, err := r.replay(r.archive, r.sink)
			if err != nil {
				t.Fatal(err)
			}
			if r.digest() != want.digest() {
				t.Fatalf("call %d, after %v: another archive: %+v", at, after, got)
			}
			for _, n := range r.mustRun(r.config(), deepLogs()...) {
				if n.Tombstones > 1 {
					t.Fatalf("call %d, after %v: %+v", at, after, n)
				}
			}
			m := r.sink.(*memory)
			err = r.archive.Walk(t.Context(), nil, func(o archive.Object) error {
				if m.ledger[o.Meta.Key()].SHA256 != o.SHA256.String() {
					return fmt.Errorf("call %d, after %v: the sink has not what %s says", at, after, o.Key)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
