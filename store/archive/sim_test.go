package archive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
)

// The simulation: processes that write, seal and record share one store. Each of
// their calls of the store waits for a scheduler, which lets one go on at a time
// and says what becomes of its call. So a seed is a run, to the byte; a run that
// fails is shown by its seed.
//
//  1. Each process writes a payload of its own and one that all write, cut
//     elsewhere each time, seals now and then, and records.
//     The clocks of processes are up to a day off, either way.
//  2. A call may fail before or after it did its work, or its process dies then
//     and is started again.
//  3. Now and then, and at the end, the archive is verified by the public key.
//  4. At the end every row is there once, and every record that was confirmed.

// fate is what becomes of a call.
type fate int

const (
	works fate = iota
	failsBefore
	failsAfter
	diesBefore
	diesAfter
	fates
)

type sim struct {
	t       testing.TB
	r       *rand.Rand
	mem     *objecttest.Memory
	data    string // whose key all have
	broken  func(object.Store) object.Store
	fate    func(call int) fate
	calls   int
	wants   chan *process // has arrived at a call, or is done
	records map[string]bool
}

type process struct {
	*sim
	object.Store
	name string
	data string
	goes chan fate
	done bool
	err  error
}

var errDied = errors.New("process died")

// turn waits until the scheduler says that the call may go on. Tiles are read by
// many goroutines ahead of time, and what is read of them never changes.
func (p *process) turn(key string, call func() error) error {
	if strings.HasPrefix(key, tileRoot) && call == nil {
		return nil
	}
	p.wants <- p
	f := <-p.goes
	if f == diesBefore {
		panic(errDied)
	}
	if f == failsBefore {
		return errLost
	}
	var err error
	if call != nil {
		err = call()
	}
	switch f {
	case diesAfter:
		panic(errDied)
	case failsAfter:
		return errLost
	}
	return err
}

func (p *process) Put(ctx context.Context, key string, data []byte) error {
	return p.turn(key, func() error { return p.Store.Put(ctx, key, data) })
}

func (p *process) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	if err := p.turn(key, nil); err != nil {
		return buf, err
	}
	return p.Store.Get(ctx, key, buf)
}

func (p *process) Head(ctx context.Context, key string) (object.Info, error) {
	if err := p.turn(key, nil); err != nil {
		return object.Info{}, err
	}
	return p.Store.Head(ctx, key)
}

func (p *process) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	if err := p.turn(prefix, nil); err != nil {
		return err
	}
	return p.Store.List(ctx, prefix, fn)
}

// live is one life of a process: true if it came to its end.
func (p *process) live(r *rand.Rand, rows map[string]*event.Batch) (ended bool) {
	var a *Archive
	defer func() {
		abandon(a)
		if e := recover(); e != nil && e != errDied {
			panic(e)
		}
	}()
	ctx := context.Background()
	fails := func(err error) bool {
		if err != nil && !errors.Is(err, errLost) {
			p.err = err
		}
		return err != nil
	}
	var err error
	a, err = Open(ctx, p.data, Options{Store: p})
	if fails(err) {
		return p.err != nil
	}
	skew := time.Duration(r.IntN(49)-24) * time.Hour // of this process's clock
	a.log.now = func() time.Time { return time.Now().Add(skew) }
	names := []string{p.name, "shared"}
	if r.IntN(2) == 0 {
		names = []string{"shared", p.name}
	}
	for _, name := range names {
		b, at := rows[name], uint64(0)
		for ended := false; !ended; {
			chain, err := a.Chain(ctx, "f/"+name)
			if fails(err) {
				return p.err != nil
			}
			if n := len(chain); n > 0 {
				if at = chain[n-1].End; chain[n-1].Meta.Final {
					break
				}
			}
			n := min(1+r.IntN(3), b.Rows()-int(at))
			part := slice(b, int(at), n)
			part.Final = int(at)+n == b.Rows()
			o, _, err := a.Write(ctx, part)
			if fails(err) {
				if p.err != nil {
					return true
				}
				continue
			}
			ended = o.Meta.Final
			if r.IntN(3) == 0 && fails(a.Seal(ctx)) && p.err != nil {
				return true
			}
		}
	}
	note := p.name + strconv.Itoa(r.IntN(1e9))
	if _, err := a.Record(ctx, KindPolicy, note); !fails(err) {
		p.records[note] = true
	} else if p.err != nil {
		return true
	}
	for fails(a.Close(ctx)) {
		if p.err != nil {
			return true
		}
	}
	return true
}

