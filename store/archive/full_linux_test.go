package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/schemas"
)

// The disk fills up at every possible place, down to the seal log's last byte:
// the error says so, nothing half written is taken for an object, and when there
// is room again the same calls succeed.
func TestFullDisk(t *testing.T) {
	data := t.TempDir()
	if err := unix.Mount("tmpfs", data, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip("mounting a small file system needs root:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	a := open(t, data)
	ballast := filepath.Join(data, "ballast")
	refused := 0
	for i := range 150 {
		// Leave i pages free, so that each round fails a step later.
		var fs unix.Statfs_t
		if err := unix.Statfs(data, &fs); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, make([]byte, max(0, int64(fs.Bavail)-int64(i%12))*fs.Bsize), 0o600); err != nil {
			t.Fatal(err)
		}
		b := batch(schemas.Flows, "aws_vpcflow", fmt.Sprint(i), 0, 20, true)
		_, _, err := a.Write(ctx, b)
		if err == nil {
			err = a.Seal(ctx)
		}
		if err != nil {
			refused++
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left on device") {
				t.Fatal(err)
			}
		}
		if r := verify(t, data); r.Status == Tampered {
			t.Fatalf("round %d: %+v", i, r)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			if err := a.Seal(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused == 0 || refused == 150 {
		t.Fatalf("%d of 150 rounds met a full disk: the test shows nothing", refused)
	}
	closeArchive(t, a)
	if r := mustVerify(t, data); r.Objects != 150 {
		t.Fatalf("%+v", r)
	}
}
