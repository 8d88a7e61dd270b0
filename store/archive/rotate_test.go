package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/schemas"
)

// Any key that an archive ever had verifies all of it.
func TestRotatedKeys(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	keys := []string{pubkey(t, data)}
	a, other := open(t, data), open(t, data)
	for _, payload := range []string{"dd", "ee"} {
		public, err := a.RotateKey(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got := pubkey(t, data); got != public+"\n" || got == keys[len(keys)-1] {
			t.Fatal(got)
		}
		keys = append(keys, public)
		write(t, a, batch(schemas.Events, "app", payload, 0, 3, true))
		if err := a.Seal(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	// A process that was there before goes on with the new key.
	write(t, other, batch(schemas.Events, "app", "zz", 0, 3, true))
	closeArchive(t, other)
	closeArchive(t, open(t, data))
	for _, key := range keys {
		r, err := Verify(context.Background(), folder(t, data), key, Checks{})
		if err != nil || r.Status != OK || r.Records[KindKey] != 2 || r.Objects != 9 {
			t.Fatalf("%+v %v", r, err)
		}
		rr, err := VerifyReceipts(context.Background(), folder(t, data), key)
		if err != nil || rr.Status != OK || rr.Receipts != 9 {
			t.Fatalf("%+v %v", rr, err)
		}
	}
	if code := second(t, data); code != 0 {
		t.Fatal("verify.py:", code)
	}
	name, _, _ := strings.Cut(keys[0], "+")
	k := stranger(t, name)
	if r, _ := Verify(context.Background(), folder(t, data), k.public, Checks{}); r.ExitCode() != 1 {
		t.Fatalf("a stranger's key: %+v", r)
	}
	// Who took an old key can not sign on.
	v := vandal{TB: t, dir: filepath.Join(data, Folder)}
	v.change(v.newest(), "\u2014", "\u2014 x AAAAAAAAAAAA\n\u2014")
	if r, _ := Verify(context.Background(), folder(t, data), keys[0], Checks{}); r.ExitCode() != 0 {
		t.Fatalf("a signature of somebody unknown: %+v", r)
	}
}

// A rotation that dies at any step is finished by the next start.
func TestRotationIsRestartable(t *testing.T) {
	t.Parallel()
	for died := 0; ; died++ {
		data, _, _ := sample(t)
		old := pubkey(t, data)
		a := open(t, data)
		a.log.store = &mortal{Store: a.log.store, puts: died}
		_, err := a.RotateKey(context.Background())
		if err == nil {
			if died < 4 {
				t.Fatal("the test shows nothing")
			}
			return
		}
		again := open(t, data)
		if _, err := again.Record(context.Background(), KindPolicy, "x"); err != nil {
			t.Fatal(err)
		}
		closeArchive(t, again)
		if mustVerify(t, data).Records[KindKey] != uint64(min(died, 1)) || (pubkey(t, data) == old) != (died == 0) {
			t.Fatalf("died at %d", died)
		}
		if r, _ := Verify(context.Background(), folder(t, data), old, Checks{}); r.Status != OK {
			t.Fatalf("died at %d: with the old key: %+v", died, r)
		}
	}
}

// A host with the same archive and the old key says what it needs.
func TestRotatedElsewhere(t *testing.T) {
	t.Parallel()
	data, _, _ := sample(t)
	away := copyOf(t, data)
	a := open(t, data)
	if _, err := a.RotateKey(context.Background()); err != nil {
		t.Fatal(err)
	}
	closeArchive(t, a)
	if _, err := Open(context.Background(), away, Options{Store: a.store}); !errors.Is(err, errRotated) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(data, KeyFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(away, KeyFile), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), away, Options{Store: a.store}); err != nil {
		t.Fatal(err)
	}
}
