package archive

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each system call that changes files is the last one of a process, or fails, once
// for each time it is made: what is left is never taken for tampering, an error is
// reported, and the next process goes on.
func TestKilledAtSystemCalls(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("needs strace")
	}
	probe := exec.Command(strace, "-f", "-o", os.DevNull, "/bin/true")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %s", out)
	}
	sites := 0
	for _, call := range []string{"linkat", "fsync", "renameat", "write", "unlinkat", "mkdirat", "fchmod", "openat"} {
		for _, fault := range []string{"signal=KILL", "error=EIO", "error=ENOSPC"} {
			if fault != "signal=KILL" && long(0, 1) == 0 && call != "fsync" {
				continue
			}
			for when := 1; ; when += long(1+when/2, 1) {
				data := tempDir(t)
				if died := strike(t, strace, data, fmt.Sprintf("%s:%s:when=%d", call, fault, when)); !died {
					break
				}
				sites++
			}
		}
	}
	if sites < long(20, 150) {
		t.Fatalf("%d sites: the test shows nothing", sites)
	}
	t.Logf("%d sites", sites)
}

// strike runs a life with a fault and checks what it leaves. It is false if the
// fault was beyond the life's end.
func strike(t *testing.T, strace, data, inject string) bool {
	t.Helper()
	call, _, _ := strings.Cut(inject, ":")
	cmd := exec.Command(strace, "-f", "-o", os.DevNull, "-e", "trace="+call, "-e", "inject="+inject, os.Args[0])
	cmd.Env = append(os.Environ(), "ARCHIVE_TEST_TRACED="+data)
	out, err := cmd.CombinedOutput()
	if err == nil {
		// A fault that nobody has to report, such as of closing a leftover, or none.
		mustVerify(t, data)
		return false
	}
	if bytes.Contains(out, []byte("panic")) || bytes.Contains(out, []byte("goroutine ")) {
		t.Fatalf("%s: %s", inject, out)
	}
	if _, err := os.Stat(filepath.Join(data, PubFile)); err == nil {
		if r := verify(t, data); r.Status == Tampered {
			t.Fatalf("%s: %+v", inject, r)
		}
	}
	if err := traced(data); err != nil {
		t.Fatalf("%s: the next process: %v\n%s", inject, err, out)
	}
	mustVerify(t, data)
	return true
}
