package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/scrubline/scrubline/store/engine"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// runParent is a process that opens an engine, prints its child's pid and
// waits to be killed.
func runParent(dir string) int {
	library, err := enginetest.Library()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	e, err := engine.Open(context.Background(), engine.Options{Dir: dir, Library: library})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(e.ChildPID())
	select {}
}

func TestChildEndsWithKilledParent(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "parent", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent did not open the engine: %s", line)
	}
	if !engine.Alive(pid) {
		t.Fatal("there is no child to begin with")
	}

	cmd.Process.Kill()
	cmd.Wait()
	killed := time.Now()
	for running(pid) {
		if time.Since(killed) > time.Minute {
			t.Fatal("the child outlived its parent by a minute")
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("child gone after %v", time.Since(killed))

	if _, err := engine.Attach(context.Background(), dir); err == nil {
		t.Error("attached to a dead engine")
	}
	if e := open(t, dir); !e.Unclean {
		t.Error("the killed run went unnoticed")
	} else if err := e.Close(); err != nil {
		t.Error(err)
	}
	if e := open(t, dir); e.Unclean {
		t.Error("Unclean after a clean Close")
	}
}

func TestDeathOfChildIsTold(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	if e.Err() != nil {
		t.Errorf("Err of a running engine: %v", e.Err())
	}
	if err := syscall.Kill(e.ChildPID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.Done():
	case <-time.After(time.Minute):
		t.Fatal("Done is open a minute after the child was killed")
	}
	if e.Err() == nil {
		t.Error("Err is nil after the child was killed")
	}
	if e.Close() == nil {
		t.Error("Close is silent about the child's death")
	}
	if !open(t, dir).Unclean {
		t.Error("the killed run went unnoticed")
	}
}

// A service manager signals all processes of a service at once; the engine
// must stay for as long as its parent has work to finish.
func TestChildLeavesSignalsToItsParent(t *testing.T) {
	e := open(t, t.TempDir())
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if err := syscall.Kill(e.ChildPID(), sig); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-e.Done():
		t.Fatal("a signal ended the child")
	case <-time.After(300 * time.Millisecond):
	}
	if err := connect(t, e).Ping(context.Background()); err != nil {
		t.Error(err)
	}
}

// running tells whether pid is more than a zombie that nobody has reaped yet.
func running(pid int) bool {
	if !engine.Alive(pid) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
