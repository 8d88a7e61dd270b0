package quarantine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/deploy/components"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
)

// jail is a quarantine as the pipeline and the commands use it.
type jail interface {
	Reader
	Put(ctx context.Context, e Entry, raw []byte) (string, error)
	Sync(ctx context.Context, payloadID string) error
}

// opener opens one place again and again.
type opener func(t testing.TB, opt Options) jail

// beside opens a quarantine among the objects of s.
func beside(s object.Store) opener {
	return func(t testing.TB, opt Options) jail {
		if opt.Recipient != nil {
			opt.Key = testKey
		}
		b, err := OpenBucket(s, opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
}

// anew makes places of a kind.
type anew func(t testing.TB) opener

// buckets makes buckets on a server.
func buckets(endpoint string) anew {
	client := s3test.Client(endpoint, components.MinIOUser, components.MinIOPassword)
	return func(t testing.TB) opener { return beside(s3test.New(t, client).Store("audit/")) }
}

// TestPlaces: a folder and a bucket keep the same promises.
func TestPlaces(t *testing.T) {
	places := map[string]func(t testing.TB) anew{
		"folder": func(testing.TB) anew {
			return func(t testing.TB) opener {
				dir := t.TempDir()
				return func(t testing.TB, opt Options) jail { return open(t, dir, opt) }
			}
		},
		"memory": func(testing.TB) anew {
			return func(testing.TB) opener { return beside(&objecttest.Memory{}) }
		},
		"objects in a folder": func(testing.TB) anew {
			return func(t testing.TB) opener {
				s, err := local.Open(t.TempDir(), local.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return beside(s)
			}
		},
		"MinIO": func(t testing.TB) anew {
			endpoint, _ := components.MinIO(t)
			return buckets(endpoint)
		},
		"versitygw": func(t testing.TB) anew {
			endpoint, _ := components.VersityGW(t)
			return buckets(endpoint)
		},
	}
	k := newKeys(t)
	for name, kind := range places {
		t.Run(name, func(t *testing.T) {
			make := kind(t)
			for promise, check := range map[string]func(*testing.T, keys, opener){
				"what is synced is there":     whatIsSynced,
				"once":                        once,
				"long records are cut":        longRecords,
				"text is refused":             textIsRefused,
				"marks stay":                  marksStay,
				"nothing can be read":         nothingCanBeRead,
				"many entries of one payload": manyEntries,
			} {
				t.Run(promise, func(t *testing.T) { check(t, k, make(t)) })
			}
		})
	}
}

func keep(t testing.TB, p jail, e Entry, raw string) string {
	t.Helper()
	name, err := p.Put(t.Context(), e, []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func synced(t testing.TB, p jail) {
	t.Helper()
	if err := p.Sync(t.Context(), entry(0).PayloadID); err != nil {
		t.Fatal(err)
	}
}

func listed(t testing.TB, p jail) (items []Item) {
	t.Helper()
	if err := p.List(t.Context(), func(it Item) error { items = append(items, it); return nil }); err != nil {
		t.Fatal(err)
	}
	return items
}

func whatIsSynced(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub})
	name := keep(t, w, entry(3), "raw record")
	empty := keep(t, w, entry(4), "")
	synced(t, w)
	want := Item{ID: name, PayloadID: "f/0a1b", Record: 3, Code: "json_syntax", Time: entry(3).Time, Size: 10, Hash: w.(interface{ hash([]byte) [32]byte }).hash([]byte("raw record")), Kept: true}
	for _, r := range []jail{w, at(t, Options{})} { // the writer itself, and who reads while it writes
		if it, origin, raw, err := r.Open(t.Context(), name, k.priv); err != nil || string(raw) != "raw record" || origin != "/logs/app.log" || it != want {
			t.Fatalf("got %+v, %q, %q, %v", it, origin, raw, err)
		}
		if _, _, raw, err := r.Open(t.Context(), empty, k.priv); err != nil || len(raw) != 0 {
			t.Fatalf("empty record: %q, %v", raw, err)
		}
		if items := listed(t, r); len(items) != 2 || items[0] != want || items[1].ID != empty {
			t.Fatalf("listed %+v", items)
		}
		enough := errors.New("enough")
		if err := r.List(t.Context(), func(Item) error { return enough }); err != enough {
			t.Errorf("what ends a list: %v", err)
		}
		if _, _, _, err := r.Open(t.Context(), name, newKeys(t).priv); !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("another key: %v", err)
		}
		for _, none := range []string{"", "xyz", strings.Repeat("0", 32), name + "0"} {
			if _, _, _, err := r.Open(t.Context(), none, k.priv); !errors.Is(err, ErrNotFound) {
				t.Errorf("opening %q: %v", none, err)
			}
		}
		if r.Stats().Damaged != 0 {
			t.Errorf("%+v", r.Stats())
		}
	}
	if _, err := at(t, Options{}).Put(t.Context(), entry(9), nil); !errors.Is(err, errReadOnly) {
		t.Errorf("put when read-only: %v", err)
	}
}

// once: a payload that is read again, cut elsewhere, in later lives, leaves each of its
// records once, with the bytes that were kept first.
func once(t *testing.T, k keys, at opener) {
	for _, life := range [][]uint64{{5, 9}, {5, 9, 12}, {2, 5, 9, 12, 20}, {9, 20, 21}, {21}} {
		w := at(t, Options{Recipient: k.pub})
		for _, n := range life {
			keep(t, w, entry(n), fmt.Sprint("record ", n))
			keep(t, w, entry(n), fmt.Sprint("record ", n))
		}
		synced(t, w)
		synced(t, w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Put(t.Context(), entry(1), nil); err == nil {
			t.Error("put after close")
		}
	}
	r := at(t, Options{})
	var got []uint64
	for _, it := range listed(t, r) {
		got = append(got, it.Record)
		if _, _, raw, err := r.Open(t.Context(), it.ID, k.priv); err != nil || string(raw) != fmt.Sprint("record ", it.Record) {
			t.Errorf("record %d: %q, %v", it.Record, raw, err)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []uint64{2, 5, 9, 12, 20, 21}) {
		t.Errorf("%d", got)
	}
}

func longRecords(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub, MaxRecord: 8})
	byReader := entry(2)
	byReader.Cut = true
	long, cut, whole := keep(t, w, entry(1), "123456789"), keep(t, w, byReader, "1234"), keep(t, w, entry(3), "12345678")
	synced(t, w)
	if it, _, raw, err := w.Open(t.Context(), long, k.priv); err != nil || string(raw) != "12345678" || !it.Cut || it.Size != 9 {
		t.Errorf("%+v, %q, %v", it, raw, err)
	}
	if it, _, _, err := w.Open(t.Context(), cut, k.priv); err != nil || !it.Cut || it.Size != 4 {
		t.Errorf("cut by the reader: %+v, %v", it, err)
	}
	if it, _, _, err := w.Open(t.Context(), whole, k.priv); err != nil || it.Cut {
		t.Errorf("whole: %+v, %v", it, err)
	}
}

func textIsRefused(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub})
	for _, bad := range []Entry{{PayloadID: "f/1", Code: "John Smith"}, {PayloadID: "a b", Code: "x"}, {PayloadID: "f/1"}} {
		if _, err := w.Put(t.Context(), bad, []byte("canary")); err == nil || strings.Contains(err.Error(), "Smith") {
			t.Errorf("%.40v: %v", bad, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Put(ctx, entry(1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	synced(t, w)
	if items := listed(t, w); len(items) > 0 {
		t.Errorf("something was written: %+v", items)
	}
}

func marksStay(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub})
	var ids []string
	for n := range uint64(4) {
		ids = append(ids, keep(t, w, entry(n), "x"))
	}
	synced(t, w)
	for range 2 { // a replay that is run again
		if err := at(t, Options{}).MarkReplayed(t.Context(), ids[1:3]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.MarkReplayed(t.Context(), ids[3:]); err != nil {
		t.Fatal(err)
	}
	var marked []bool
	for _, it := range listed(t, at(t, Options{})) {
		marked = append(marked, it.Replayed)
	}
	if !slices.Equal(marked, []bool{false, true, true, true}) {
		t.Error(marked)
	}
}

// nothingCanBeRead: what the jail prints, says and lists holds nothing of a record or
// its origin.
func nothingCanBeRead(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub})
	e := entry(0)
	e.Origin = "s3://b/smith-canary"
	name := keep(t, w, e, "patient-canary")
	said := fmt.Sprintf("%v %+v %#v %s %q", w, w, w, w, w)
	synced(t, w)
	_, _, _, err := w.Open(t.Context(), name, newKeys(t).priv)
	if said += fmt.Sprint(listed(t, w), w.Stats(), err); strings.Contains(said, "canary") || strings.Contains(said, string(bytes.TrimSpace(testKey))) {
		t.Errorf("it says %q", said)
	}
}

func manyEntries(t *testing.T, k keys, at opener) {
	w := at(t, Options{Recipient: k.pub, SegmentBytes: 2000})
	raw := strings.Repeat("r", 150)
	for n := range uint64(40) {
		keep(t, w, entry(n), raw)
	}
	other := entry(0)
	other.PayloadID = "k/0a1b"
	keep(t, w, other, "of another payload")
	synced(t, w)
	if err := w.Sync(t.Context(), other.PayloadID); err != nil {
		t.Fatal(err)
	}
	if n := len(listed(t, at(t, Options{}))); n != 41 {
		t.Errorf("%d entries", n)
	}
}

// hash names bytes, for tests.
func (b *Bucket) hash(raw []byte) [32]byte { return b.box.hash(raw) }
func (s *Store) hash(raw []byte) [32]byte  { return s.box.hash(raw) }
