package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/store/archive"
)

// tape is a partition in memory. Nothing is committed anywhere: who reads it has
// only the archive to know where to go on.
type tape struct {
	name     string
	messages []ingest.Message
	first    uint64 // offset that the log begins with: what was before is gone
	end      uint64 // offset after the last
	format   string
}

// add appends messages, one offset after the other.
func (p *tape) add(values ...string) {
	for _, v := range values {
		p.messages = append(p.messages, ingest.Message{Offset: p.end, Epoch: 3, Time: day, Value: []byte(v)})
		p.end++
	}
}

// skip leaves offsets out, as aborted transactions and markers do.
func (p *tape) skip(n uint64) { p.end += n }

// tapes is an input that plays tapes, some messages of each at a time, to their
// ends.
type tapes struct {
	t      testing.TB
	of     []*tape
	window int // messages of a tape that are delivered at a time

	mu       sync.Mutex
	at       map[*tape]ingest.Position
	finished map[*tape]uint64 // offset up to which all is done
}

func (in *tapes) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	in.at, in.finished = map[*tape]ingest.Position{}, map[*tape]uint64{}
	for i, p := range in.of {
		if err := in.send(ctx, emit, p, &ingest.Stretch{Ask: true, End: p.end}, i == len(in.of)-1); err != nil {
			return err
		}
	}
	read := map[*tape]uint64{}
	for again := true; again; {
		again = false
		var parts []*ingest.Stretch
		var of []*tape
		for _, p := range in.of {
			s := &ingest.Stretch{From: in.at[p], Format: p.format}
			from := max(read[p], in.at[p].Offset)
			if p.first > in.at[p].Offset {
				s.Gap = p.first
				from = max(from, p.first)
			}
			for i := range p.messages {
				if m := &p.messages[i]; m.Offset >= from && len(s.Messages) < in.window {
					s.Messages = append(s.Messages, *m)
					read[p] = m.Offset + 1
				}
			}
			if len(s.Messages) > 0 || s.Gap > 0 {
				parts, of = append(parts, s), append(of, p)
			}
		}
		for i, s := range parts {
			again = true
			if err := in.send(ctx, emit, of[i], s, i == len(parts)-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *tapes) send(ctx context.Context, emit func(context.Context, ingest.Payload) error, p *tape, s *ingest.Stretch, turn bool) error {
	s.Reached = func(at ingest.Position) {
		in.mu.Lock()
		defer in.mu.Unlock()
		if at.Offset < in.at[p].Offset {
			in.t.Errorf("%s went back from %d to %d", p.name, in.at[p].Offset, at.Offset)
		}
		in.at[p] = at
	}
	to := uint64(0)
	if n := len(s.Messages); n > 0 {
		to = s.Messages[n-1].Offset + 1
	}
	return emit(ctx, ingest.Payload{
		Origin: ingest.Origin{Name: p.name, Time: day}, Scheme: "k", Identity: p.name, Size: s.Bytes(), Stream: s, Turn: turn,
		Done: func(err error) {
			in.mu.Lock()
			defer in.mu.Unlock()
			if err == nil {
				in.finished[p] = max(in.finished[p], to)
			}
		},
	})
}

// play runs tapes to their ends.
func (r *rig) play(cfg Config, window int, of ...*tape) error {
	r.t.Helper()
	runner, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	in := &tapes{t: r.t, of: of, window: window}
	return runner.Run(r.t.Context(), in, func(p ingest.Payload, res Result) {
		if res.Records != res.Events+res.Tombstones {
			r.t.Errorf("%s: %d records, %d events, %d tombstones", res.Origin, res.Records, res.Events, res.Tombstones)
		}
	})
}

// stream is the chain of a tape in the archive.
func (r *rig) stream(p *tape) []archive.Object {
	r.t.Helper()
	runner, err := New(r.config())
	if err != nil {
		r.t.Fatal(err)
	}
	chain, err := r.archive.Chain(context.Background(), runner.PayloadID(&ingest.Payload{Scheme: "k", Identity: p.name}))
	if err != nil {
		r.t.Fatal(err)
	}
	return chain
}

// covers says what is wrong with a chain as the archive of all of a tape: each
// message is in it once, with as many records as records says, and nothing else.
func covers(p *tape, chain []archive.Object, records func(offset uint64) uint64) error {
	at := map[uint64]uint64{}
	gap := uint64(0)
	for _, o := range chain {
		s := o.Meta.Stream
		if s == nil {
			return errors.New("an object is of no stream")
		}
		if s.Gap > 0 {
			gap = s.Gap
		}
		for _, r := range s.Runs {
			for k := range r[1] {
				if _, ok := at[r[0]+k]; ok {
					return fmt.Errorf("message %d is there twice", r[0]+k)
				}
				at[r[0]+k] = r[2]
			}
		}
	}
	for i := range p.messages {
		m := &p.messages[i]
		n, ok := at[m.Offset]
		switch want := records(m.Offset); {
		case !ok && m.Offset < gap, !ok && want == 0: // gone, or nothing in it at the end
		case !ok:
			return fmt.Errorf("message %d is missing", m.Offset)
		case n != want:
			return fmt.Errorf("message %d has %d records, want %d", m.Offset, n, want)
		}
		delete(at, m.Offset)
	}
	for offset := range at {
		return fmt.Errorf("message %d is not of the tape", offset)
	}
	return nil
}

// mixed is a tape of all that a message can be, and the number of its records.
func mixed(name string, n int) (*tape, func(uint64) uint64) {
	p := &tape{name: name}
	records := map[uint64]uint64{}
	add := func(value string, n uint64) {
		records[p.end] = n
		p.add(value)
	}
	for i := range n {
		switch i % 9 {
		case 0, 1, 2:
			add(trail(i), 1)
		case 3:
			add(trail(1000+i)+"\n"+trail(2000+i)+"\n", 2)
		case 4:
			add(`{"Records":[`+trail(3000+i)+`,`+trail(4000+i)+`,`+trail(5000+i)+`]}`, 3)
		case 5:
			add(string(zip([]byte(`{"Records":[`+trail(6000+i)+`,`+trail(7000+i)+`]}`))), 2)
		case 6:
			add("", 0)
			p.skip(3)
		case 7:
			add("\x00\x01\x02\x03", 1) // a tombstone
		case 8:
			flow := log(kinds[1], 10*i, 2)
			add(string(flow.raw), uint64(2+kinds[1].plus))
		}
	}
	return p, func(offset uint64) uint64 { return records[offset] }
}

// TestStream: a partition with messages of every kind is archived once and whole,
// whatever the windows and batches, and goes on where it ended.
func TestStream(t *testing.T) {
	for _, window := range []int{1, 3, 100} {
		for _, rows := range []int{1, 4, 1000} {
			r := newRig(t, nil)
			cfg := r.config()
			cfg.BatchRows = rows
			a, na := mixed("a", 30)
			b, nb := mixed("b", 11)
			if err := r.play(cfg, window, a, b); err != nil {
				t.Fatal(err)
			}
			r.reborn()
			cfg = r.config()
			a.add(trail(9001), trail(9002))
			more := func(offset uint64) uint64 { return max(na(offset), offset/(a.end-2)) }
			if err := r.play(cfg, window, a, b); err != nil {
				t.Fatal(err)
			}
			if err := covers(a, r.stream(a), more); err != nil {
				t.Errorf("window %d, rows %d: %v", window, rows, err)
			}
			if err := covers(b, r.stream(b), nb); err != nil {
				t.Errorf("window %d, rows %d: %v", window, rows, err)
			}
			if m := r.sink.(*memory); m.origins["a"] != r.rows()["a"] || m.origins["b"] != r.rows()["b"] || m.origins["a"] == 0 {
				t.Errorf("inserted %v, archived %v", m.origins, r.rows())
			}
		}
	}
}

// TestStreamGap: what is gone when it is to be read leaves a row that says so: at
// the beginning of a stream, and later.
func TestStreamGap(t *testing.T) {
	r := newRig(t, nil)
	p := &tape{name: "a", first: 40, end: 40}
	p.add(trail(1), trail(2))
	if err := r.play(r.config(), 10, p); err != nil {
		t.Fatal(err)
	}
	p.skip(58)
	p.first = 100
	p.add(trail(3))
	if err := r.play(r.config(), 10, p); err != nil {
		t.Fatal(err)
	}
	chain := r.stream(p)
	if len(chain) != 2 || chain[0].Meta.Stream.Gap != 40 || chain[0].Tombstones != 1 || chain[0].Events != 2 ||
		chain[1].Meta.Stream.From != 42 || chain[1].Meta.Stream.Gap != 100 || chain[1].Tombstones != 1 || chain[1].Events != 1 {
		t.Errorf("%+v", chain)
	}
	if err := covers(p, chain, func(uint64) uint64 { return 1 }); err != nil {
		t.Error(err)
	}
}

// TestStreamOfPoison: a message that cannot be read costs one tombstone and lies in
// quarantine whole; those around it are events.
func TestStreamOfPoison(t *testing.T) {
	cut := zip(bytes.Repeat([]byte(trail(1)+"\n"), 50))
	for name, c := range map[string]struct {
		value      string
		tombstones uint64
	}{
		"binary":   {"\x00", 1},
		"cut gzip": {string(cut[:len(cut)-20]), 1},
		"bomb":     {string(zip(bytes.Repeat([]byte("0"), 70<<20))), 2}, // a record that is too long, and then too much
		"not JSON": {`{"a":`, 1},
	} {
		r := newRig(t, nil)
		p := &tape{name: "a"}
		p.add(trail(5), c.value, trail(6))
		if err := r.play(r.config(), 10, p); err != nil {
			t.Fatal(err)
		}
		events, tombstones := uint64(0), uint64(0)
		for _, o := range r.stream(p) {
			events, tombstones = events+o.Events, tombstones+o.Tombstones
		}
		if events < 2 || tombstones != c.tombstones {
			t.Errorf("%s: %d events, %d tombstones", name, events, tombstones)
		}
	}
}

// nothing is done with results.
func nothing(ingest.Payload, Result) {}
