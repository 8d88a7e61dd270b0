package quarantine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/scrubline/scrubline/scrub/seal"
)

var testKey = bytes.Repeat([]byte{7}, 32)

type keys struct {
	pub  *seal.PublicKey
	priv *seal.PrivateKey
}

func newKeys(t testing.TB) keys {
	t.Helper()
	pub, priv := filepath.Join(t.TempDir(), "pub"), filepath.Join(t.TempDir(), "priv")
	to, err := seal.GenerateKey(pub, priv)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ReadPrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	return keys{to, key}
}

func open(t testing.TB, dir string, opt Options) *Store {
	t.Helper()
	if opt.Recipient != nil {
		opt.Key = testKey
	}
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func entry(record uint64) Entry {
	return Entry{PayloadID: "f/0a1b", Record: record, Code: "json_syntax", Origin: "/logs/app.log", Time: time.UnixMilli(1_700_000_000_123).UTC()}
}

func put(t testing.TB, s *Store, e Entry, raw string) string {
	t.Helper()
	name, err := s.Put(context.Background(), e, []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func list(t testing.TB, s *Store) (items []Item) {
	t.Helper()
	if err := s.List(context.Background(), func(it Item) error { items = append(items, it); return nil }); err != nil {
		t.Fatal(err)
	}
	return items
}

func TestPutAndOpen(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	s := open(t, dir, Options{Recipient: k.pub})
	name := put(t, s, entry(3), "raw record")
	empty := put(t, s, entry(4), "")
	want := Item{ID: name, PayloadID: "f/0a1b", Record: 3, Code: "json_syntax", Time: entry(3).Time, Size: 10, Hash: s.box.hash([]byte("raw record")), Kept: true}
	for range 2 { // the second time from disk, read-only
		it, origin, raw, err := s.Open(t.Context(), name, k.priv)
		if err != nil || string(raw) != "raw record" || origin != "/logs/app.log" || it != want {
			t.Fatalf("got %+v, %q, %q, %v", it, origin, raw, err)
		}
		if _, _, raw, err := s.Open(t.Context(), empty, k.priv); err != nil || len(raw) != 0 {
			t.Fatalf("empty record: %q, %v", raw, err)
		}
		if items := list(t, s); len(items) != 2 || items[0] != want {
			t.Fatalf("listed %+v", items)
		}
		if err := s.Sync(context.Background(), ""); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, Options{})
	}
	if _, err := s.Put(context.Background(), entry(9), nil); !errors.Is(err, errReadOnly) {
		t.Errorf("put when read-only: %v", err)
	}
	if _, _, _, err := s.Open(t.Context(), name, newKeys(t).priv); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	for _, none := range []string{"", "xyz", strings.Repeat("0", 32)} {
		if _, _, _, err := s.Open(t.Context(), none, k.priv); !errors.Is(err, ErrNotFound) {
			t.Errorf("opening %q: %v", none, err)
		}
	}
}

func TestTheSameRecordIsKeptOnce(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	names := map[string]bool{}
	var size int64
	for run := range 3 {
		s := open(t, dir, Options{Recipient: k.pub})
		for i := range uint64(20) {
			names[put(t, s, entry(i), fmt.Sprint("record ", i))] = true
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); st.Entries != 20 || run > 0 && st.Bytes != size {
			t.Errorf("run %d: %+v", run, st)
		} else {
			size = st.Bytes
		}
	}
	other := open(t, dir, Options{Recipient: k.pub})
	names[put(t, other, Entry{PayloadID: "f/0a1c", Record: 1, Code: "syntax"}, "record 1")] = true
	if len(names) != 21 {
		t.Errorf("%d names for 21 records", len(names))
	}
}

func TestTwoProcessesCannotWrite(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	s := open(t, dir, Options{Recipient: k.pub})
	if _, err := Open(dir, Options{Recipient: k.pub, Key: testKey}); !errors.Is(err, ErrInUse) {
		t.Errorf("second writer: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(context.Background(), entry(1), nil); err == nil {
		t.Error("put after close")
	}
	open(t, dir, Options{Recipient: k.pub})
}

func TestLongRecordsAreCutAndFlagged(t *testing.T) {
	k := newKeys(t)
	s := open(t, t.TempDir(), Options{Recipient: k.pub, MaxRecord: 8})
	long := put(t, s, entry(1), "123456789")
	it, _, raw, err := s.Open(t.Context(), long, k.priv)
	if err != nil || string(raw) != "12345678" || !it.Cut || it.Size != 9 || it.Hash != s.box.hash([]byte("123456789")) {
		t.Errorf("%+v, %q, %v", it, raw, err)
	}
	e := entry(2)
	e.Cut = true
	if it, _, _, err := s.Open(t.Context(), put(t, s, e, "1234"), k.priv); err != nil || !it.Cut || it.Size != 4 {
		t.Errorf("cut by the reader: %+v, %v", it, err)
	}
	if it, _, _, err := s.Open(t.Context(), put(t, s, entry(3), "12345678"), k.priv); err != nil || it.Cut {
		t.Errorf("whole: %+v, %v", it, err)
	}
}

func TestFullKeepsSizeAndHashAndStaysBounded(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	limits := Options{Recipient: k.pub, MaxBytes: 16 << 10}
	s := open(t, dir, limits)
	raw := strings.Repeat("r", 1000)
	kept, marked := 0, ""
	for i := range uint64(100) {
		name, err := s.Put(context.Background(), entry(i), []byte(raw))
		if err == nil {
			kept++
		} else if !errors.Is(err, ErrFull) || name == "" {
			t.Fatal(err)
		} else if marked == "" {
			marked = name
		}
	}
	if st := s.Stats(); kept < 12 || kept > 15 || st.Omitted != uint64(100-kept) || st.Bytes > 17<<10 || st.Entries <= kept {
		t.Errorf("kept %d, %+v", kept, st)
	}
	it, _, _, err := s.Open(t.Context(), marked, k.priv)
	if !errors.Is(err, ErrFull) || it.Size != 1000 || it.Hash != s.box.hash([]byte(raw)) {
		t.Errorf("%+v, %v", it, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	limits.MaxBytes = 0 // room again: the second ingest keeps what the first could not
	s = open(t, dir, limits)
	for i := range uint64(100) {
		put(t, s, entry(i), raw)
	}
	if _, _, got, err := s.Open(t.Context(), marked, k.priv); err != nil || string(got) != raw {
		t.Errorf("after there was room: %v", err)
	}
	if items := list(t, s); len(items) != 100 || s.Stats().Entries != 100 {
		t.Errorf("%d entries listed", len(items))
	}
	limits.MaxEntries = 100
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, limits)
	if _, err := s.Put(context.Background(), entry(100), nil); !errors.Is(err, ErrFull) || s.Stats().Entries != 100 {
		t.Errorf("past the limit of entries: %v", err)
	}
}

func TestSegmentsEndByDayAndSize(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, dir, Options{Recipient: k.pub, SegmentBytes: 2000})
		var names []string
		for i := range uint64(10) { // about 300 bytes each
			names = append(names, put(t, s, entry(i), strings.Repeat("x", 100)))
		}
		time.Sleep(24 * time.Hour)
		names = append(names, put(t, s, entry(10), "next day"))
		files, _ := filepath.Glob(filepath.Join(dir, "*.slq"))
		if len(files) != 3 || filepath.Base(files[0]) != "00000001-20000101.slq" || filepath.Base(files[2]) != "00000003-20000102.slq" {
			t.Errorf("segments %v", files)
		}
		for _, n := range names {
			if _, _, _, err := s.Open(t.Context(), n, k.priv); err != nil {
				t.Error(err)
			}
		}
		_ = s.Close()
	})
}

func TestEntriesThatCouldCarryTextAreRefused(t *testing.T) {
	s := open(t, t.TempDir(), Options{Recipient: newKeys(t).pub})
	for _, bad := range []Entry{
		{PayloadID: "f/1"}, {Code: "x"}, {PayloadID: "f/1", Code: "John Smith"}, {PayloadID: "f/1", Code: "Xy"},
		{PayloadID: "a b", Code: "x"}, {PayloadID: "a@b", Code: "x"}, {PayloadID: strings.Repeat("a", 256), Code: "x"},
		{PayloadID: "f/1", Code: "x", Origin: strings.Repeat("o", 1<<16)},
	} {
		if _, err := s.Put(context.Background(), bad, []byte("canary")); err == nil || strings.Contains(err.Error(), "Smith") {
			t.Errorf("%.40v: %v", bad, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Put(ctx, entry(1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	if st := s.Stats(); st.Entries+int(st.Bytes) != 0 {
		t.Errorf("something was written: %+v", st)
	}
}

func TestAFailedWriteKeepsNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{Recipient: newKeys(t).pub})
	put(t, s, entry(1), "one")
	readable, err := os.Open(s.segments[0]) // writes to it fail, and so does cutting it
	if err != nil {
		t.Fatal(err)
	}
	_ = s.file.Close()
	s.file = readable
	if _, err := s.Put(context.Background(), entry(2), []byte("canary")); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("put: %v", err)
	}
	if s.Stats().Entries != 1 {
		t.Error("a record that was not written counts as kept")
	}
	if err := s.Sync(context.Background(), ""); err == nil {
		t.Error("sync after a failed write says all is well")
	}
	if _, err := s.Put(context.Background(), entry(3), nil); err == nil {
		t.Error("put goes on after the state of the file is unknown")
	}
}