// run runs processes and returns what is wrong, "" for nothing.
func (s *sim) run(processes int) string {
	s.mem, s.wants, s.records = new(objecttest.Memory), make(chan *process), map[string]bool{}
	s.data = tempDir(s.t)
	seed := s.r.Uint64()
	rows := map[string]*event.Batch{"shared": whole(rand.New(rand.NewPCG(seed, 0)), schemas.Events, "shared", 5)}
	first, err := Open(context.Background(), s.data, Options{Store: s.mem})
	if err != nil {
		return err.Error()
	}
	_ = first
	var waiting []*process
	running := 0
	for i := range processes {
		p := &process{sim: s, Store: s.mem, name: fmt.Sprint("p", i), data: filepath.Join(s.data, fmt.Sprint(i)), goes: make(chan fate)}
		if s.broken != nil {
			p.Store = s.broken(s.mem)
		}
		if err := os.CopyFS(filepath.Join(p.data, "keys"), os.DirFS(filepath.Join(s.data, "keys"))); err != nil {
			return err.Error()
		}
		if err := os.Chmod(filepath.Join(p.data, KeyFile), 0o600); err != nil {
			return err.Error()
		}
		rows[p.name] = whole(rand.New(rand.NewPCG(seed, uint64(i+1))), schemas.Table(i%2), p.name, 3)
		r := rand.New(rand.NewPCG(seed, uint64(i+100)))
		running++
		go func() {
			for lives := 0; lives < 1000 && !p.live(r, rows); lives++ {
			}
			p.done = true
			p.wants <- p
		}()
	}
	wrong := ""
	for {
		for len(waiting) < running {
			p := <-s.wants
			if !p.done {
				waiting = append(waiting, p)
				continue
			}
			running--
			if p.err != nil && wrong == "" {
				wrong = fmt.Sprintf("%s: %v", p.name, p.err)
			}
		}
		if running == 0 {
			break
		}
		// In the order of names, whoever came first: a seed is a run.
		at := 0
		pick := s.r.IntN(running)
		for i, p := range waiting {
			before := 0
			for _, q := range waiting {
				if q.name < p.name {
					before++
				}
			}
			if before == pick {
				at = i
			}
		}
		p := waiting[at]
		waiting = append(waiting[:at], waiting[at+1:]...)
		s.calls++
		p.goes <- s.fate(s.calls)
		if s.calls%97 == 0 && wrong == "" {
			// The one that goes on stops at its next call: then all stand still.
			q := <-s.wants
			if r := s.verify(); r.Status == Tampered {
				wrong = fmt.Sprintf("after %d calls: %+v", s.calls, r.Problems)
			}
			if !q.done {
				waiting = append(waiting, q)
			} else if running--; q.err != nil && wrong == "" {
				wrong = fmt.Sprintf("%s: %v", q.name, q.err)
			}
		}
	}
	if wrong != "" {
		return wrong
	}
	return s.end(rows)
}

