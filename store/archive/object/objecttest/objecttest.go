// Package objecttest is the suite that every object.Store passes. A store
// that passes is good enough for everything above it.
package objecttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Run runs the suite. open returns a store on an empty place of its own.
func Run(t *testing.T, open func(t *testing.T) object.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, object.Store)
	}{
		{"what is put is got", putGet},
		{"put never overwrites", neverOverwrites},
		{"get appends to the buffer", getAppends},
		{"missing objects", missing},
		{"bad keys are refused", badKeys},
		{"lists are in key order", listOrder},
		{"list by prefix", listPrefix},
		{"list stops at an error", listStops},
		{"of many writers one wins", race},
		{"readers see whole objects", wholeObjects},
		{"a cancelled context", cancelled},
		{"behaves like a map", model},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func put(t testing.TB, s object.Store, key string, data []byte) {
	t.Helper()
	if err := s.Put(context.Background(), key, data); err != nil {
		t.Fatal(err)
	}
}

func putGet(t *testing.T, s object.Store) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range []int{0, 1, 4095, 4096, 4097, 1 << 20, 9 << 20} {
		key := fmt.Sprintf("v1/f/aa/%012d.parquet", size)
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		want := bytes.Clone(data)
		put(t, s, key, data)
		clear(data) // it was ours again when Put returned
		got, err := s.Get(context.Background(), key, nil)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %v", size, err)
		}
		info, err := s.Head(context.Background(), key)
		if err != nil || info.Key != key || info.Size != int64(size) || info.Stored.IsZero() {
			t.Fatalf("head: %+v %v", info, err)
		}
		if (info.Mode == object.Unlocked) != info.LockedUntil.IsZero() {
			t.Fatalf("head: a lock without an end, or the reverse: %+v", info)
		}
	}
}

func neverOverwrites(t *testing.T, s object.Store) {
	put(t, s, "v1/a", []byte("first"))
	for _, again := range []string{"second", "first", ""} {
		if err := s.Put(context.Background(), "v1/a", []byte(again)); !errors.Is(err, object.ErrExists) {
			t.Fatal(err)
		}
	}
	if got, err := s.Get(context.Background(), "v1/a", nil); err != nil || string(got) != "first" {
		t.Fatalf("%q %v", got, err)
	}
}

func getAppends(t *testing.T, s object.Store) {
	put(t, s, "k", []byte("value"))
	got, err := s.Get(context.Background(), "k", []byte("before "))
	if err != nil || string(got) != "before value" {
		t.Fatalf("%q %v", got, err)
	}
}

func missing(t *testing.T, s object.Store) {
	put(t, s, "v1/a/b", []byte("x"))
	for _, key := range []string{"nothing", "v1/a", "v1/a/b/c", "v1/a/bb"} {
		if _, err := s.Get(context.Background(), key, nil); !errors.Is(err, object.ErrNotExist) {
			t.Errorf("get %s: %v", key, err)
		}
		if _, err := s.Head(context.Background(), key); !errors.Is(err, object.ErrNotExist) {
			t.Errorf("head %s: %v", key, err)
		}
	}
}

func badKeys(t *testing.T, s object.Store) {
	for _, key := range []string{"", "/", "/a", "a/", "a//b", "..", "../x", "a/../b", "a/./b", ".hidden", "a/.b", "a b", "a\\b", "ü", "a\x00b"} {
		if err := s.Put(context.Background(), key, nil); !errors.Is(err, object.ErrKey) {
			t.Errorf("put %q: %v", key, err)
		}
		if _, err := s.Get(context.Background(), key, nil); !errors.Is(err, object.ErrKey) {
			t.Errorf("get %q: %v", key, err)
		}
		if _, err := s.Head(context.Background(), key); !errors.Is(err, object.ErrKey) {
			t.Errorf("head %q: %v", key, err)
		}
	}
}

