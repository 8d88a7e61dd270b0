package archive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// abandon leaves an archive as a killed process does: nothing is sealed.
func abandon(a *Archive) {
	if a != nil && a.journal.f != nil {
		_ = a.journal.f.Close()
	}
}

func TestOpenSealsWhatAKilledProcessStored(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	write(t, a, batch(schemas.Events, "app", "aa", 0, 5, false))
	if err := a.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	write(t, a, batch(schemas.Events, "app", "aa", 5, 5, true))
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "bb", 0, 5, true))
	abandon(a)
	r := verify(t, data)
	if r.ExitCode() != 2 || len(r.Problems) != 2 || r.Problems[0].Kind != Unsealed {
		t.Fatalf("%+v", r)
	}
	closeArchive(t, open(t, data))
	if r := mustVerify(t, data); r.Objects != 3 || r.Rows != 15 || r.Events != 15 || r.Payloads != 2 || r.Unfinished != 0 {
		t.Fatalf("%+v", r)
	}
}

// Every state that dying while sealing can leave: the claim stored, and of what
// follows from it the first so many objects.
func TestSealingIsRestartable(t *testing.T) {
	t.Parallel()
	for died := 0; ; died++ {
		data := tempDir(t)
		a := open(t, data)
		write(t, a, batch(schemas.Events, "app", "aa", 0, 5, false))
		if err := a.Seal(context.Background()); err != nil {
			t.Fatal(err)
		}
		a.log.now = func() time.Time { return time.Now().Add(24 * time.Hour) } // a manifest is due too
		write(t, a, batch(schemas.Events, "app", "aa", 5, 5, true))
		write(t, a, batch(schemas.Flows, "aws_vpcflow", "bb", 0, 5, true))
		s := &mortal{Store: a.log.store, puts: died}
		a.log.store = s
		err := a.Seal(context.Background())
		if err == nil {
			if died < 6 {
				t.Fatalf("sealing took %d steps: the test shows nothing", died)
			}
			return
		}
		if r := verify(t, data); r.ExitCode() != 2 {
			t.Fatalf("died at %d: %+v", died, r)
		}
		abandon(a)
		again := open(t, data)
		again.log.now = a.log.now
		closeArchive(t, again)
		if r := mustVerify(t, data); r.Objects != 3 {
			t.Fatalf("died at %d: %+v", died, r)
		}
		if r := verifyReceipts(t, data); r.Status != OK || r.Receipts != 3 {
			t.Fatalf("died at %d: %+v", died, r)
		}
	}
}

// mortal dies after so many Puts.
type mortal struct {
	object.Store
	puts int
}

func (m *mortal) Put(ctx context.Context, key string, data []byte) error {
	if m.puts == 0 {
		return errLost
	}
	m.puts--
	return m.Store.Put(ctx, key, data)
}

func TestOpenRefusesADamagedLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(v vandal)
	}{
		{"no newest checkpoint", func(v vandal) { v.remove(v.newest()) }},
		{"no checkpoint", func(v vandal) { v.remove(checkpointRoot) }},
		{"no log", func(v vandal) { v.remove(logRoot) }},
		{"no archive", func(v vandal) { v.remove("") }},
		{"another leaf", func(v vandal) { v.change(tileKey(tlog.Tile{Level: tlog.Entries, W: 8}), `"rows":20`, `"rows":21`) }},
		{"another key's checkpoint", func(v vandal) { v.sign(v.newest(), nil) }},
		{"an earlier state", func(v vandal) { v.rollback(2) }},
	} {
		data, _, keys := sample(t)
		c.do(vandal{t, filepath.Join(data, Folder), keys})
		if _, err := Open(context.Background(), data, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A running process notices when the log is put back behind its back.
func TestRollbackUnderARunningProcess(t *testing.T) {
	t.Parallel()
	data, _, keys := sample(t)
	a := open(t, data)
	defer a.Close(context.Background())
	v := vandal{t, filepath.Join(data, Folder), keys}
	v.rollback(2)
	write(t, a, batch(schemas.Events, "app", "ee", 0, 5, true))
	if err := a.Seal(context.Background()); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
}

func TestLostKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	if err := os.Remove(filepath.Join(data, KeyFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), data, Options{}); err == nil || !strings.Contains(err.Error(), "signing key") {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(data, KeyFile)); err == nil {
		t.Fatal("a new key was made for an archive sealed with another")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	info, err := os.Stat(filepath.Join(data, KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if err := os.Chmod(filepath.Join(data, KeyFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), data, Options{}); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Fatal(err)
	}
}

// faulty fails or dies around Put.
type faulty struct {
	object.Store
	mu   sync.Mutex
	rand *rand.Rand
}

var errLost = errors.New("answer lost")

func (f *faulty) Put(ctx context.Context, key string, data []byte) error {
	f.mu.Lock()
	fate := f.rand.IntN(6)
	f.mu.Unlock()
	switch fate {
	case 0:
		return errLost // before it was stored
	case 1:
		if err := f.Store.Put(ctx, key, data); err != nil {
			return err
		}
		return errLost // after it
	case 2:
		panic(errLost)
	case 3:
		if err := f.Store.Put(ctx, key, data); err != nil {
			return err
		}
		panic(errLost)
	}
	return f.Store.Put(ctx, key, data)
}

// Payloads are written by a process that dies and is started again, cutting
// batches elsewhere each time, over a store that loses answers. In the end the
// archive holds every row once, whatever happened: the digest says so.
func TestCrashesLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		data := tempDir(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		rows := map[string]*event.Batch{"aa": whole(r, schemas.Events, "aa", 40), "bb": whole(r, schemas.Flows, "bb", 60), "cc": whole(r, schemas.Events, "cc", 0)}
		for lives := 0; ; lives++ {
			if lives > 400 {
				rt.Fatal("does not end")
			}
			if live(ctx, rt, r, data, rows) {
				break
			}
			if got := verify(t, data); got.Status == Tampered {
				rt.Fatalf("%+v", got)
			}
		}
		if got := mustVerify(t, data); got.Rows != 100 || got.Payloads != 3 || got.Unfinished != 0 {
			rt.Fatalf("%+v", got)
		}
		calm := tempDir(t)
		a := open(t, calm)
		for _, p := range []string{"aa", "bb", "cc"} {
			write(t, a, rows[p])
		}
		closeArchive(t, a)
		if digest(t, data) != digest(t, calm) {
			rt.Fatal("the rows are not those of an undisturbed run")
		}
	})
}

// whole returns all rows of a payload.
func whole(r *rand.Rand, table schemas.Table, payload string, rows int) *event.Batch {
	b := event.NewBatch(table)
	b.Reset(batchtest.Meta(table, "app", payload, 0, true))
	batchtest.Random(r, b, rows)
	return b
}

// live is one life of a process; it returns true if it came to the end.
func live(ctx context.Context, rt *rapid.T, r *rand.Rand, data string, rows map[string]*event.Batch) (done bool) {
	s, err := local.Open(filepath.Join(data, Folder), local.Options{})
	if err != nil {
		rt.Fatal(err)
	}
	var a *Archive
	defer func() {
		abandon(a)
		if p := recover(); p != nil && p != errLost {
			panic(p)
		}
	}()
	// A lost answer that the caller does not ask for again is a death too.
	dies := func(err error) bool {
		if err != nil && !errors.Is(err, errLost) {
			rt.Fatal(err)
		}
		return err != nil
	}
	a, err = Open(ctx, data, Options{Store: &faulty{Store: s, rand: r}})
	if dies(err) {
		return false
	}
	for payload, b := range rows {
		chain, err := a.Chain(ctx, "f/"+payload)
		if err != nil {
			rt.Fatal(err)
		}
		var at uint64
		if n := len(chain); n > 0 {
			if at = chain[n-1].End; chain[n-1].Meta.Final {
				continue
			}
		}
		for {
			n := min(1+r.IntN(30), b.Rows()-int(at))
			part := slice(b, int(at), n)
			part.Final = int(at)+n == b.Rows()
			o, _, err := a.Write(ctx, part)
			if dies(err) {
				continue
			}
			if at = o.End; o.Meta.Final {
				break
			}
		}
		if r.IntN(2) == 0 && dies(a.Seal(ctx)) && r.IntN(3) == 0 {
			return false
		}
	}
	for dies(a.Close(ctx)) {
		if r.IntN(3) == 0 {
			return false
		}
	}
	return true
}

// slice copies n rows of b from row at on into a new batch.
func slice(b *event.Batch, at, n int) *event.Batch {
	out := event.NewBatch(b.Table)
	m := b.Meta
	m.Start += uint64(at)
	out.Reset(m)
	for row := at; row < at+n; row++ {
		for _, c := range b.Columns() {
			switch c.Info().Kind {
			case schemas.KString:
				out.SetBytes(c, b.Str(c).At(row))
			case schemas.KDict:
				out.SetString(c, b.Dict(c).At(row))
			case schemas.KStrings:
				from, to := b.Strs(c).Row(row)
				for i := from; i < to; i++ {
					out.SetBytes(c, b.Strs(c).Items.At(i))
				}
			case schemas.KIP:
				out.SetAddr(c, b.Addrs(c)[row])
			default:
				out.SetNum(c, b.Nums(c)[row])
			}
		}
		out.EndRow()
	}
	return out
}

// Archives that nobody touched: not one false alarm.
func TestCleanArchivesVerify(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed := range uint64(long(200, 1000)) {
		r := rand.New(rand.NewPCG(seed, 77))
		data := tempDir(t)
		a := open(t, data)
		var rows uint64
		for p := range 1 + r.IntN(5) {
			table := schemas.Table(r.IntN(2))
			b := whole(r, table, fmt.Sprint("p", p), r.IntN(30))
			b.Source = fmt.Sprint("source", r.IntN(3))
			rows += uint64(b.Rows())
			for at := 0; ; {
				n := r.IntN(b.Rows()-at+1) | 1
				n = min(n, b.Rows()-at)
				part := slice(b, at, n)
				part.Final = at+n == b.Rows()
				write(t, a, part)
				if at += n; part.Final {
					break
				}
				switch r.IntN(6) {
				case 0:
					if err := a.Seal(ctx); err != nil {
						t.Fatal(err)
					}
				case 1:
					abandon(a)
					a = open(t, data)
				}
			}
		}
		closeArchive(t, a)
		if got := mustVerify(t, data); got.Rows != rows || got.Unfinished != 0 {
			t.Fatalf("seed %d: %+v", seed, got)
		}
	}
}
