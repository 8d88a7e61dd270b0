package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

// TestMain is the process that is killed in TestKilledWriter, if it is told so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SCRUBLINE_AUDIT_WRITER"); dir != "" {
		write(dir)
		return
	}
	os.Exit(m.Run())
}

// write appends entries from several goroutines and prints each that is durable.
func write(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		panic(err)
	}
	var out sync.Mutex
	for g := range 4 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), g, i)
				if err := s.Append(Entry{Request: name}); err != nil {
					panic(err)
				}
				out.Lock()
				fmt.Println(name)
				out.Unlock()
			}
		}()
	}
	for { // segments are ended while they are written
		if _, err := s.Take(); err != nil {
			panic(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func entries(t *testing.T, s *Spool) (out []Entry) {
	t.Helper()
	list, err := s.Take()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list {
		f, err := g.Open()
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(f); ; {
			var e Entry
			if err := d.Decode(&e); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", g.Name, err)
			}
			out = append(out, e)
		}
		if err := errors.Join(f.Close(), s.Remove(g)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestKilledWriter: whatever was said to be durable is there after kill -9, once.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	durable := map[string]bool{}
	for range 5 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "SCRUBLINE_AUDIT_WRITER="+dir)
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			durable[lines.Text()] = true
			if n == 100 {
				_ = c.Process.Kill()
			}
		}
		_ = c.Wait()
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range entries(t, s) {
		seen[e.Request]++
	}
	for name := range durable {
		if seen[name] != 1 {
			t.Errorf("%s is there %d times", name, seen[name])
		}
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	if len(durable) < 500 {
		t.Errorf("only %d were durable", len(durable))
	}
}

func TestEntriesAreScrubbedAndWhole(t *testing.T) {
	s, err := Open(t.TempDir(), Options{Scrub: func(string) string { return "[scrubbed]" }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := identity.With(context.Background(), identity.Principal{Subject: "https://idp.example auth0|1\n", Role: identity.Analyst, Reason: "patient Jane"})
	const token = "t1.patient.1.abcdefghijklmnopqrstuvwxyz"
	if err := s.Append(Entry{Action: Query, Asked: "patient:(" + token + "," + token + ")\n<&>", Outcome: OK}.By(ctx)); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(Entry{Asked: strings.Repeat("é", mostText)}); err != nil {
		t.Fatal(err)
	}
	list := entries(t, s)
	if len(list) != 2 {
		t.Fatalf("%d entries", len(list))
	}
	e := list[0]
	if e.Reason != "[scrubbed]" || e.Subject != "https://idp.example+auth0=7C1=0A" || len(e.Tokens) != 1 || e.Tokens[0] != token || e.Type != Type || len(e.ID) != 32 || e.Time.IsZero() {
		t.Errorf("%+v", e)
	}
	if n := len(list[1].Asked); n < mostText || n > mostText+4 || !strings.HasSuffix(list[1].Asked, "é…") {
		t.Errorf("%d bytes", n)
	}
	if n := len(entries(t, s)); n != 0 {
		t.Errorf("%d entries are there again", n)
	}
	closed := errors.Join(s.Append(Entry{Reason: "Jane"}), s.Close())
	if err := s.Append(Entry{}); closed != nil || !errors.Is(err, ErrClosed) {
		t.Error(closed, err)
	}
	unscrubbed, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := unscrubbed.Append(Entry{Reason: "Jane"}); err != nil {
		t.Fatal(err)
	}
	if e := entries(t, unscrubbed)[0]; e.Reason != "[text]" {
		t.Errorf("without a scrubber: %q", e.Reason)
	}
}

// TestFullSpool: what cannot be carried is bounded, and what is carried makes room.
func TestFullSpool(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{Most: 2000})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if err = s.Append(Entry{Request: "x"}); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) || n == 0 || n > 20 {
		t.Fatalf("%d entries: %v", n, err)
	}
	again, err := Open(dir, Options{Most: 2000}) // a restart makes no room
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Append(Entry{Asked: strings.Repeat("x", 300)}); !errors.Is(err, ErrFull) {
		t.Errorf("after a restart: %v", err)
	}
	if got := len(entries(t, s)); got != n {
		t.Errorf("%d entries, %d were durable", got, n)
	}
	for _, w := range []*Spool{s, again} {
		if err := w.Append(Entry{Request: "y"}); err != nil {
			t.Errorf("there is room: %v", err)
		}
	}
}

// TestSpoolThatCannotBeWritten: an entry that is refused does not spoil those before
// and after it.
func TestSpoolThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(Entry{Request: "before"}); err != nil {
		t.Fatal(err)
	}
	// The file goes bad under it: as a disk that takes half a line.
	if _, err := s.segment.f.WriteAt([]byte(`{"half`), s.segment.size); err != nil {
		t.Fatal(err)
	}
	if err := s.segment.f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(Entry{Request: "lost"}); err == nil {
		t.Fatal("an entry was written to a closed file")
	}
	if err := s.Append(Entry{Request: "after"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries(t, s) {
		got = append(got, e.Request)
	}
	if strings.Join(got, " ") != "before after" {
		t.Errorf("%v", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(Entry{}); err == nil {
		t.Error("an entry was written to a folder that is gone")
	}
}

// TestLivingWritersAreLeftAlone: another process takes no segment that is written.
func TestLivingWritersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Append(Entry{Request: "a"}); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, b); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if bytes, since, err := b.Waiting(); err != nil || bytes == 0 || since.IsZero() {
		t.Errorf("%d since %v: %v", bytes, since, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, b); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	left := filepath.Join(dir, "1-2.new")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left, long, long); err != nil {
		t.Fatal(err)
	}
	entries(t, b)
	if _, err := os.Stat(left); err == nil {
		t.Error("what a process died over stays for ever")
	}
}

// BenchmarkAppend is what an entry costs: one asker alone, and many at once.
func BenchmarkAppend(b *testing.B) {
	for _, askers := range []int{1, 16} {
		b.Run(fmt.Sprintf("askers=%d", askers), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{Most: 1 << 40})
			if err != nil {
				b.Fatal(err)
			}
			b.SetParallelism(askers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := s.Append(Entry{Action: Query, Route: "/v1/events", Subject: "ann", Outcome: OK}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