func list(t testing.TB, s object.Store, prefix string) (keys []string) {
	t.Helper()
	err := s.List(context.Background(), prefix, func(i object.Info) error {
		keys = append(keys, i.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func listOrder(t *testing.T, s object.Store) {
	// '-' and '.' sort before '/', '0' after it: folders are no keys.
	keys := []string{"v1/a/z", "v1/a-b/x", "v1/a.b/x", "v1/a0/x", "v1/a.c", "v1/a/b/c/d", "v1/B", "v2"}
	for _, key := range keys {
		put(t, s, key, []byte(key))
	}
	slices.Sort(keys)
	if got := list(t, s, ""); !slices.Equal(got, keys) {
		t.Fatal(got)
	}
}

func listPrefix(t *testing.T, s object.Store) {
	for _, key := range []string{"v1/f/aa/0", "v1/f/aa/1", "v1/f/aab/0", "v1/f/ab", "v1/k/aa/0"} {
		put(t, s, key, nil)
	}
	for prefix, want := range map[string][]string{
		"v1/f/aa/":  {"v1/f/aa/0", "v1/f/aa/1"},
		"v1/f/aa":   {"v1/f/aa/0", "v1/f/aa/1", "v1/f/aab/0"},
		"v1/f/aa/1": {"v1/f/aa/1"},
		"v1/k":      {"v1/k/aa/0"},
		"v2":        nil,
		"v1/f/ab/":  nil,
	} {
		if got := list(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("%s: %v", prefix, got)
		}
	}
}

func listStops(t *testing.T, s object.Store) {
	put(t, s, "a", nil)
	put(t, s, "b/c", nil)
	put(t, s, "d", nil)
	stop, n := errors.New("enough"), 0
	err := s.List(context.Background(), "", func(object.Info) error {
		if n++; n == 2 {
			return stop
		}
		return nil
	})
	if err != stop || n != 2 {
		t.Fatal(err, n)
	}
}

func race(t *testing.T, s object.Store) {
	for round := range 20 {
		key := fmt.Sprintf("v1/r/%d", round)
		won := make([]error, 8)
		var wg sync.WaitGroup
		for i := range won {
			wg.Go(func() { won[i] = s.Put(context.Background(), key, []byte{byte(i)}) })
		}
		wg.Wait()
		winner := slices.Index(won, nil)
		got, err := s.Get(context.Background(), key, nil)
		if err != nil || len(got) != 1 || int(got[0]) != winner {
			t.Fatal(got, err, won)
		}
		for i, err := range won {
			if i != winner && !errors.Is(err, object.ErrExists) {
				t.Fatal(err)
			}
		}
	}
}

func wholeObjects(t *testing.T, s object.Store) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	done := make(chan error, 1)
	go func() {
		for i := range 30 {
			if err := s.Put(context.Background(), fmt.Sprintf("v1/w/%03d", i), data); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
		err := s.List(context.Background(), "v1/", func(i object.Info) error {
			got, err := s.Get(context.Background(), i.Key, nil)
			if err == nil && (!bytes.Equal(got, data) || i.Size != int64(len(data))) {
				err = errors.New("half an object")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func cancelled(t *testing.T, s object.Store) {
	put(t, s, "here", nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Put(ctx, "k", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Get(ctx, "here", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := s.List(ctx, "", func(object.Info) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := list(t, s, ""); len(got) != 1 {
		t.Error(got)
	}
}

func model(t *testing.T, s object.Store) {
	// One store for all checks: each has a prefix of its own.
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		prefix := fmt.Sprintf("m%d/", checks)
		want := map[string]string{}
		for range rapid.IntRange(0, 12).Draw(rt, "steps") {
			// Names and folders differ, as in a bucket nobody forbids but nobody uses.
			key := prefix + rapid.StringMatching(`d[a-c.-]/(d[0-2]/)?f[a-c0.=-]`).Draw(rt, "key")
			value := rapid.String().Draw(rt, "value")
			err := s.Put(context.Background(), key, []byte(value))
			if _, taken := want[key]; taken != errors.Is(err, object.ErrExists) || !taken && err != nil {
				rt.Fatal(key, err)
			} else if !taken {
				want[key] = value
			}
		}
		var keys []string
		for key, value := range want {
			keys = append(keys, key)
			if got, err := s.Get(context.Background(), key, nil); err != nil || string(got) != value {
				rt.Fatal(key, err)
			}
		}
		slices.Sort(keys)
		var got []string
		if err := s.List(context.Background(), prefix, func(i object.Info) error { got = append(got, i.Key); return nil }); err != nil || !slices.Equal(got, keys) {
			rt.Fatal(got, keys, err)
		}
	})
}
