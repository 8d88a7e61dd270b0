package quarantine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/scrub/seal"
)

const childDir = "QUARANTINE_TEST_DIR"

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child puts records for ever and says after each Sync how many are durable.
func child(dir string) error {
	to, err := seal.ReadPublicKey(filepath.Join(dir, "pub"))
	if err != nil {
		return err
	}
	s, err := Open(filepath.Join(dir, "q"), Options{Recipient: to, Key: testKey, SegmentBytes: 50_000})
	if err != nil {
		return err
	}
	for i := uint64(0); ; i++ {
		if _, err := s.Put(context.Background(), entry(i), fmt.Appendf(nil, "record %d %s", i, strings.Repeat("x", int(i%2000)))); err != nil {
			return err
		}
		if i%16 == 15 {
			if err := s.Sync(context.Background(), ""); err != nil {
				return err
			}
			fmt.Println(i + 1)
		}
	}
}

// 1. a child puts records until it is killed by SIGKILL at a random moment;
// 2. everything it called durable is there, whole, and only once;
// 3. another child goes on from the start in the same folder; and so on.
func TestKilledProcessesLoseAndDoubleNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := seal.GenerateKey(filepath.Join(dir, "pub"), filepath.Join(dir, "priv")); err != nil {
		t.Fatal(err)
	}
	key, err := seal.ReadPrivateKey(filepath.Join(dir, "priv"))
	if err != nil {
		t.Fatal(err)
	}
	durable := 0
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		stop := time.AfterFunc(time.Duration(40+37*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			n := 0
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				t.Errorf("child says %q", lines.Text())
				_ = cmd.Process.Kill()
			}
			durable = max(durable, n)
		}
		stop.Stop()
		_ = cmd.Wait()

		s := open(t, filepath.Join(dir, "q"), Options{})
		seen := map[uint64]bool{}
		for _, it := range list(t, s) {
			_, _, raw, err := s.Open(t.Context(), it.ID, key)
			if want := fmt.Sprintf("record %d %s", it.Record, strings.Repeat("x", int(it.Record%2000))); err != nil || string(raw) != want {
				t.Fatalf("record %d: %v", it.Record, err)
			}
			if seen[it.Record] {
				t.Errorf("record %d is there twice", it.Record)
			}
			seen[it.Record] = true
		}
		for i := range uint64(durable) {
			if !seen[i] {
				t.Fatalf("round %d: record %d of %d durable ones is gone", round, i, durable)
			}
		}
		if s.Stats().Damaged > 0 {
			t.Errorf("%+v", s.Stats())
		}
	}
	if durable == 0 {
		t.Error("no child got as far as a Sync")
	}
}

// Whatever part of the last write a crash left, opening for writing repairs it.
func TestTornTailIsCutOff(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	s := open(t, dir, Options{Recipient: k.pub})
	put(t, s, entry(0), "first")
	whole := s.size
	put(t, s, entry(1), "second")
	_ = s.Close()
	path := s.segments[0]
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := whole; n <= int64(len(full)); n++ {
		for _, zeros := range []int{0, 1, 5000} {
			if zeros > 0 && n > whole { // a size set, the blocks never written
				continue
			}
			if err := os.WriteFile(path, append(full[:n:n], make([]byte, zeros)...), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir, Options{Recipient: k.pub})
			want := whole
			if n == int64(len(full)) {
				want = n
			}
			if info, err := os.Stat(path); err != nil || info.Size() != want || s.Stats().Damaged > 0 {
				t.Fatalf("cut at %d + %d zeros: %d bytes left, want %d, %+v, %v", n, zeros, info.Size(), want, s.Stats(), err)
			}
			_ = s.Close()
		}
	}
	if err := os.WriteFile(path, full[:seal.HeaderLen-1], 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{Recipient: k.pub})
	put(t, s, entry(1), "second")
	if got := list(t, s); len(got) != 1 {
		t.Errorf("after a torn header: %v", got)
	}
}

func TestDamageIsCountedAndLeftAlone(t *testing.T) {
	k, dir := newKeys(t), t.TempDir()
	s := open(t, dir, Options{Recipient: k.pub})
	var names []string
	for i := range uint64(3) {
		names = append(names, put(t, s, entry(i), "some record"))
	}
	_ = s.Close()
	path := s.segments[0]
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	frameLen := (len(good) - seal.HeaderLen) / 3
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, Options{Recipient: k.pub})
		left := 0
		for _, n := range names {
			_, _, raw, err := s.Open(t.Context(), n, k.priv)
			if err == nil && string(raw) == "some record" {
				left++
			} else if !errors.Is(err, ErrNotFound) && !errors.Is(err, seal.ErrDamaged) && !errors.Is(err, seal.ErrOtherKey) {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
		at := i - seal.HeaderLen
		want := 2 // one entry is damaged
		if at < 0 {
			want = 0 // the header: no entry opens
		} else if at%frameLen < prefixLen {
			want = at / frameLen // a prefix: what follows is out of reach
		}
		if left != want || at >= 0 && s.Stats().Damaged != 1 {
			t.Fatalf("byte %d: %d entries left, want %d; %+v", i, left, want, s.Stats())
		}
		_ = s.Close()
		if now, _ := os.ReadFile(path); !bytes.Equal(now, bad) {
			t.Fatalf("byte %d: the file was changed", i)
		}
	}
}

func FuzzScan(f *testing.F) {
	s := open(f, f.TempDir(), Options{Recipient: newKeys(f).pub})
	put(f, s, entry(0), "first")
	put(f, s, entry(1), "")
	good, err := os.ReadFile(s.segments[0])
	if err != nil {
		f.Fatal(err)
	}
	body := good[seal.HeaderLen:]
	f.Add(body, false)
	f.Add(body, true)
	f.Add(append(bytes.Clone(body), make([]byte, 100)...), true)
	f.Add(body[:len(body)-9], false)
	f.Fuzz(func(t *testing.T, body []byte, fix bool) {
		data := append(make([]byte, seal.HeaderLen), body...)
		if fix && len(body) >= prefixLen { // get past the checksums
			head := int(body[0])
			if prefixLen+head <= len(body) {
				fillPrefix(data[seal.HeaderLen:], head)
			}
		}
		sc := scan{r: bytes.NewReader(data), size: int64(len(data))}
		last := int64(0)
		err := sc.run(func(fr frame) error {
			if fr.off <= last || !(&Entry{PayloadID: fr.item.PayloadID, Code: fr.item.Code}).valid() {
				t.Errorf("frame at %d after %d: %+v", fr.off, last, fr.item)
			}
			last = fr.off
			return nil
		})
		if err != nil {
			t.Errorf("scanning memory: %v", err)
		}
		if sc.torn && (sc.tornAt < int64(seal.HeaderLen) || sc.tornAt >= sc.size || sc.tornAt <= last) {
			t.Errorf("torn at %d of %d, last entry at %d", sc.tornAt, sc.size, last)
		}
		if !sc.torn && sc.damaged == 0 && len(body) > 0 && last == 0 {
			t.Error("bytes that are neither entry nor torn nor damaged")
		}
	})
}