func (s *sim) verify() Report {
	r, err := Verify(context.Background(), s.mem, pubkey(s.t, s.data), Checks{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// end is a last, undisturbed process and what must be true then.
func (s *sim) end(rows map[string]*event.Batch) string {
	ctx := context.Background()
	a, err := Open(ctx, s.data, Options{Store: s.mem})
	if err == nil {
		err = a.Close(ctx)
	}
	if err != nil {
		return err.Error()
	}
	r := s.verify()
	if r.Status != OK || r.Unfinished != 0 {
		return fmt.Sprintf("%+v", r)
	}
	calm := new(objecttest.Memory)
	b, err := Open(ctx, tempDir(s.t), Options{Store: calm})
	if err != nil {
		return err.Error()
	}
	for _, p := range rows {
		if _, _, err := b.Write(ctx, p); err != nil {
			return err.Error()
		}
	}
	got, err := Digest(ctx, s.mem)
	want, err2 := Digest(ctx, calm)
	if err != nil || err2 != nil || got != want {
		return "the rows are not those of an undisturbed run"
	}
	log, err := NewReader(ctx, s.mem)
	if err == nil {
		err = log.Leaves(ctx, 0, r.Leaves, func(l *Leaf) error {
			if note, err := strconv.Unquote(string(l.Record)); err == nil {
				delete(s.records, note)
			}
			return nil
		})
	}
	if err != nil || len(s.records) > 0 {
		return fmt.Sprintf("%d confirmed records are missing, %v", len(s.records), err)
	}
	return ""
}

func long(short, long int) int {
	if os.Getenv("SCRUBLINE_LONG") != "" {
		return long
	}
	return short
}

// Two or three processes, each call's fate and turn by chance.
func TestCrashSimulated(t *testing.T) {
	t.Parallel()
	calls := 0
	seeds := long(60, 5_000)
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		evil := r.IntN(30)
		s := &sim{t: t, r: r, fate: func(int) fate {
			if r.IntN(100) < evil {
				return fate(r.IntN(int(fates)))
			}
			return works
		}}
		if wrong := s.run(2 + r.IntN(2)); wrong != "" {
			t.Fatalf("seed %d: %s", seed, wrong)
		}
		calls += s.calls
	}
	t.Logf("%d runs, %d calls", seeds, calls)
}

// One call of one run, every call in turn, with each fate.
func TestCrashAtEveryCall(t *testing.T) {
	t.Parallel()
	sites := 0
	for seed := range uint64(long(1, 4)) {
		for f := failsBefore; f < fates; f++ {
			for at := 1; ; at++ {
				s := &sim{t: t, r: rand.New(rand.NewPCG(seed, 2)), fate: func(call int) fate {
					if call == at {
						return f
					}
					return works
				}}
				if wrong := s.run(1 + int(seed)); wrong != "" {
					t.Fatalf("seed %d, call %d, fate %d: %s", seed, at, f, wrong)
				}
				if s.calls < at {
					break
				}
				sites++
			}
		}
	}
	t.Logf("%d sites", sites)
}

// wicked is a store that breaks a promise of object.Store, as a wrong sealer or a
// wrong server would.
type wicked struct {
	*objecttest.Memory
	put func(m *objecttest.Memory, key string, data []byte) error
	get func(m *objecttest.Memory, key string) bool // hide it
}

func (w wicked) Put(ctx context.Context, key string, data []byte) error {
	if w.put != nil {
		return w.put(w.Memory, key, data)
	}
	return w.Memory.Put(ctx, key, data)
}

func (w wicked) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	if w.get != nil && w.get(w.Memory, key) {
		return buf, object.ErrNotExist
	}
	return w.Memory.Get(ctx, key, buf)
}

func (w wicked) Head(ctx context.Context, key string) (object.Info, error) {
	if w.get != nil && w.get(w.Memory, key) {
		return object.Info{}, object.ErrNotExist
	}
	return w.Memory.Head(ctx, key)
}

// The simulation finds broken promises: a checker that finds nothing shows nothing.
func TestCrashSimulationFindsBugs(t *testing.T) {
	t.Parallel()
	on := func(prefix string, do func(m *objecttest.Memory, key string, data []byte) error) func(*objecttest.Memory, string, []byte) error {
		return func(m *objecttest.Memory, key string, data []byte) error {
			if strings.HasPrefix(key, prefix) {
				return do(m, key, data)
			}
			return m.Put(context.Background(), key, data)
		}
	}
	overwrite := func(m *objecttest.Memory, key string, data []byte) error { m.Replace(key, data); return nil }
	forget := func(*objecttest.Memory, string, []byte) error { return nil }
	torn := func(m *objecttest.Memory, key string, data []byte) error {
		return m.Put(context.Background(), key, data[:len(data)/2])
	}
	lies := func(m *objecttest.Memory, key string, data []byte) error {
		if err := m.Put(context.Background(), key, data); errors.Is(err, object.ErrExists) {
			return nil // says that it was ours
		} else if err != nil {
			return err
		}
		return nil
	}
	hide := func(prefix string) func(*objecttest.Memory, string) bool {
		return func(_ *objecttest.Memory, key string) bool { return strings.HasPrefix(key, prefix) }
	}
	for name, w := range map[string]wicked{
		"claims overwrite each other":         {put: on(claimRoot, overwrite)},
		"a claim that was taken seems ours":   {put: on(claimRoot, lies)},
		"claims are not stored":               {put: on(claimRoot, forget)},
		"claims are stored by half":           {put: on(claimRoot, torn)},
		"objects overwrite each other":        {put: on(root, overwrite)},
		"an object that was taken seems ours": {put: on(root, lies)},
		"objects are not stored":              {put: on(root, forget)},
		"objects are stored by half":          {put: on(root, torn)},
		"tiles are not stored":                {put: on(tileRoot, forget)},
		"tiles are stored by half":            {put: on(tileRoot, torn)},
		"checkpoints are not stored":          {put: on(checkpointRoot, forget)},
		"receipts are not stored":             {put: on(receiptRoot, forget)},
		"receipts are stored by half":         {put: on(receiptRoot, torn)},
		"claims of others are not seen":       {get: hide(claimRoot)},
		"checkpoints are not seen":            {get: hide(checkpointRoot)},
	} {
		found := ""
		for seed := uint64(0); seed < 100 && found == ""; seed++ {
			r := rand.New(rand.NewPCG(seed, 3))
			s := &sim{t: t, r: r, fate: func(int) fate {
				if r.IntN(100) < 10 {
					return fate(r.IntN(int(fates)))
				}
				return works
			}}
			s.broken = func(object.Store) object.Store { w.Memory = s.mem; return w }
			found = s.run(2)
		}
		if found == "" {
			t.Errorf("%s: the simulation does not notice", name)
		}
	}
}
